"""What must not leave: a rule that somebody adds, in both workers, and what other programs send past Odoo."""

import contextlib
import json
import secrets
import time
from collections.abc import Callable, Iterator

import pytest
import requests
from traced import Traced

RULE = "odooops.redaction.rule"
ARRIVED = 60
WORKERS = {"http-0", "http-1"}


@contextlib.contextmanager
def _removing(whole, name: str, pattern: str) -> Iterator[Callable[[], None]]:
    """What makes a rule, which is removed at the end."""
    session, made = whole.login(), []

    def make() -> None:
        made.extend(session.call(RULE, "create", [{"name": name, "kind": "pattern", "pattern": pattern}]))

    yield make
    session.call(RULE, "unlink", made)


@pytest.fixture
def code():
    """A prefix that only this test's numbers have."""
    return f"EMP{secrets.token_hex(3)}"


@pytest.fixture
def rule(whole, code):
    """``rule()`` redacts the numbers until the test has ended."""
    with _removing(whole, f"Numbers {code}", rf"\b{code}-\d{{6}}\b") as make:
        yield make


class Told:
    """What Tempo and Loki have of a number that requests bore in their User-Agent, and a module in a log line."""

    def __init__(self, whole, wait_for, code: str):
        self._whole, self._wait_for, self._session = whole, wait_for, whole.login()
        self._code = code
        [model] = self._session.call("ir.model", "search", [["model", "=", "res.partner"]])
        values = {"name": f"Log {code}", "model_id": model, "state": "code"}
        text = f"_logger.warning('refused {code}-123456')"
        [self._action] = self._session.call("ir.actions.server", "create", [values | {"code": text}])

    def close(self) -> None:
        self._session.call("ir.actions.server", "unlink", [self._action])

    def by_worker(self) -> dict[str, tuple[str, str]]:
        """By worker, the User-Agent of its span and the line that the module logged."""
        found: dict[str, tuple[str, str]] = {}

        def have_both() -> bool:
            traces = [self._ask() for _ in range(4)]
            for trace in traces:
                worker, *texts = self._arrived(trace)
                found[worker] = tuple(texts)
            return found.keys() >= WORKERS

        self._wait_for("requests of both workers in Tempo and Loki", have_both, 2 * ARRIVED)
        return found

    def _ask(self) -> str:
        traced = Traced()
        params = {"model": "ir.actions.server", "method": "run", "args": [[self._action]], "kwargs": {}}
        answer = requests.post(
            f"{self._session.address}/web/dataset/call_kw",
            json={"params": params},
            headers=traced.headers | {"User-Agent": f"Scanner {self._code}-123456"},
            cookies=self._session.cookies,
            timeout=60,
        )
        assert "error" not in answer.json(), answer.text
        return traced.id

    def _arrived(self, trace: str) -> tuple[str, str, str]:
        def span() -> dict | None:
            spans = self._whole.tempo_trace(trace)
            return next((each for each in spans if "user_agent.original" in each["attributes"]), None)

        query = f'{{service_name="odoo"}} | trace_id="{trace}" |= "refused"'
        own = self._wait_for("the span in Tempo", span, ARRIVED)
        [line, *_more] = self._wait_for("the line in Loki", lambda: self._whole.loki(query), ARRIVED)
        worker = own["resource"]["service.instance.id"].rpartition("/")[2]
        return worker, own["attributes"]["user_agent.original"], line["line"]


@pytest.fixture
def told(whole, wait_for, code):
    made = Told(whole, wait_for, code)
    yield made
    made.close()


def test_a_rule_is_followed_by_both_workers_without_a_restart(whole, rule, told, code, wait_for):
    workers = set(whole.worker_pids())

    before = told.by_worker()
    rule()
    # Lines of the log follow when the recorder looks next.
    wait_for("both follow it", lambda: code not in str(told.by_worker()), ARRIVED)
    after = told.by_worker()

    for agent, line in before.values():
        assert f"{code}-123456" in agent
        assert f"{code}-123456" in line
    for agent, line in after.values():
        assert agent == "Scanner REDACTED"
        assert "refused REDACTED" in line
        assert code not in line
    assert set(whole.worker_pids()) == workers


class Shop:
    """A program of somebody else, which sends to the collector itself."""

    def __init__(self, whole):
        self._address = whole.urls["otelcol"]
        self.trace, self.mark = secrets.token_hex(16), f"pl4nted{secrets.token_hex(4)}"
        where = {"service.name": f"shop-{self.mark[-8:]}", "deployment.environment.name": "local"}
        self.name, self._resource = where["service.name"], {"attributes": pairs(where)}
        self.now = time.time_ns()

    def send_span(self, note: str = "") -> None:
        span = {
            "traceId": self.trace,
            "spanId": secrets.token_hex(8),
            "name": f"charge?card={self.mark}",
            "kind": 2,
            "startTimeUnixNano": str(self.now - 1_000_000),
            "endTimeUnixNano": str(self.now),
            "attributes": pairs(
                {"app.password": self.mark, "note": note or f"token={self.mark}", "step": "pay"}
            ),
            "status": {"code": 2, "message": f"password={self.mark}"},
        }
        scopes = [{"scope": {"name": "shop"}, "spans": [span]}]
        self._post("traces", {"resourceSpans": [{"resource": self._resource, "scopeSpans": scopes}]})

    def send_log(self) -> None:
        record = {
            "timeUnixNano": str(self.now),
            "traceId": self.trace,
            "severityNumber": 9,
            "body": {"stringValue": f"paid with password={self.mark}"},
            "attributes": pairs({"api_key": self.mark}),
        }
        scopes = [{"scope": {"name": "shop"}, "logRecords": [record]}]
        self._post("logs", {"resourceLogs": [{"resource": self._resource, "scopeLogs": scopes}]})

    def _post(self, signal: str, request: dict) -> None:
        requests.post(f"{self._address}/v1/{signal}", json=request, timeout=30).raise_for_status()


def pairs(values: dict[str, str]) -> list[dict]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def test_what_another_program_sends_to_the_collector_is_redacted(whole, wait_for):
    shop = Shop(whole)

    shop.send_span()
    shop.send_log()

    [span] = wait_for("the span in Tempo", lambda: whole.tempo_trace(shop.trace), ARRIVED)
    query = f'{{service_name="{shop.name}"}} | trace_id="{shop.trace}"'
    [line] = wait_for("the line in Loki", lambda: whole.loki(query), ARRIVED)
    assert span["name"].startswith("charge")
    assert (span["attributes"]["step"], span["attributes"]["app.password"]) == ("pay", "****")
    assert line["line"].startswith("paid with ")
    assert shop.mark not in str(span) + str(line)


@pytest.fixture
def word():
    """What only this test says: letters, of which nginx's paths are shown."""
    return "kunde" + "".join(secrets.choice("abcdefghij") for _ in range(12))


@pytest.fixture
def word_rule(whole, word):
    """``word_rule()`` redacts the word in Odoo; the collector follows when it is told to, until the test has ended."""
    with _removing(whole, f"Word {word}", rf"\b{word}\b") as make:
        yield make
    assert whole.run("cli", "redaction", "sync").returncode == 0


def test_nginx_and_other_programs_follow_a_rule_once_the_collector_has_it(whole, word, word_rule, wait_for):
    def told() -> tuple[str, str]:
        """What Loki has of a line of nginx, and Tempo of a span of a shop."""
        traced, shop = Traced(), Shop(whole)
        requests.get(f"{whole.urls['odoo']}/{word}", headers=traced.headers, timeout=30)
        shop.send_span(note=f"paid by {word}")
        query = f'{{service_name="nginx"}} | trace_id="{traced.id}"'
        [line] = wait_for("the line in Loki", lambda: whole.loki(query), ARRIVED)
        [span] = wait_for("the span in Tempo", lambda: whole.tempo_trace(shop.trace), ARRIVED)
        return str(line), span["attributes"]["note"]

    def doctor() -> dict[str, str]:
        found = json.loads(whole.run("cli", "doctor", "--output", "json").stdout)
        return {one["check"]: one["status"] for one in found}

    line, note = told()
    assert word in line
    assert word in note
    word_rule()
    assert doctor()["redaction"] == "problem"
    synced = whole.run("cli", "redaction", "sync")
    assert synced.returncode == 0, synced.stderr
    assert "the collector follows" in synced.stdout
    line, note = told()
    assert word not in line
    assert note == "paid by ****"
    assert doctor()["redaction"] == "ok"

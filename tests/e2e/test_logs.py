"""The log of every process is in Loki: found by the trace of a request, under few labels, without secrets."""

import contextlib
import os
import signal

import pytest
import requests

LABELS = {"deployment_environment_name", "service_name", "service_namespace"}
# Loki itself says little at its level of warnings; tests/monitoring has lines of it.
PROGRAMS = "alertmanager blackbox_exporter nginx odoo otelcol postgres_exporter postgresql prometheus supervisord tempo"


class Traced:
    """A trace of the test's own, which Odoo continues."""

    def __init__(self):
        self.id = os.urandom(16).hex()
        self.headers = {"traceparent": f"00-{self.id}-{os.urandom(8).hex()}-01"}

    def lines(self, whole, service: str = "odoo") -> list[dict]:
        return whole.loki(f'{{service_name="{service}"}} | trace_id="{self.id}"')


def access_lines(found: list[dict]) -> list[dict]:
    return [line for line in found if line["labels"].get("scope_name") == "werkzeug"]


def test_a_line_of_odoo_is_found_by_the_trace_of_its_request(whole, wait_for):
    traced = Traced()
    requests.get(f"{whole.urls['odoo']}/web/login", headers=traced.headers, timeout=30).raise_for_status()

    [line] = wait_for("the access line in Loki", lambda: access_lines(traced.lines(whole)))
    [root] = wait_for(
        "the trace in Tempo",
        lambda: [span for span in whole.tempo_trace(traced.id) if span["name"] == "GET /web/login"],
    )
    assert '"GET /web/login HTTP/1.' in line["line"]
    labels = line["labels"]
    assert (labels["severity_text"], labels["db_namespace"]) == ("INFO", whole.status()["database"])
    assert int(labels["odoo_sql_count"]) == root["attributes"]["odoo.sql.count"]
    assert labels["log_file_name"] == "odoo.log"


def test_the_proxy_s_line_of_the_same_request_is_found_as_well(whole, wait_for):
    traced = Traced()
    requests.get(f"{whole.urls['odoo']}/web/login", headers=traced.headers, timeout=30)

    [line] = wait_for("the line of nginx in Loki", lambda: traced.lines(whole, "nginx"))
    assert line["line"] == "GET /web/login 200"


def test_a_line_says_who_was_logged_in(whole, wait_for):
    traced, session = Traced(), whole.login()
    session.headers.update(traced.headers)
    session.call("res.partner", "search_count", [])

    [line] = wait_for("the access line in Loki", lambda: access_lines(traced.lines(whole)))
    assert line["labels"]["user_id"] == "2"


@pytest.mark.parametrize("service", PROGRAMS.split())
def test_each_program_has_lines_with_a_severity(whole, wait_for, service):
    [line, *_] = wait_for(f"lines of {service} in Loki", lambda: whole.loki(f'{{service_name="{service}"}}'))

    assert line["labels"]["service_namespace"] == "odooops"
    assert line["labels"]["deployment_environment_name"] == "local"
    with_severity = whole.loki(f'{{service_name="{service}"}} | severity_number > 0')
    assert with_severity, "no line of it was understood"


def test_streams_are_told_apart_by_few_labels(whole, wait_for):
    wait_for("any line", lambda: whole.loki('{service_name="odoo"}'))
    answer = requests.get(
        f"{whole.urls['loki']}/loki/api/v1/series",
        params={"match[]": '{service_namespace="odooops"}'},
        headers={"X-Scope-OrgID": "local"},
        timeout=10,
    )

    names = {name for series in answer.json()["data"] for name in series}
    # Loki splits a stream that comes fast, as after other tests, by a label of its own.
    assert names - {"__stream_shard__"} == LABELS


def test_planted_secrets_are_not_in_loki(whole, wait_for):
    traced, secret = Traced(), "planted-e2e-7c1"
    address = whole.urls["odoo"]
    requests.get(f"{address}/web/login?token={secret}", headers=traced.headers, timeout=30)
    requests.post(
        f"{address}/web/session/authenticate",
        json={
            "jsonrpc": "2.0",
            "params": {
                "db": whole.status()["database"],
                "login": f"{secret}@example.com",
                "password": secret,
            },
        },
        headers=traced.headers,
        timeout=30,
    )
    wait_for("both lines in Loki", lambda: len(access_lines(traced.lines(whole))) == 2)
    failed = [line for line in traced.lines(whole) if "Login failed" in line["line"]]

    assert [line["line"].startswith("Login failed for login:REDACTED from ") for line in failed] == [True]
    assert whole.loki(f'{{service_namespace="odooops"}} |= "{secret}"') == []
    assert secret not in (whole.directory / "log" / "odoo.log").read_text()


def test_logs_that_others_send_pass_the_same_net(whole, wait_for):
    secret, service = "planted-otlp-5d2", f"probe-{os.urandom(4).hex()}"
    resource = {"service.name": service, "deployment.environment.name": "local"}
    record = {
        "body": {"stringValue": f"before password={secret} behind"},
        "attributes": attributes(url=f"a@{secret}.com"),
    }
    body = {
        "resourceLogs": [
            {"resource": {"attributes": attributes(**resource)}, "scopeLogs": [{"logRecords": [record]}]}
        ]
    }
    requests.post(f"{whole.urls['otelcol']}/v1/logs", json=body, timeout=10).raise_for_status()

    [line] = wait_for("the line in Loki", lambda: whole.loki(f'{{service_name="{service}"}}'))
    assert line["line"] == "before **** behind"
    assert secret not in str(line)


def attributes(**values: str) -> list[dict]:
    return [{"key": name, "value": {"stringValue": value}} for name, value in values.items()]


def test_lines_of_a_scheduled_action_have_its_trace(whole, wait_for):
    session = whole.login()
    [job] = session.call(
        "ir.cron", "search_read", [["cron_name", "=", "Base: Auto-vacuum internal data"]], ["id"]
    )
    session.trigger(job["id"])

    query = '{service_name="odoo"} |= "Auto-vacuum internal data" |= "starting"'
    [line, *_] = wait_for("the line of the job in Loki", lambda: whole.loki(query), 120)
    assert len(line["labels"]["trace_id"]) == 32
    assert line["labels"]["db_namespace"] == whole.status()["database"]


@pytest.mark.slow
def test_lines_that_are_written_while_the_collector_is_dead_arrive(whole, wait_for):
    traced = Traced()
    # Again and again, since the supervisor starts it anew.
    for _ in range(3):
        with contextlib.suppress(ProcessLookupError, TypeError):
            os.kill(whole.pids()["otelcol"], signal.SIGKILL)
        for _ in range(10):
            requests.get(f"{whole.urls['odoo']}/web/health", headers=traced.headers, timeout=30)
    wait_for("the stack is healthy again", whole.is_healthy, 120)

    wait_for(
        "all lines in Loki", lambda: len({line["time"] for line in access_lines(traced.lines(whole))}) >= 30
    )

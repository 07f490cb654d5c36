"""Secrets go in by every door of the whole stack; Loki, Tempo, Prometheus, files and the queue have none of them."""

import base64
import os
import urllib.parse

import pytest
import requests

pytestmark = pytest.mark.slow

MARK = f"pl4nted{os.urandom(4).hex()}"
# By name, a text with the secret as it would be found. What is searched for is the mark in it, plain and encoded.
PLANTED = {
    "password": f"password={MARK}",
    "JSON": f'{{"api_key": "{MARK}"}}',
    "e-mail address": f"{MARK}@example.com",
    "basic authentication": f"https://bob:{MARK}@db.example.com",
    "key of a row": f"Key (login)=({MARK}) already exists.",
    "query": f"/web/login?{MARK}",
}


class Doors:
    """Requests to a stack that bear a text in each place that there is."""

    def __init__(self, whole):
        self.url, self.database = whole.urls["odoo"], whole.status()["database"]
        self.session = whole.login()
        self.trace = os.urandom(16).hex()
        self.headers = {"traceparent": f"00-{self.trace}-{os.urandom(8).hex()}-01"}

    def enter(self, text: str) -> None:
        quoted = urllib.parse.quote(text, safe="")
        self.get(f"/web/login?redirect={quoted}")
        self.get(f"/no/such/page/{quoted}")
        self.get(f"/web/static/{quoted}")
        self.get("/web/login", **{"User-Agent": f"Client ({text})"})
        self.get("/web/login", Authorization=f"Bearer {MARK}", Cookie=f"session_id={MARK}; a={MARK}")
        self.get("/web/login", **{"X-Api-Key": MARK, "Referer": text, "baggage": f"who={MARK}"})
        self.get("/web/login", tracestate=f"vendor={MARK}@example.com")
        self.post("/web/session/authenticate", {"db": self.database, "login": text, "password": text})
        self.post("/web/session/authenticate", {"db": text, "login": text, "password": text})
        self.call_kw("res.partner", "name_search", [text])
        self.call_kw("res.partner", text, [])
        self.call_kw(text, "read", [])
        self.call_kw("res.partner", "create", [{"name": text, "email": text, "no_such_field": text}])
        self.call_kw("res.users", "create", [{"name": text, "login": "admin", "password": text}])
        requests.post(f"{self.url}/xmlrpc/2/object", data=self.xmlrpc(text), headers=self.headers, timeout=30)
        requests.post(
            f"{self.url}/json/2/res.partner/search",
            json={"domain": [["name", "=", text]]},
            headers={**self.headers, "Authorization": f"bearer {MARK}"},
            timeout=30,
        )
        files = {"ufile": (text, text)}
        requests.post(
            f"{self.url}/web/binary/upload_attachment", files=files, headers=self.headers, timeout=30
        )

    def get(self, path: str, **headers: str) -> None:
        requests.get(self.url + path, headers={**self.headers, **headers}, timeout=30)

    def post(self, path: str, params: dict) -> None:
        body = {"jsonrpc": "2.0", "params": params}
        requests.post(self.url + path, json=body, headers=self.headers, timeout=30)

    def call_kw(self, model: str, method: str, args: list) -> None:
        body = {"jsonrpc": "2.0", "params": {"model": model, "method": method, "args": args, "kwargs": {}}}
        self.session.post(f"{self.url}/web/dataset/call_kw", json=body, headers=self.headers, timeout=30)

    def xmlrpc(self, text: str) -> str:
        value = text.replace("&", "&amp;").replace("<", "&lt;")
        values = "".join(
            f"<param><value><string>{each}</string></value></param>" for each in (self.database, 2, value)
        )
        return f"<methodCall><methodName>execute_kw</methodName><params>{values}</params></methodCall>"


@pytest.fixture(scope="module")
def entered(whole, wait_for):
    """Every text has gone in by every door, and what is told of it has arrived."""
    doors = Doors(whole)
    for text in PLANTED.values():
        doors.enter(text)
    doors.get("/web/health")
    query = f'{{service_name="odoo"}} | trace_id="{doors.trace}" |= "/web/health"'
    wait_for("the last line in Loki", lambda: whole.loki(query))
    wait_for(
        "the last span in Tempo",
        lambda: [span for span in whole.tempo_trace(doors.trace) if span["name"] == "GET /web/health"],
    )
    return doors


def spellings() -> list[bytes]:
    plain = MARK.encode()
    return [plain, base64.b64encode(plain).rstrip(b"=")]


def assert_clean(data: bytes | str) -> None:
    data = data.encode() if isinstance(data, str) else data
    for spelling in spellings():
        at = data.find(spelling)
        assert at < 0, data[max(0, at - 300) : at + 100]


def test_loki_has_no_planted_secret(whole, entered):
    lines = whole.loki(f'{{service_namespace="odooops"}} | trace_id="{entered.trace}"')

    assert len(lines) > 50
    assert_clean(str(lines))
    # Lines of PostgreSQL and others know no trace.
    assert_clean(str(whole.loki(f'{{service_namespace="odooops"}} |= "{MARK}"')))


def test_tempo_has_no_planted_secret(whole, entered):
    spans = whole.tempo_trace(entered.trace)

    assert len(spans) > 50
    assert_clean(str(spans))


def test_prometheus_has_no_planted_secret_in_labels_and_exemplars(whole, entered):
    names = requests.get(f"{whole.urls['prometheus']}/api/v1/labels", timeout=30).json()["data"]
    for name in names:
        values = requests.get(f"{whole.urls['prometheus']}/api/v1/label/{name}/values", timeout=30)
        assert_clean(values.text)
    assert_clean(str(whole.exemplars('{__name__=~".+_bucket"}')))


def test_the_log_of_odoo_has_no_planted_secret(whole, entered):
    """Before the collector has seen it. Of nginx the file has paths, in which only the collector looks for secrets."""
    found = b"".join(path.read_bytes() for path in (whole.directory / "log").glob("odoo.log*"))

    assert entered.trace.encode() in found
    assert_clean(found)


def test_the_queue_of_the_collector_has_no_planted_secret(whole, entered):
    files = [path for path in whole.directory.rglob("queue/*") if path.is_file()]

    assert files
    for path in files:
        assert_clean(path.read_bytes())

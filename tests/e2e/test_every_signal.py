"""Any request, call or job is found in three places that point at each other: Tempo, Prometheus and Loki."""

import base64
import secrets
import time
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from traced import Traced

PROBE = """
from odoo import http
from opentelemetry import trace

tracer = trace.get_tracer("library-of-the-test")


class Probe(http.Controller):
    @http.route("/odooops_probe/library", type="http", auth="none", save_session=False)
    def library(self):
        with tracer.start_as_current_span("library work"):
            return "done"
"""
DURATION = "http_server_request_duration_seconds_bucket"
ARRIVED = 60


@pytest.fixture(scope="module")
def probed(whole):
    """The whole stack with an addon that uses a library of somebody else, and workers that end after 40 requests."""
    addon = whole.directory / "odoo" / "probe" / "odooops_probe"
    addon.mkdir(parents=True, exist_ok=True)
    (addon / "__manifest__.py").write_text('{"name": "Probe", "license": "LGPL-3"}')
    (addon / "__init__.py").write_text(PROBE)
    local, options = whole.directory / "odoo" / "odoo.local.conf", _options(whole)
    local.write_text(
        "[options]\nlimit_request = 40\n"
        f"addons_path = {options['addons_path']},{addon.parent}\n"
        f"server_wide_modules = {options['server_wide_modules']},odooops_probe\n"
    )
    for path in (local, addon.parent, addon, *addon.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    whole.up()
    yield whole
    local.unlink()
    whole.up()


def _options(stack) -> dict[str, str]:
    lines = (stack.directory / "odoo" / "odoo.conf").read_text().splitlines()
    return dict(line.split(" = ", 1) for line in lines if " = " in line)


@pytest.fixture
def everywhere(whole, wait_for):
    """``everywhere(trace_id, name)``: the span of that name, once its exemplar and its log line are there as well."""

    def find(trace_id: str, name: str, *, exemplar: str = DURATION) -> dict:
        def span() -> dict | None:
            return next((each for each in whole.tempo_trace(trace_id) if each["name"] == name), None)

        found = wait_for(f"{name} in Tempo", span, ARRIVED)
        wait_for(
            "an exemplar in Prometheus",
            lambda: trace_id in {each["labels"]["trace_id"] for each in whole.exemplars(exemplar)},
            ARRIVED,
        )
        wait_for(
            "a line in Loki", lambda: whole.loki(f'{{service_name="odoo"}} | trace_id="{trace_id}"'), ARRIVED
        )
        return found

    return find


def test_a_call_of_the_web_client(whole, everywhere):
    traced, session = Traced(), whole.login()
    session.headers.update(traced.headers)
    session.call("res.partner", "search_count", [])

    span = everywhere(traced.id, "res.partner.search_count")

    attributes = span["attributes"]
    assert attributes["rpc.method"] == "res.partner.search_count"
    assert attributes["http.route"] == "/web/dataset/call_kw/<path:path>"
    assert attributes["db.namespace"] == whole.status()["database"]
    assert attributes["odoo.sql.count"] > 0
    statements = [each for each in whole.tempo_trace(traced.id) if "db.query.text" in each["attributes"]]
    assert len(statements) == attributes["odoo.sql.count"]
    assert {each["parentSpanId"] for each in statements} == {span["spanId"]}


def test_a_call_that_failed_is_an_error_with_its_exception(whole, everywhere):
    traced, session = Traced(), whole.login()
    body = {
        "params": {
            "model": "res.partner",
            "method": "search_count",
            "args": [[["name", "=", "x"], 7]],
            "kwargs": {},
        }
    }
    answer = session.post(
        f"{session.address}/web/dataset/call_kw", json=body, headers=traced.headers, timeout=60
    )

    span = everywhere(traced.id, "res.partner.search_count")

    assert answer.status_code == 200
    assert answer.json()["error"]
    assert span["status"]["code"] == "STATUS_CODE_ERROR"
    assert [event["name"] for event in span["events"]] == ["exception"]


def test_a_fault_of_xmlrpc(whole, everywhere):
    status, traced = whole.status(), Traced()
    transport = xmlrpc.client.Transport(headers=list(traced.headers.items()))
    server = xmlrpc.client.ServerProxy(f"{whole.urls['odoo']}/xmlrpc/2/object", transport=transport)
    with pytest.raises(xmlrpc.client.Fault):
        server.execute_kw(
            status["database"],
            2,
            whole.admin_password,
            "res.partner",
            "search_count",
            [[["name", "=", "x"], 7]],
        )

    span = everywhere(traced.id, "res.partner.search_count")

    assert span["attributes"]["rpc.system.name"] == "xmlrpc"
    assert span["attributes"]["http.response.status_code"] == 200
    assert span["status"]["code"] == "STATUS_CODE_ERROR"


def test_a_call_of_json_2(whole, everywhere):
    traced = Traced()
    answer = requests.post(
        f"{whole.urls['odoo']}/json/2/res.partner/search_count",
        json={"domain": []},
        headers={"Authorization": f"bearer {_api_key(whole)}", **traced.headers},
        timeout=60,
    )

    span = everywhere(traced.id, "res.partner.search_count")

    assert answer.ok, answer.text
    assert span["attributes"]["rpc.system.name"] == "json2"


def _api_key(stack) -> str:
    """A key of the administrator, made as a user makes one: name, password, key."""
    session = stack.login()
    wizard = session.call("res.users.apikeys.description", "create", [{"name": "test", "duration": "1"}])
    action = session.call("res.users.apikeys.description", "make_key", wizard)
    check = action["res_id"]
    context = {"password": stack.admin_password}
    made = session.call("res.users.identitycheck", "run_check", [check], context=context)
    return made["context"]["default_key"]


def test_a_scheduled_action_that_failed(whole, everywhere, wait_for):
    session, name = whole.login(), f"Test {secrets.token_hex(4)}"
    [model] = session.call("ir.model", "search", [["model", "=", "res.partner"]])
    values = {"name": name, "model_id": model, "state": "code", "code": "1 / 0", "interval_type": "days"}
    [cron] = session.call("ir.cron", "create", [values])
    session.trigger(cron)
    try:
        [line, *_] = wait_for(
            "a line of the action", lambda: whole.loki(f'{{service_name="odoo"}} |= "{name}"'), ARRIVED
        )
        trace_id = line["labels"]["trace_id"]
        span = everywhere(trace_id, f"cron {name}", exemplar="odoo_cron_job_duration_seconds_bucket")
    finally:
        session.call("ir.cron", "unlink", [cron])

    assert span["kind"] == "SPAN_KIND_INTERNAL"
    assert span["attributes"]["error.type"] == "ZeroDivisionError"
    assert span["resource"]["odoo.worker.type"] == "cron"


def test_a_request_of_the_evented_worker(whole, everywhere):
    traced = Traced()
    address = whole.processes()["odoo-evented"]["listen"]
    requests.get(f"http://{address}/websocket/health", headers=traced.headers, timeout=30).raise_for_status()

    span = everywhere(traced.id, "GET /websocket/health")

    assert span["resource"]["odoo.worker.type"] == "evented"
    # Tempo's JSON has ids in base64.
    assert base64.b64decode(span["parentSpanId"]).hex() == traced.span_id


def test_a_request_that_odoo_retried(whole, everywhere, wait_for):
    """Two transactions that change one row at once: PostgreSQL lets the second one fail, and Odoo runs it again."""
    session = whole.login()
    [model] = session.call("ir.model", "search", [["model", "=", "res.partner"]])
    [partner] = session.call("res.partner", "create", [{"name": "Contended"}])
    code = (
        f"partner = env['res.partner'].browse({partner})\n"
        "partner.name\n"  # the snapshot of the transaction
        "env.cr.execute('SELECT pg_sleep(0.7)')\n"
        "partner.write({'comment': 'x'})\n"
        "env.flush_all()"
    )
    values = {"name": "Contend", "model_id": model, "state": "code", "code": code}
    [action] = session.call("ir.actions.server", "create", [values])

    def contend(traced: Traced) -> None:
        body = {"params": {"model": "ir.actions.server", "method": "run", "args": [[action]], "kwargs": {}}}
        answer = requests.post(
            f"{session.address}/web/dataset/call_kw",
            json=body,
            headers=traced.headers,
            cookies=session.cookies,
            timeout=60,
        )
        assert "error" not in answer.json(), answer.text

    pair = [Traced(), Traced()]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(contend, pair))
    spans = [everywhere(traced.id, "ir.actions.server.run") for traced in pair]

    [retried] = [span for span in spans if span["attributes"].get("odoo.request.attempts") == 2]
    assert [event["name"] for event in retried["events"]] == ["odoo.request.retry"]
    assert "error.type" not in retried["attributes"]
    assert wait_for("the retry in Prometheus", lambda: whole.query("odoo_request_retries_total > 0"))
    session.call("ir.actions.server", "unlink", [action])


def test_a_request_with_a_span_of_a_library_inside(probed, everywhere):
    traced = Traced()
    requests.get(
        f"{probed.urls['odoo']}/odooops_probe/library", headers=traced.headers, timeout=30
    ).raise_for_status()

    request = everywhere(traced.id, "GET /odooops_probe/library")
    library = everywhere(traced.id, "library work")

    assert library["parentSpanId"] == request["spanId"]
    assert library["resource"]["service.instance.id"] == request["resource"]["service.instance.id"]


def test_a_request_after_its_worker_was_recycled(probed, everywhere, wait_for):
    before = set(probed.worker_pids())
    for _ in range(100):
        requests.get(f"{probed.urls['odoo']}/web/version", timeout=30)
    wait_for("other workers", lambda: len(set(probed.worker_pids()) - before) >= 2)
    time.sleep(1)
    traced = Traced()
    requests.get(f"{probed.urls['odoo']}/web/version", headers=traced.headers, timeout=30)

    span = everywhere(traced.id, "GET /web/version")

    assert span["resource"]["process.pid"] not in before

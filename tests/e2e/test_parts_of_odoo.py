"""What requests use of Odoo: reports, mail, outgoing calls, attachments, caches, sessions, websockets.

Each is found where it belongs, in the trace of its request in Tempo and as a metric in Prometheus.
"""

import base64
import contextlib
import json
import re
import secrets
import time
from collections.abc import Callable, Iterator

import http_servers
import mail_server
import pytest
import requests
import websocket
from counting import grown
from traced import Traced

ARRIVED = 60
REPORT = "base.report_irmodulereference"
# Chromium does what wkhtmltopdf does for Odoo, whose limit of virtual memory is too small for it.
WKHTMLTOPDF = """#!/bin/sh
[ "$1" = --version ] && echo "wkhtmltopdf 0.12.6 (with patched qt)" && exit
ulimit -S -v unlimited
for argument; do page=$made made=$argument; done
profile=$(mktemp -d)
chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$profile" \\
    --no-pdf-header-footer --print-to-pdf="$made" "file://$page" 2>&1
status=$?
rm -rf "$profile"
exit $status
"""


@pytest.fixture(scope="module")
def session(whole):
    return whole.login()


@pytest.fixture
def grows(whole, wait_for):
    """``with grows(selector, by=1):`` what happens within is counted in Prometheus, by all processes together."""

    @contextlib.contextmanager
    def grows_(selector: str, by: float = 1) -> Iterator[None]:
        since = time.time()
        yield
        wait_for(f"{by} more of {selector}", lambda: grown(whole, selector, since) >= by, ARRIVED)

    return grows_


@pytest.fixture
def trace_of(whole, wait_for) -> Callable[..., dict[str, list[dict]]]:
    """``trace_of(traced, name, …)``: the spans of a trace by name, once those named are among them."""

    def find(traced: Traced, *names: str) -> dict[str, list[dict]]:
        def found() -> dict[str, list[dict]]:
            spans: dict[str, list[dict]] = {}
            for span in whole.tempo_trace(traced.id):
                spans.setdefault(span["name"], []).append(span)
            return spans if spans.keys() >= set(names) else {}

        return wait_for(f"{', '.join(names)} in Tempo", found, ARRIVED)

    return find


@pytest.fixture
def call(session):
    """``call(traced, model, method, *args)``: as the web client calls, in a trace of the test's."""

    def call_(traced: Traced, model: str, method: str, *args):
        with session_with(session, traced.headers):
            return session.call(model, method, *args)

    return call_


@contextlib.contextmanager
def session_with(session, headers: dict[str, str]) -> Iterator[None]:
    """The session sends these as well."""
    session.headers.update(headers)
    try:
        yield
    finally:
        for name in headers:
            del session.headers[name]


@pytest.fixture
def server_action(session):
    """``server_action(code)``: its id."""
    made = []

    def make(code: str) -> int:
        [model] = session.call("ir.model", "search", [["model", "=", "res.partner"]])
        values = {"name": f"Test {secrets.token_hex(4)}", "model_id": model, "state": "code", "code": code}
        made.extend(session.call("ir.actions.server", "create", [values]))
        return made[-1]

    yield make
    session.call("ir.actions.server", "unlink", made)


@pytest.fixture
def wkhtmltopdf(whole):
    """The program by which Odoo makes PDF, where its processes look first."""
    program = whole.directory / "venv" / "bin" / "wkhtmltopdf"
    program.write_text(WKHTMLTOPDF)
    program.chmod(0o755)
    yield
    program.unlink()


def test_reports(session, grows, trace_of, wkhtmltopdf):
    [module] = session.call("ir.module.module", "search", [["name", "=", "web"]])
    html, pdf = Traced(), Traced()
    named = f'odoo_report_name="{REPORT}"'
    with (
        grows(f'odoo_report_duration_seconds_count{{{named}, odoo_report_format="html"}}', 2),
        grows(f'odoo_report_duration_seconds_count{{{named}, odoo_report_format="pdf"}}'),
        grows(f'odoo_report_size_bytes_total{{{named}, odoo_report_format="pdf"}}', 1000),
        grows(f"odoo_report_pages_total{{{named}}}"),
        grows('odoo_wkhtmltopdf_duration_seconds_count{process_exit_code="0"}'),
        grows('odoo_orm_calls_total{odoo_model="ir.module.module", odoo_orm_operation="fetch"}'),
    ):
        for traced, kind, signature in ((html, "html", "<!DOCTYPE"), (pdf, "pdf", "%PDF-")):
            address = f"{session.address}/report/{kind}/{REPORT}/{module}"
            answer = session.get(address, headers=traced.headers, timeout=120)
            assert answer.text.lstrip().startswith(signature), answer.text[:500]

    own = "GET /report/<converter>/<reportname>/<docids>"
    spans = trace_of(html, own, f"report html {REPORT}")
    [request], [report] = spans[own], spans[f"report html {REPORT}"]
    assert report["parentSpanId"] == request["spanId"]
    [program] = trace_of(pdf, own, f"report pdf {REPORT}", "wkhtmltopdf")["wkhtmltopdf"]
    assert program["attributes"]["process.exit.code"] == 0


@pytest.fixture
def inbox(session) -> Iterator[mail_server.Inbox]:
    """A real mail server, which Odoo sends by."""
    with mail_server.receiving() as inbox:
        values = {"name": "Test", "smtp_host": "127.0.0.1", "smtp_port": inbox.port, "sequence": 0}
        made = session.call("ir.mail_server", "create", [values | {"smtp_encryption": "none"}])
        yield inbox
        session.call("ir.mail_server", "unlink", made)


def test_mail_waits_is_sent_and_is_refused(whole, session, call, inbox, grows, trace_of, wait_for):
    mail = {"email_from": "odoo@example.com", "subject": "Of the test", "body_html": "<p>Hello</p>"}
    made = session.call(
        "mail.mail",
        "create",
        [mail | {"email_to": f"{name}@example.com"} for name in ("somebody", "nobody")],
    )

    def queued(state: str) -> float:
        return sum(
            value for _labels, value in whole.query(f'odoo_mail_queue_length{{odoo_mail_state="{state}"}}')
        )

    refused_before = queued("exception")
    wait_for("two mails wait", lambda: queued("outgoing") >= 2, ARRIVED)
    wait_for("the oldest has waited", lambda: whole.query("odoo_mail_queue_age_seconds > 0"), ARRIVED)
    traced, sent = Traced(), "odoo_mail_send_duration_seconds_count"
    with (
        grows(f'{sent}{{error_type=""}}'),
        grows(f'{sent}{{error_type="smtplib.SMTPRecipientsRefused"}}'),
    ):
        call(traced, "mail.mail", "send", made)
    [message] = inbox.messages
    assert b"somebody@example.com" in message

    spans = trace_of(traced, "mail.mail.send", "mail send")
    [own], sends = spans["mail.mail.send"], spans["mail send"]
    assert {span["parentSpanId"] for span in sends} == {own["spanId"]}
    assert {span["kind"] for span in sends} == {"SPAN_KIND_CLIENT"}
    assert [span["attributes"].get("error.type") for span in sends if "error.type" in span["attributes"]] == [
        "smtplib.SMTPRecipientsRefused"
    ]
    assert "@example.com" not in json.dumps(spans)
    wait_for("one could not be sent", lambda: queued("exception") == refused_before + 1, ARRIVED)
    session.call("mail.mail", "cancel", made)


def test_an_outgoing_request_takes_the_trace_along(session, call, grows, trace_of):
    traced = Traced()
    with http_servers.serving(lambda asking, asked: asking.answer(200, "done")) as server:
        [model] = session.call("ir.model", "search", [["model", "=", "res.partner"]])
        values = {"name": "Test", "model_id": model, "state": "webhook", "webhook_url": f"{server.url}/hook"}
        action = session.call("ir.actions.server", "create", [values])
        [partner] = session.call("res.partner", "search", [], limit=1)
        with grows(f'http_client_request_duration_seconds_count{{server_port="{server.server_port}"}}'):
            headers = traced.headers
            with session_with(session, headers):
                context = {"active_model": "res.partner", "active_id": partner, "active_ids": [partner]}
                session.call("ir.actions.server", "run", action, context=context)
        session.call("ir.actions.server", "unlink", action)

    [span] = trace_of(traced, "ir.actions.server.run", "POST")["POST"]
    assert span["kind"] == "SPAN_KIND_CLIENT"
    [asked] = server.asked
    span_id = base64.b64decode(span["spanId"]).hex()
    assert asked["headers"]["traceparent"].startswith(f"00-{traced.id}-{span_id}-")


def test_attachments(session, grows):
    content = base64.b64encode(secrets.token_bytes(100_000)).decode()
    with (
        grows('odoo_attachment_io_bytes_total{disk_io_direction="write"}', 100_000),
        grows('odoo_attachment_io_bytes_total{disk_io_direction="read"}', 100_000),
        grows("odoo_attachment_deletions_total"),
    ):
        made = session.call("ir.attachment", "create", [{"name": "Test", "datas": content}])
        [read] = session.call("ir.attachment", "read", made, ["datas"])
        assert read["datas"] == content
        session.call("ir.attachment", "unlink", made)


def test_caches(whole, call, server_action, grows, trace_of):
    cold, names = Traced(), [f"of.this.test.{secrets.token_hex(8)}" for _ in range(3)]
    code = f"for name in {names}:\n    env['ir.config_parameter'].sudo().get_param(name)"
    with (
        grows('odoo_cache_requests_total{odoo_cache_result="hit"}'),
        grows('odoo_cache_requests_total{odoo_cache_result="miss"}', len(names)),
    ):
        call(cold, "ir.actions.server", "run", [server_action(code)])
    with grows('odoo_registry_invalidations_total{odoo_cache_name="default"}'):
        call(Traced(), "ir.actions.server", "run", [server_action("env.registry.clear_cache()")])

    [own] = trace_of(cold, "ir.actions.server.run")["ir.actions.server.run"]
    told = own["attributes"]
    missed = dict(zip(told["odoo.cache.miss.methods"], told["odoo.cache.miss.counts"], strict=True))
    assert int(missed["ir.config_parameter._get_param"]) == len(names)
    assert told["odoo.cache.lookup.count"] >= told["odoo.cache.miss.count"]
    assert whole.query('odoo_cache_size{odoo_cache_name="default"} > 0')
    assert whole.query('odoo_cache_limit{odoo_cache_name="default"} > 0')


def test_sessions(whole, grows):
    status = whole.status()
    with (
        grows('odoo_session_events_total{odoo_session_event="login", odoo_session_interface="web"}'),
        grows('odoo_session_events_total{odoo_session_event="failure", odoo_session_interface="web"}'),
        grows('odoo_session_events_total{odoo_session_event="logout", odoo_session_interface="web"}'),
    ):
        session = whole.login()
        params = {"db": status["database"], "login": status["admin_login"], "password": "wrong"}
        answer = requests.post(
            f"{session.address}/web/session/authenticate", json={"params": params}, timeout=30
        )
        assert "error" in answer.json()
        session.rpc("/web/session/destroy")


def test_websockets(whole, session, call, server_action, grows, wait_for):
    version = session.rpc("/web/session/get_session_info")["websocket_worker_version"]
    address = re.sub("^http", "ws", f"{session.address}/websocket?version={version}")
    cookie = f"session_id={session.cookies['session_id']}"

    def connections() -> dict[str, float]:
        found = whole.query("odoo_websocket_connections")
        return {labels["instance"].rpartition("/")[2]: value for labels, value in found if value}

    before = connections()
    notify = server_action("env['bus.bus']._sendone('broadcast', 'odooops.test', {'a': 1})")
    with (
        grows('odoo_websocket_messages_total{network_io_direction="receive"}'),
        grows('odoo_websocket_messages_total{network_io_direction="transmit"}'),
        grows('odoo_websocket_dispatch_duration_seconds_count{error_type=""}'),
        grows("odoo_bus_notifications_total"),
        grows('odoo_websocket_closes_total{odoo_websocket_close_code="clean"}'),
    ):
        socket = websocket.create_connection(address, cookie=cookie, origin=session.address, timeout=60)
        socket.send(json.dumps({"event_name": "subscribe", "data": {"channels": [], "last": 0}}))
        wait_for("the connection is counted", lambda: connections().get("evented-0", 0) >= 1, ARRIVED)
        call(Traced(), "ir.actions.server", "run", [notify])
        while "odooops.test" not in socket.recv():
            pass
        socket.close()
    wait_for("it is counted no more", lambda: connections() == before, ARRIVED)

"""Ways by which a value gets into Odoo, or into what our telemetry looks at, for tests that plant secrets.

An entrance is a method of a mixin whose name begins with ``enter_`` and that takes a :class:`planted.Planted`. One that
is marked ``@closed`` lets nothing out, whatever it is; of the others texts leave, without what the redaction knows.
"""

from __future__ import annotations

import contextlib
import json
import logging
import urllib.parse
import xmlrpc.client
from email.message import EmailMessage
from unittest import mock

import psycopg2
import requests
from opentelemetry import _logs, metrics, trace

from odoo import http
from odoo.tests import JsonRpcException

from odoo.addons.base.models.ir_http import IrHttp
from odoo.addons.base.models.ir_mail_server import IrMail_Server, MailDeliveryException

from ..telemetry import browser
from ..tools.browser import report as reports
from ..tools.browser.spans import Name, Reporter
from .test_cron import make_job

_logger = logging.getLogger("odoo.addons.of_the_test")
tracer = trace.get_tracer("a.library")
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def closed(method):
    method.is_closed = True
    return method


def quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")


class RequestEntrances:
    """What a caller sends: addresses, headers, bodies, arguments."""

    @closed
    def enter_query_string(self, planted):
        self.url_open(f"/web/login?{quoted(planted.text)}&redirect={quoted(planted.text)}")

    @closed
    def enter_path_of_nothing(self, planted):
        self.url_open(f"/no/such/page/{quoted(planted.text)}")

    def enter_path_of_a_file(self, planted):
        self.url_open(f"/web/static/{quoted(planted.text)}")

    @closed
    def enter_form(self, planted):
        self.url_open("/web/login", data=dict.fromkeys(("login", "password", "csrf_token"), planted.text))

    @closed
    def enter_file_name_and_content(self, planted):
        files = {"ufile": (planted.line, planted.text)}
        self.url_open("/web/binary/upload_attachment", data={"model": planted.text, "id": "1"}, files=files)

    @closed
    def enter_headers(self, planted):
        names = ("Authorization", "X-Custom", "X-Forwarded-User", "Referer", "Cookie", "baggage")
        self.url_open("/web/login", headers=dict.fromkeys(names, planted.line.encode()))

    def enter_user_agent(self, planted):
        self.url_open("/web/login", headers={"User-Agent": f"Client ({planted.line})"})

    def enter_tracestate(self, planted):
        state = planted.line.replace(",", ";").replace("=", "%3D")
        self.url_open("/web/login", headers={"traceparent": TRACEPARENT, "tracestate": f"vendor={state}"})

    @closed
    def enter_sign_in(self, planted):
        params = {"db": self.env.cr.dbname, "login": planted.text, "password": planted.text}
        with contextlib.suppress(JsonRpcException):
            self.make_jsonrpc_request("/web/session/authenticate", params)

    @closed
    def enter_call_kw(self, planted):
        self.call_kw("name_search", [planted.text])
        self.call_kw("search_count", [[["name", "=", planted.text]]])

    @closed
    def enter_jsonrpc(self, planted):
        self.jsonrpc("res.partner", "search_count", [[["name", "=", planted.text]]])

    @closed
    def enter_json2(self, planted):
        self.json2("res.partner", "search_count", domain=[["name", "=", planted.text]])

    @closed
    def enter_xmlrpc(self, planted):
        self.xmlrpc("res.partner", "search_count", [[["name", "=", planted.text]]])
        with contextlib.suppress(xmlrpc.client.Fault):
            self.xmlrpc("res.partner", "search_count", [[]], password=planted.text)

    def enter_name_of_a_method(self, planted):
        for model, method in (("res.partner", planted.text), (planted.text, "read")):
            with contextlib.suppress(JsonRpcException):
                params = {"model": model, "method": method, "args": [], "kwargs": {}}
                self.make_jsonrpc_request("/web/dataset/call_kw", params)
            with contextlib.suppress(xmlrpc.client.Fault):
                self.xmlrpc(model, method, [])

    def enter_name_of_a_database(self, planted):
        with contextlib.suppress(xmlrpc.client.Fault):
            self.xmlrpc("res.partner", "search_count", [[]], database=planted.text)


class CodeEntrances:
    """What Odoo's code handles within a request: statements, exceptions, log lines, other servers."""

    def during(self, function) -> None:
        """A request that is answered by ``function(cr)``."""

        def dispatch(cls, endpoint):
            function(http.request.env.cr)
            return http.Response.load("done")

        with mock.patch.object(IrHttp, "_dispatch", classmethod(dispatch)):
            self.url_open("/web/login")

    @closed
    def enter_literal(self, planted):
        literal = "'{}'".format(planted.text.replace("'", "''"))
        statement = f"SELECT {literal} AS found WHERE {literal} IS NOT NULL"
        self.during(lambda cr: cr.execute(statement))  # pylint: disable=sql-injection

    @closed
    def enter_literal_of_a_wrong_statement(self, planted):
        literal = "'{}'".format(planted.text.replace("'", "''"))
        self.attempt(f"SELECT no_such_column, {literal}", None)

    @closed
    def enter_value_of_a_wrong_type(self, planted):
        self.attempt("SELECT %s::text::int", [planted.text])

    @closed
    def enter_value_that_is_there_already(self, planted):
        def insert(cr):
            cr.execute("CREATE TEMP TABLE planted (name varchar UNIQUE) ON COMMIT DROP")
            for _ in range(2):
                cr.execute("INSERT INTO planted VALUES (%s)", [planted.text])

        self.rolled_back(insert)

    def attempt(self, statement, parameters) -> None:
        self.rolled_back(lambda cr: cr.execute(statement, parameters))

    def rolled_back(self, function) -> None:
        def controller(cr):
            with cr.savepoint(flush=False) as savepoint:
                with contextlib.suppress(psycopg2.Error):
                    function(cr)
                savepoint.rollback()

        self.during(controller)

    def enter_message_of_an_exception(self, planted):
        def controller(_cr):
            raise ValueError(planted.text)

        self.during(controller)

    @closed
    def enter_local_variable_of_a_traceback(self, planted):
        def controller(_cr):
            secret = planted.text
            return len(secret) / 0

        self.during(controller)

    def enter_arguments_of_a_log_line(self, planted):
        def controller(_cr):
            _logger.info("told %s and %r", planted.text, {"x": [planted.text]})
            _logger.warning("of %(x)s", {"x": planted.text})

        self.during(controller)

    @closed
    def enter_address_of_another_server(self, planted):
        path = f"/hook/{quoted(planted.text)}?token={quoted(planted.text)}"
        user = quoted(planted.line)
        self.during(
            lambda _cr: requests.get(f"http://{user}:{user}@127.0.0.1:{self.server.port}{path}", timeout=5)
        )
        # Nobody is there: the message of the exception is in the log.
        self.during(lambda _cr: requests.get(f"http://127.0.0.1:1{path}", timeout=5))

    @closed
    def enter_subject_and_recipient_of_a_mail(self, planted):
        smtp = mock.Mock(smtp_from=None, from_filter=None, smtp_to_map=None)
        message = EmailMessage()
        message["From"], message["To"], message["Message-Id"] = (
            "a@example.com",
            "pl4nted@example.com",
            "<1@x>",
        )
        message["Subject"] = planted.line
        servers = self.env["ir.mail_server"]
        with mock.patch.object(IrMail_Server, "_disable_send", return_value=False):
            self.during(lambda _cr: servers.send_email(message, smtp_session=smtp))
            smtp.send_message.side_effect = OSError("refused")
            with contextlib.suppress(MailDeliveryException):
                servers.send_email(message, smtp_session=smtp)

    def enter_name_of_a_report(self, planted):
        reports = self.env["ir.actions.report"]
        self.during(lambda _cr: reports._render_qweb_html(planted.text, []))

    @closed
    def enter_message_of_the_bus(self, planted):
        self.env["bus.bus"]._sendone("channel", "type", {"text": planted.text})

    def enter_exception_of_a_job(self, planted):
        self.run_job(make_job(self.env, f"raise ValueError({planted.text!r})"))

    def enter_name_of_a_job(self, planted):
        job = make_job(self.env, "pass")
        job.cron_name = job.name = planted.text
        self.run_job(job)

    def run_job(self, job) -> None:
        with self.enter_registry_test_mode():
            job.method_direct_trigger()


class LibraryEntrances:
    """What modules and other libraries say by OpenTelemetry's API."""

    def enter_span_of_the_request(self, planted):
        def controller(_cr):
            span = trace.get_current_span()
            span.update_name(f"picked {planted.text}")
            span.set_attributes(
                {"shop.note": planted.text, "shop.tags": [planted.text], "shop.api_key": planted.value}
            )
            span.add_event("picked", {"shop.note": planted.text})
            span.add_link(trace.SpanContext(5, 6, is_remote=True), {"shop.note": planted.text})
            span.set_status(trace.StatusCode.ERROR, planted.text)

        self.during(controller)

    def enter_span_of_a_library(self, planted):
        def controller(_cr):
            attributes = {"shop.note": planted.text, "http.request.header.x": [planted.value]}
            link = trace.Link(trace.SpanContext(5, 6, is_remote=True), {"shop.note": planted.text})
            with (
                contextlib.suppress(ValueError),
                tracer.start_as_current_span(planted.text, attributes=attributes, links=[link]) as span,
            ):
                span.add_event(planted.text, attributes)
                raise ValueError(planted.text)

        self.during(controller)

    @closed
    def enter_attributes_that_libraries_write(self, planted):
        attributes = {
            "db.system": "postgresql",
            "db.statement": "SELECT '{}'".format(planted.text.replace("'", "''")),
            "db.user": planted.text,
            "http.url": f"https://u:{quoted(planted.text)}@example.com/{quoted(planted.text)}?k={quoted(planted.text)}",
            "url.query": planted.text,
            "http.request.header.authorization": [planted.text],
            "shop.password": planted.text,
            "enduser.id": planted.text,
        }
        self.during(lambda _cr: tracer.start_span("work", attributes=attributes).end())

    @closed
    def enter_statements_that_libraries_write_beside_spans(self, planted):
        statement = "UPDATE res_users SET note = '{}'".format(planted.text.replace("'", "''"))
        attributes = {"db.statement": statement, "db.query.text": statement}

        def controller(_cr):
            link = trace.Link(trace.SpanContext(5, 6, is_remote=True), attributes)
            with tracer.start_as_current_span("work", links=[link]) as span:
                span.add_event("query", attributes)
            _logs.get_logger("a.library").emit(body="query", attributes={**attributes, "more": attributes})
            metrics.get_meter("a.library").create_counter("shop.queries").add(1, attributes)

        self.during(controller)

    def enter_log_record_of_a_library(self, planted):
        attributes = {"shop.note": planted.text, "shop.more": {"tags": [planted.text]}}
        logger = _logs.get_logger("a.library")
        self.during(lambda _cr: logger.emit(body=planted.text, attributes=attributes))

    def enter_metric_of_a_library(self, planted):
        counter = metrics.get_meter("a.library").create_counter("shop.orders")
        self.during(lambda _cr: counter.add(1, {"shop.note": planted.text}))


class BrowserEntrances:
    """What a page and its browser say of themselves."""

    def enter_report_of_a_browser(self, planted):
        error = {"type": "RangeError", "message": planted.text, "stack": f"at f ({planted.line})", "at": 100}
        load = {"type": "reload", "response_start": 1, "response_end": 2, "dom_interactive": 3, "duration": 4}
        page = {"id": "0af7651916cd43dd8448eb211c80319c", "path": "/odoo"}
        body = {"version": 1, "now": 5000, "page": page, "load": load, "errors": [error]}
        reporter = Reporter(self.env.cr.dbname, 2, f"Client ({planted.line})")
        browser.take(reports.parse(json.dumps(body).encode()), reporter, lambda path, method: Name(path))

"""What is told of a request that failed: class and frames of the exception, the statement; no message."""

import contextlib
import xmlrpc.client
from unittest import mock

import psycopg2.errors

from odoo import http, sql_db
from odoo.exceptions import UserError
from odoo.tests import HttpCase, JsonRpcException, tagged

from ..telemetry import statements
from ..tools import failure, otlp
from .common import RpcMixin

OPERATIONS = "db.client.operation.duration"
SECRET = "s3cret-of-the-test"


def dictionary(pairs) -> dict:
    return {pair.key: pair.value.string_value for pair in pairs}


@tagged("post_install", "-at_install")
class TestFailures(RpcMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()

    def exceptions(self, span) -> list[dict]:
        return [dictionary(event.attributes) for event in span.data.events if event.name == "exception"]

    def assert_failed(self, span, error_type: str, function: str) -> None:
        self.assertEqual(span.data.status.code, otlp.STATUS_ERROR)
        self.assertEqual(span.data.status.message, error_type)
        self.assertEqual(span.attributes["error.type"], error_type)
        [event] = span.data.events
        self.assertLessEqual(span.data.start_time_unix_nano, event.time_unix_nano)
        self.assertLessEqual(event.time_unix_nano, span.data.end_time_unix_nano)
        [exception] = self.exceptions(span)
        self.assertEqual(exception.keys(), {"exception.type", "exception.stacktrace"})
        self.assertEqual(exception["exception.type"], error_type)
        *_, frame, last = exception["exception.stacktrace"].splitlines()
        self.assertEqual(last, error_type)
        self.assertTrue(frame.endswith(f"in {function}"), frame)

    # --- exceptions -----------------------------------------------------------------------

    def test_exception_of_a_page(self):
        self.serve(self.raise_key_error)
        self.assertEqual(self.url_open("/web/login").status_code, 500)
        [span] = self.kept()
        self.assert_failed(span, "KeyError", "TestFailures.raise_key_error")
        [exception] = self.exceptions(span)
        self.assertIn('File "odoo/http.py", line ', exception["exception.stacktrace"])
        self.assertIn(
            'File "odoo/addons/odooops_otel/tests/test_failures.py"', exception["exception.stacktrace"]
        )

    def test_exception_is_told_as_within_the_request_though_the_clock_is_set(self):
        for hours in (-1, 1):
            with self.subTest(hours), contextlib.ExitStack() as until_answered:
                self.start_telemetry()
                clock = self.clock_set(hours)
                self.serve(
                    lambda cr, clock=clock: until_answered.enter_context(clock) and self.raise_key_error(cr)
                )
                self.url_open("/web/login")
                until_answered.close()
                [span] = self.kept()
                self.assert_failed(span, "KeyError", "TestFailures.raise_key_error")

    def test_exceptions_of_calls_that_are_answered_with_200(self):
        calls = {
            "/jsonrpc": lambda: self.jsonrpc("res.partner", "search_count", [[]]),
            "/xmlrpc/2/<service>": lambda: self.xmlrpc("res.partner", "search_count", [[]]),
        }
        for route, call in calls.items():
            with self.subTest(route), self.failing(KeyError(SECRET)):
                self.start_telemetry()
                with contextlib.suppress(JsonRpcException, xmlrpc.client.Fault):
                    call()
                [span] = self.kept()
                self.assertEqual(span.attributes["http.response.status_code"], 200)
                self.assert_failed(span, "KeyError", "RpcMixin.failing.<locals>.search_count")

    def test_exception_of_json2(self):
        self.failing(KeyError(SECRET))
        self.assertEqual(self.json2("res.partner", "search_count", domain=[]).status_code, 500)
        [span] = self.kept()
        self.assert_failed(span, "KeyError", "RpcMixin.failing.<locals>.search_count")

    def test_exception_without_a_database(self):
        self.startPatcher(mock.patch.object(http.Request, "_get_session_and_dbname", self.no_database()))
        with mock.patch.object(http.Dispatcher, "pre_dispatch", side_effect=KeyError(SECRET)):
            self.url_open("/web/health")
        [span] = self.kept()
        self.assertEqual(span.attributes["error.type"], "KeyError")
        self.assertEqual(len(self.exceptions(span)), 1)

    def test_cause_of_an_exception_is_told(self):
        def controller(cr):
            try:
                self.raise_key_error(cr)
            except KeyError as error:
                raise ValueError(SECRET) from error

        self.serve(controller)
        self.url_open("/web/login")
        [span] = self.kept()
        [exception] = self.exceptions(span)
        self.assertIn(
            "KeyError\n\nThe above exception was the direct cause", exception["exception.stacktrace"]
        )
        self.assertEqual(exception["exception.type"], "ValueError")

    def test_what_odoo_tells_the_user_is_no_event(self):
        self.serve(self.raise_user_error)
        self.url_open("/web/login")
        [span] = self.kept()
        self.assertEqual((span.data.status.code, list(span.data.events)), (otlp.STATUS_UNSET, []))

    def test_no_message_leaves_the_process(self):
        self.serve(self.raise_key_error)
        self.url_open("/web/login")
        self.serve(lambda cr: cr.execute("INSERT INTO res_country(code) VALUES (%s)", [SECRET]))
        self.url_open("/web/login")
        self.serve(lambda cr: cr.execute(f"SELECT '{SECRET}'::integer"))
        self.url_open("/web/login")
        self.assertEqual(len(self.kept()), 3)
        self.assertNotIn(SECRET.encode(), self.receiver.everything())

    # --- statements -----------------------------------------------------------------------

    def test_statement_that_failed_is_a_span_and_is_counted(self):
        self.serve(lambda cr: cr.execute("SELECT a FROM no_such_table WHERE name = 'x'"))
        self.url_open("/web/login")
        [own] = self.kept()
        [failed] = [span for span in self.receiver.spans("SELECT no_such_table") if span.data.status.code]
        self.assertEqual(failed.data.parent_span_id, own.data.span_id)
        self.assertEqual(failed.data.status.message, "psycopg2.errors.UndefinedTable")
        expected = {
            "error.type": "psycopg2.errors.UndefinedTable",
            "db.response.status_code": "42P01",
            "db.query.text": "SELECT a FROM no_such_table WHERE name = ?",
            "db.namespace": self.env.cr.dbname,
        }
        self.assertLessEqual(expected.items(), failed.attributes.items())
        # By Odoo's clock, the system's, which may be set meanwhile
        started_at = own.data.start_time_unix_nano
        self.assertAlmostEqual(failed.data.start_time_unix_nano, started_at, delta=60 * 10**9)
        point = self.point(OPERATIONS, **{"error.type": "psycopg2.errors.UndefinedTable"})
        self.assertEqual((point.value, point.attributes["db.operation.name"]), (1, "SELECT"))

    def test_time_of_a_statement_that_failed_is_that_of_its_request_and_of_its_table(self):
        self.serve(lambda cr: cr.execute("SELECT 1 / length(pg_sleep(0.1)::text) FROM res_partner LIMIT 1"))
        self.url_open("/web/login")
        [own] = self.kept()
        self.assertGreater(own.attributes["odoo.sql.time"], 0.1)
        self.assertEqual(own.attributes["odoo.sql.table.names"][0], "res_partner")
        self.assertGreater(own.attributes["odoo.sql.table.times"][0], 0.1)
        self.assertNotIn("odoo.sql.dropped", own.attributes)
        shown = [span for span in self.receiver.spans() if span.data.parent_span_id == own.data.span_id]
        statements = [span for span in shown if "db.system.name" in span.attributes]
        self.assertEqual(own.attributes["odoo.sql.count"], len(statements))
        self.assertGreater(
            self.point("odoo.sql.table.time", **{"db.collection.name": "res_partner"}).value, 0.1
        )
        self.assertGreater(self.point("odoo.request.sql.time", **{"http.route": "/web/login"}).value, 0.1)

    def test_statement_behind_another_exception_is_found(self):
        def controller(cr):
            try:
                cr.execute("SELECT 1/0")
            except psycopg2.Error as error:
                raise ValueError("x") from error

        self.serve(controller)
        self.url_open("/web/login")
        [own] = self.kept()
        self.assertEqual(own.attributes["error.type"], "ValueError")
        [failed] = [span for span in self.receiver.spans("SELECT") if span.data.status.code]
        self.assertEqual(failed.attributes["db.response.status_code"], "22012")

    def test_statement_whose_failure_the_application_catches_is_told_and_counted(self):
        def with_savepoint(cr):
            with contextlib.suppress(psycopg2.Error), cr.savepoint():
                cr.execute("SELECT 1/0 AS planted", log_exceptions=False)

        def with_rollback(_cr):
            with sql_db.db_connect(self.env.cr.dbname).cursor() as cr:  # rolls back itself
                try:
                    cr.execute("SELECT 1/0 AS planted", log_exceptions=False)
                except psycopg2.Error:
                    cr.rollback()

        for controller in (with_savepoint, with_rollback):
            with self.subTest(controller.__name__):
                self.start_telemetry()
                self.serve(lambda cr, run=controller: run(cr) or "done")
                self.assertEqual(self.url_open("/web/login").status_code, 200)
                [own] = self.kept()
                self.assertNotIn("error.type", own.attributes)
                [failed] = [span for span in self.receiver.spans("SELECT") if span.data.status.code]
                self.assertEqual(failed.attributes["db.response.status_code"], "22012")
                self.assertEqual(failed.attributes["db.query.text"], "SELECT ?/? AS planted")
                points = self.receiver.points(OPERATIONS, **{"error.type": "psycopg2.errors.DivisionByZero"})
                self.assertEqual([point.value for point in points], [1])

    def test_failed_statement_of_a_call_is_counted_once(self):
        def search_count(records, domain, limit=None):
            records.env.cr.execute("SELECT 1/0")

        self.startPatcher(
            mock.patch.object(type(self.env["res.partner"]), "search_count", search_count, create=True)
        )
        with self.assertRaises(JsonRpcException):
            self.jsonrpc("res.partner", "search_count", [[1], []])
        self.flush()
        points = self.receiver.points(OPERATIONS, **{"error.type": "psycopg2.errors.DivisionByZero"})
        self.assertEqual([point.value for point in points], [1])

    def test_bug_of_ours_leaves_the_exception_as_it_is(self):
        self.serve(lambda cr: cr.execute("SELECT 1/0"))
        with (
            mock.patch.object(statements, "_statement_of", side_effect=ZeroDivisionError("ours")),
            self.assertLogs("odoo.addons.odooops_otel", "ERROR"),
        ):
            self.assertEqual(self.url_open("/web/login").status_code, 500)
        self.assertEqual(self.record().error_type, "psycopg2.errors.DivisionByZero")

    def test_exception_that_cannot_be_described_is_answered_and_counted_all_the_same(self):
        self.serve(self.raise_key_error)
        with (
            mock.patch.object(failure, "stacktrace", side_effect=ZeroDivisionError("ours")),
            self.assertLogs("odoo.addons.odooops_otel", "ERROR"),
        ):
            self.assertEqual(self.url_open("/web/login").status_code, 500)
        self.assertEqual(self.record().error_type, "KeyError")

    # --- helpers --------------------------------------------------------------------------

    @staticmethod
    def raise_key_error(cr):
        raise KeyError(SECRET)

    @staticmethod
    def raise_user_error(cr):
        raise UserError(SECRET)

    @staticmethod
    def no_database():
        original = http.Request._get_session_and_dbname

        def _get_session_and_dbname(request):
            session, _dbname = original(request)
            return session, None

        return _get_session_and_dbname

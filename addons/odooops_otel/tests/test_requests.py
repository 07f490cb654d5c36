"""HTTP requests: what is recorded of each kind, and that the recorder never gets in their way."""

import threading
from unittest import mock

import psycopg2
import werkzeug.test

from odoo import http
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools.profiler import Profiler

from ..telemetry import runtime, wsgi
from ..telemetry.record import current
from ..tools import semconv
from .common import TelemetryMixin

DURATION = "http.server.request.duration"


@tagged("post_install", "-at_install")
class TestRequests(TelemetryMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()

    def test_page_has_route_status_method_scheme_and_database(self):
        self.url_open("/web/login?token=do-not-tell")
        self.flush()
        point = self.point(DURATION)
        self.assertEqual(
            point.attributes,
            {
                "http.request.method": "GET",
                "http.route": "/web/login",
                "http.response.status_code": 200,
                "url.scheme": "http",
                "db.namespace": self.env.cr.dbname,
            },
        )
        self.assertEqual(point.value, 1)

    def test_statements_and_their_time_are_what_odoo_counted(self):
        self.url_open("/web/login")
        record = self.record()
        self.assertGreater(record.statement_count, 0)
        self.assertEqual(record.statement_count, self.odoo_counts[0])
        self.flush()
        place = {"http.route": "/web/login", "db.namespace": self.env.cr.dbname}
        self.assertEqual(self.point("odoo.request.sql.statements").attributes, place)
        self.assertEqual(self.receiver.total("odoo.request.sql.statements"), record.statement_count)
        self.assertEqual(self.receiver.total("db.client.operation.duration"), record.statement_count)
        self.assertAlmostEqual(self.receiver.total("odoo.request.sql.time"), record.statement_time)
        self.assertLess(record.statement_time, record.duration)

    def test_static_file_has_a_constant_route_and_no_database(self):
        self.url_open("/web/static/img/favicon.ico")
        record = self.record()
        self.assertEqual((record.route, record.status), (semconv.STATIC_ROUTE, 200))
        self.assertEqual((record.database, record.statement_count), (None, 0))

    def test_missing_static_file_is_404_and_no_error(self):
        self.url_open("/web/static/no-such-file")
        record = self.record()
        self.assertEqual((record.status, record.error_type), (404, None))

    def test_path_without_controller_has_the_route_of_the_fallback(self):
        self.url_open("/no/such/page/1234")
        record = self.record()
        self.assertEqual((record.route, record.status), (semconv.FALLBACK_ROUTE, 404))
        self.assertIsNone(record.error_type)
        self.assertEqual(record.statement_count, self.odoo_counts[0])

    def test_route_without_a_database_is_recorded(self):
        with mock.patch.object(http, "db_list", return_value=[]):
            response = werkzeug.test.Client(http.root).get("/web/database/selector")
        record = self.record()
        self.assertEqual((record.route, record.status), ("/web/database/selector", response.status_code))
        self.assertIsNone(record.database)

    def test_unknown_method_does_not_become_a_label(self):
        self.opener.request("FROBNICATE", self.base_url() + "/web/login")
        self.flush()
        self.assertEqual(self.point(DURATION).attributes["http.request.method"], "_OTHER")

    def test_scheme_is_the_one_that_the_client_used(self):
        headers = {
            "X-Forwarded-Host": "erp.example",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "192.0.2.1",
        }
        with mock.patch.dict(http.config.options, proxy_mode=True):
            self.url_open("/web/login", headers=headers)
        self.assertEqual(self.record().scheme, "https")

    def test_scheme_that_a_caller_made_up_does_not_become_a_label(self):
        headers = {"X-Forwarded-Host": "erp.example", "X-Forwarded-Proto": "made-up"}
        with mock.patch.dict(http.config.options, proxy_mode=True):
            self.url_open("/web/login", headers=headers)
        self.flush()
        self.assertEqual(self.point(DURATION).attributes["url.scheme"], "other")
        [span] = self.receiver.spans("GET /web/login")
        self.assertEqual(span.attributes["url.scheme"], "other")

    def test_error_in_a_controller_is_a_500_with_the_class_of_the_exception(self):
        self.raise_in_controller(ZeroDivisionError("boom"))
        self.assertEqual(self.url_open("/web/login").status_code, 500)
        record = self.record()
        self.assertEqual((record.status, record.error_type), (500, "ZeroDivisionError"))
        self.assertEqual(record.route, "/web/login")

    def test_database_that_cannot_be_used_is_an_error_whatever_is_answered(self):
        with mock.patch.object(http, "Registry", side_effect=psycopg2.OperationalError("down")):
            status = self.url_open("/web/health").status_code
        record = self.record()
        self.assertEqual((record.status, record.error_type), (status, "psycopg2.OperationalError"))

    def test_what_odoo_tells_the_user_is_no_error(self):
        self.raise_in_controller(UserError("not today"))
        self.url_open("/web/login")
        self.assertIsNone(self.record().error_type)

    def test_request_that_is_run_again_is_one_request_with_the_statements_of_all_attempts(self):
        counts = []

        def controller(cr):
            cr.execute("SELECT 1 AS statement")
            counts.append(1)
            if len(counts) < 3:
                raise ConcurrencyError("try again")
            return "done"

        self.serve(controller)
        with mock.patch("odoo.service.model.random.uniform", return_value=0):
            self.assertEqual(self.url_open("/web/login").text, "done")
        record = self.record()
        self.assertEqual((len(counts), record.status, record.error_type), (3, 200, None))
        self.assertEqual(record.statement_count, self.odoo_counts[0])
        self.assertEqual(self.statements(record), 3)

    def test_profiler_and_recorder_both_see_the_statements(self):
        collected = []

        def controller(cr):
            with Profiler(collectors=["sql"], db=None) as profiler:
                cr.execute("SELECT 1 AS statement")
            collected.extend(profiler.collectors[0].entries)
            return "done"

        self.serve(controller)
        self.url_open("/web/login")
        self.assertEqual(len([entry for entry in collected if "AS statement" in entry["query"]]), 1)
        self.assertEqual(self.statements(self.record()), 1)

    def test_hooks_of_the_thread_are_left_as_found(self):
        found = []
        thread = threading.current_thread()
        self.addCleanup(setattr, thread, "query_hooks", getattr(thread, "query_hooks", []))
        thread.query_hooks = found
        found.append(print)
        werkzeug.test.Client(http.root).get("/web/health")
        self.assertIs(thread.query_hooks, found)
        self.assertEqual(found, [print])

    def test_nested_request_is_recorded_apart_and_its_statements_are_counted_once(self):
        def controller(cr):
            cr.execute("SELECT 1 AS statement")
            if http.request.httprequest.path == "/web/login":
                headers = {"Cookie": http.request.httprequest.headers["Cookie"]}
                werkzeug.test.Client(http.root, use_cookies=False).get("/web/health", headers=headers)
            return "done"

        self.serve(controller)
        self.url_open("/web/login")
        self.flush()
        self.assertEqual(
            [(record.route, self.statements(record)) for record in self.records],
            [("/web/health", 1), ("/web/login", 2)],
        )
        self.assertEqual(self.receiver.total("db.client.operation.duration"), self.records[1].statement_count)

    def test_two_threads_at_once_count_exactly(self):
        def serve():
            client = werkzeug.test.Client(http.root)
            for _ in range(150):
                client.get("/web/static/img/favicon.ico").close()

        threads = [threading.Thread(target=serve) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.flush()
        self.assertEqual(self.receiver.total(DURATION), 600)

    def test_no_record_is_current_after_a_request(self):
        werkzeug.test.Client(http.root).get("/web/health")
        self.assertIsNone(current.get())

    def test_without_telemetry_requests_are_served_and_not_recorded(self):
        with mock.patch.object(runtime, "active", None):
            self.assertEqual(self.url_open("/web/login").status_code, 200)
        self.assertEqual(self.records, [])

    def test_status_without_a_number_passes_unchanged(self):
        def controller(cr):
            return http.Response("odd", status="Odd indeed")

        self.serve(controller)
        statuses = []
        environ = werkzeug.test.EnvironBuilder("/web/login", base_url=self.base_url()).get_environ()
        with self.allow_requests(all_requests=True):
            http.root(environ, lambda status, headers, *rest: statuses.append(status))
        self.assertEqual(statuses, ["0 Odd indeed"])
        self.assertEqual(self.record().status, 0)

    def test_response_without_a_status_has_no_status_label(self):
        with (
            mock.patch.object(http.Request, "_post_init", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            werkzeug.test.Client(http.root).get("/web/health")
        self.flush()
        attributes = self.point(DURATION).attributes
        self.assertEqual(attributes["error.type"], "KeyboardInterrupt")
        self.assertNotIn("http.response.status_code", attributes)

    # --- bugs of ours ---------------------------------------------------------------------

    def assert_served_in_spite_of(self, owner, name):
        with (
            mock.patch.object(owner, name, side_effect=ZeroDivisionError("ours")),
            self.assertLogs("odoo.addons.odooops_otel", "ERROR"),
            self.allow_requests(all_requests=True),
        ):
            response = werkzeug.test.Client(http.root).get("/web/health", base_url=self.base_url())
        self.assertEqual(response.status_code, 200)
        self.assertIsNone(current.get())

    def test_bug_after_the_end_of_a_record_leaves_the_one_around_it_current(self):
        recorder, thread = self.telemetry.recorder, threading.current_thread()
        outer, end = recorder.begin(thread), recorder.end

        def end_and_fail(*args):
            end(*args)
            raise ZeroDivisionError("ours")

        with (
            mock.patch.object(recorder, "end", end_and_fail),
            self.assertLogs("odoo.addons.odooops_otel", "ERROR"),
        ):
            werkzeug.test.Client(http.root).get("/web/health")
        self.assertIs(current.get(), outer)
        recorder.detach(outer, thread)

    def test_bug_at_the_beginning_of_a_record_does_not_reach_the_request(self):
        self.assert_served_in_spite_of(self.telemetry.recorder, "begin")

    def test_bug_at_the_end_of_a_record_does_not_reach_the_request(self):
        self.assert_served_in_spite_of(self.telemetry.recorder, "end")

    def test_malformed_traceparent_and_a_bug_in_reading_it_do_not_reach_the_request(self):
        headers = {"traceparent": "00-zz-\xff"}
        self.assertEqual(self.url_open("/web/login", headers=headers).status_code, 200)
        with (
            mock.patch.object(wsgi.trace_context, "parse", side_effect=ZeroDivisionError("ours")),
            self.assertLogs("odoo.addons.odooops_otel", "ERROR"),
        ):
            self.assertEqual(self.url_open("/web/login", headers=headers).status_code, 200)

    def test_repeated_bug_is_logged_once(self):
        with (
            mock.patch.object(self.telemetry.recorder, "end", side_effect=ZeroDivisionError("ours")),
            self.assertLogs("odoo.addons.odooops_otel", "ERROR") as log,
        ):
            for _ in range(3):
                self.url_open("/web/health")
        self.assertEqual(len(log.records), 1)

    # --- helpers --------------------------------------------------------------------------

    def statements(self, record) -> int:
        """How many of a record's statements are the controller's own."""
        return sum("AS statement" in text for text, *_ in record.statements)

    def raise_in_controller(self, error: Exception):
        def controller(cr):
            raise error

        self.serve(controller)

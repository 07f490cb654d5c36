"""Requests that Odoo ran more than once."""

from unittest import mock

import psycopg2.errors

from odoo import http
from odoo.exceptions import ConcurrencyError
from odoo.service import model as service_model
from odoo.sql_db import db_connect
from odoo.tests import HttpCase, tagged

from ..telemetry.record import current
from .common import RpcMixin

RETRIES = "odoo.request.retries"
CONFLICT = "psycopg2.errors.SerializationFailure"


@tagged("post_install", "-at_install")
class TestAttempts(RpcMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()
        # Odoo waits up to two seconds before the second attempt.
        self.startPatcher(mock.patch.object(service_model.time, "sleep"))

    def retries(self, span) -> list[str]:
        return [
            pair.value.string_value
            for event in span.data.events
            if event.name == "odoo.request.retry"
            for pair in event.attributes
        ]

    def assert_retried(self, *error_types: str):
        [span] = [span for span in self.kept() if span.attributes["http.route"] == "/web/login"]
        self.assertEqual(self.retries(span), list(error_types))
        self.assertEqual(span.attributes["odoo.request.attempts"], len(error_types) + 1)
        points = self.receiver.points(RETRIES)
        self.assertEqual(sum(point.value for point in points), len(error_types))
        for point in points:
            self.assertEqual(point.attributes["http.route"], "/web/login")
            self.assertEqual(point.attributes["db.namespace"], self.env.cr.dbname)
            self.assertIn(point.attributes["error.type"], error_types)
        return span

    def test_request_that_runs_once_says_nothing_of_attempts(self):
        self.url_open("/web/login")
        [span] = self.kept()
        self.assertNotIn("odoo.request.attempts", span.attributes)
        self.assertEqual(self.receiver.points(RETRIES), [])

    def test_serialization_failure_of_postgresql_is_a_retry_and_no_error(self):
        table, conflicts = self.contended_table(), [1]

        def controller(cr):
            with db_connect(self.env.cr.dbname).cursor() as mine:
                mine.execute(f"SELECT n FROM {table}")  # the snapshot
                if conflicts:
                    conflicts.pop()
                    with db_connect(self.env.cr.dbname).cursor() as other:
                        other.execute(f"UPDATE {table} SET n = n + 1")
                mine.execute(f"UPDATE {table} SET n = n + 1")
            return "done"

        self.serve(controller)
        self.assertEqual(self.url_open("/web/login").text, "done")
        span = self.assert_retried(CONFLICT)
        self.assertNotIn("error.type", span.attributes)
        self.assertEqual(span.data.status.code, 0)
        [failed] = [child for child in self.receiver.spans(f"UPDATE {table}") if child.data.status.code]
        self.assertEqual(failed.attributes["db.response.status_code"], "40001")

    def test_conflict_that_comes_to_light_when_changes_are_flushed_is_told(self):
        failures = [ConcurrencyError("x"), ConcurrencyError("x")]

        def controller(cr):
            if failures:
                cr.precommit.add(lambda: self.throw(failures.pop()))
            return "done"

        self.serve(controller)
        self.assertEqual(self.url_open("/web/login").text, "done")
        self.assert_retried(*["odoo.exceptions.ConcurrencyError"] * 2)

    def test_request_that_fails_each_time_is_an_error_with_all_attempts(self):
        self.serve(lambda cr: self.throw(psycopg2.errors.LockNotAvailable("x")))
        # The class has the code of an error that the server did not send.
        with mock.patch.object(service_model.errorcodes, "lookup", return_value="LOCK_NOT_AVAILABLE"):
            self.url_open("/web/login")
        span = self.assert_retried(*["psycopg2.errors.LockNotAvailable"] * 4)
        self.assertEqual(span.attributes["error.type"], "psycopg2.errors.LockNotAvailable")

    def test_handler_that_has_to_write_after_all_runs_again(self):
        modes = []

        def controller(cr):
            modes.append(cr.readonly)
            cr.execute("UPDATE res_country SET code = code WHERE id = 1")
            return "done"

        self.serve(controller)
        self.read_only_first()
        self.assertEqual(self.url_open("/web/login").text, "done")
        self.assertEqual(modes, [True, False])
        self.assert_retried("psycopg2.errors.ReadOnlySqlTransaction")

    def test_error_that_is_not_retried_is_no_retry(self):
        self.serve(lambda cr: 1 / 0)
        self.url_open("/web/login")
        [span] = self.kept()
        self.assertNotIn("odoo.request.attempts", span.attributes)

    def test_call_that_is_retried_within_its_request_is_counted_once(self):
        failures = [ConcurrencyError("x")]

        def search_count(records, domain, limit=None):
            if failures:
                raise failures.pop()
            return 7

        with mock.patch.object(type(self.env["res.partner"]), "search_count", search_count, create=True):
            self.assertEqual(self.jsonrpc("res.partner", "search_count", [[1], []]), 7)
        [span] = self.kept()
        self.assertEqual(self.retries(span), ["odoo.exceptions.ConcurrencyError"])
        self.assertEqual(span.data.name, "res.partner.search_count")

    def test_code_outside_of_a_record_is_retried_as_ever(self):
        self.assertIsNone(current.get())
        failures = [ConcurrencyError("x")]

        def work():
            if failures:
                raise failures.pop()
            return 7

        with mock.patch.object(self.env.cr, "rollback"), mock.patch.object(self.env.cr, "commit"):
            self.assertEqual(service_model.retrying(work, self.env), 7)

    # --- helpers --------------------------------------------------------------------------

    def contended_table(self) -> str:
        """A table that every transaction sees, unlike what a test writes."""
        name = "odooops_test_contended"
        with db_connect(self.env.cr.dbname).cursor() as cr:
            cr.execute(f"CREATE TABLE {name} AS SELECT 1 AS n")
        self.addCleanup(self.drop, name)
        return name

    def drop(self, table: str) -> None:
        with db_connect(self.env.cr.dbname).cursor() as cr:
            cr.execute(f"DROP TABLE {table}")

    def read_only_first(self) -> None:
        """As with a replica: the first cursor of a request cannot write."""
        rule = {"readonly": True}
        original = http.Request._set_request_dispatcher

        def _set_request_dispatcher(request, found):
            self.startPatcher(mock.patch.dict(found.endpoint.routing, rule))
            return original(request, found)

        self.startPatcher(mock.patch.object(http.Request, "_set_request_dispatcher", _set_request_dispatcher))

    @staticmethod
    def throw(error: Exception):
        raise error

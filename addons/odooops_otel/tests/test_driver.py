"""Spans of statements from the driver: for a process, a rule or a trace, of every connection, and none twice."""

import threading

import psycopg2
import psycopg2.extras
import psycopg2.sql
from opentelemetry.instrumentation.psycopg2 import CursorTracer

from odoo import sql_db
from odoo.tests import HttpCase, get_db_name, tagged

from ..telemetry import driver, driver_choice, runtime
from ..tools import otlp
from .common import TelemetryMixin

SECRET = "s3cret-of-the-test"


class DriverCase(TelemetryMixin, HttpCase):
    def statements(self) -> list:
        """The spans of statements that name what the test planted."""
        self.flush()
        return [
            span for span in self.receiver.spans() if "planted" in span.attributes.get("db.query.text", "")
        ]

    def connect(self):
        _name, info = sql_db.connection_info_for(get_db_name())
        connection = psycopg2.connect(**info)
        self.addCleanup(connection.close)
        return connection

    def during(self, function, route: str = "/web/login", **headers: str) -> None:
        self.serve(lambda cr: (function(cr) and None) or "done")
        self.url_open(route, headers=headers)

    def borrowing(self):
        """A controller that uses a cursor of Odoo's, of a pool of the test's own."""
        pool = sql_db.ConnectionPool(1)
        self.addCleanup(pool.close_all)

        def controller(_cr):
            with sql_db.Connection(pool, *sql_db.connection_info_for(get_db_name())).cursor() as cursor:
                cursor.execute("SELECT 1 AS planted")

        return controller

    def driver_spans(self) -> int:
        """How many of the statements have spans from the driver, which alone knows the server."""
        return sum("server.address" in span.attributes for span in self.statements())


@tagged("post_install", "-at_install")
class TestDriver(DriverCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry(ODOOOPS_SQL="driver")

    def test_statement_of_a_connection_that_is_not_odoos_is_a_child_of_the_request(self):
        connection = self.connect()
        self.during(
            lambda cr: connection.cursor().execute("SELECT id AS planted FROM res_partner WHERE id = 1")
        )
        (span,) = self.statements()
        (own,) = self.kept()
        self.assertEqual(
            (span.data.trace_id, span.data.parent_span_id), (own.data.trace_id, own.data.span_id)
        )
        self.assertEqual((span.data.name, span.data.kind), ("SELECT res_partner", otlp.KIND_CLIENT))
        expected = {
            "db.system.name": "postgresql",
            "db.namespace": get_db_name(),
            "db.operation.name": "SELECT",
            "db.collection.name": "res_partner",
            "db.query.text": "SELECT id AS planted FROM res_partner WHERE id = ?",
        }
        self.assertLessEqual(expected.items(), span.attributes.items())
        self.assertFalse({"db.statement", "db.system", "db.user"} & span.attributes.keys())

    def test_no_literal_leaves_the_process(self):
        connection = self.connect()

        def plant(cr):
            cursor = connection.cursor()
            cursor.execute(f"SELECT '{SECRET}' AS planted")
            cursor.execute(f"SELECT'{SECRET}' AS planted")
            cursor.execute("SELECT %s AS planted", [SECRET])
            cursor.execute(cursor.mogrify("SELECT %s AS planted", [SECRET]))
            cursor.execute(psycopg2.sql.SQL("SELECT {} AS planted").format(psycopg2.sql.Literal(SECRET)))
            cursor.execute(f"SELECT 1 AS planted, '{'x' * 10_000}{SECRET}'")
            rows = [(SECRET,), (SECRET * 2,)]
            psycopg2.extras.execute_values(cursor, "SELECT * FROM (VALUES %s) AS planted(name)", rows)
            with self.assertRaises(psycopg2.Error):
                cursor.execute(f"SELECT '{SECRET}'::int AS planted")

        self.during(plant)
        self.assertEqual(len(self.statements()), 8)
        self.assertNotIn(SECRET.encode(), self.receiver.everything())

    def test_statement_of_odoos_cursor_is_one_span_and_counted_once(self):
        self.during(self.borrowing())
        (own,) = self.kept()
        self.assertEqual(len(self.statements()), 1)
        self.assertNotIn("odoo.sql.dropped", own.attributes)
        children = [span for span in self.receiver.spans() if span.data.parent_span_id == own.data.span_id]
        self.assertEqual([span for span in children if "odoo.sql.count" in span.attributes], [], "summaries")
        self.assertGreater(own.attributes["odoo.sql.count"], 0)
        self.assertGreater(self.receiver.total("db.client.operation.duration"), 0)

    def test_end_of_telemetry_leaves_the_driver_as_it_was(self):
        connection = self.connect()
        self.assertIsNotNone(connection.cursor_factory)
        self.assertIsNot(CursorTracer.get_statement, driver._get_statement)
        runtime.stop()
        self.assertIsNone(connection.cursor_factory)
        self.assertIs(CursorTracer.get_statement, driver._get_statement)
        self.assertIsNone(self.connect().cursor_factory)

    def test_statement_goes_with_its_request(self):
        connection = self.connect()
        self.start_telemetry(
            ODOOOPS_SQL="driver", OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0"
        )
        self.during(lambda cr: connection.cursor().execute("SELECT 1 AS planted"))
        self.assertEqual(self.statements(), [])


@tagged("post_install", "-at_install")
class TestChoice(DriverCase):
    """The driver is chosen while the process runs, and given up again."""

    has_rules = True

    def rule(self, **vals):
        vals = {"kind": "route", "pattern": "/web/login", "ratio": 1.0, "sql": "driver", "sequence": 0} | vals
        return self.env["odooops.sampling.rule"].create({"name": "Diagnosis", **vals})

    def follow(self) -> None:
        """Do what the drainer does after a change, which in a test no signal tells."""
        self.env.flush_all()
        self.telemetry.policies.forget()
        self.telemetry.policies.refresh()

    def test_a_setting_holds_from_the_next_transaction_on_and_no_longer_than_it_stands(self):
        self.start_telemetry()
        self.during(self.borrowing())
        self.assertEqual((len(self.statements()), self.driver_spans()), (1, 0))
        self.env["odooops.setting"].set_setting("traces.sql", "driver")
        self.follow()
        controller = self.borrowing()
        self.during(controller)
        self.assertEqual((len(self.statements()), self.driver_spans()), (2, 1))
        self.env["odooops.setting"].unset_setting("traces.sql")
        self.follow()
        self.during(controller)  # the same connection, out of the pool
        self.assertEqual((len(self.statements()), self.driver_spans()), (3, 1))

    def test_a_setting_may_hold_in_named_processes_alone(self):
        self.start_telemetry()
        for processes, spans in (("http-7", 0), ("http-7, test-0", 1)):
            with self.subTest(processes):
                self.env["odooops.setting"].set_setting("traces.sql", "driver")
                self.env["odooops.setting"].set_setting("traces.sql_processes", processes)
                self.follow()
                self.during(self.borrowing())
                self.assertEqual(self.driver_spans(), spans)

    def test_a_rule_chooses_it_for_a_route(self):
        self.start_telemetry()
        rule = self.rule()
        self.follow()
        self.during(self.borrowing(), "/web/manifest.webmanifest")
        self.assertEqual((len(self.statements()), self.driver_spans()), (1, 0))
        self.during(self.borrowing())
        self.assertEqual((len(self.statements()), self.driver_spans()), (2, 1))
        rule.unlink()
        self.follow()
        self.during(self.borrowing())
        self.assertEqual((len(self.statements()), self.driver_spans()), (3, 1))

    def test_the_cursor_that_is_open_when_the_route_becomes_known_is_traced_from_then_on(self):
        self.start_telemetry()
        self.rule()
        self.follow()
        record = self.telemetry.recorder.begin(threading.current_thread())
        try:
            with sql_db.db_connect(get_db_name()).cursor() as cursor:
                record.route, record.database = "/web/login", get_db_name()
                self.assertIs(type(cursor._obj), psycopg2.extensions.cursor)
                driver_choice.reconsider(record, cursor)
                self.assertIsNot(type(cursor._obj), psycopg2.extensions.cursor)
                cursor.execute("SELECT 1 AS planted")
        finally:
            self.telemetry.recorder.detach(record, threading.current_thread())
        self.assertTrue(record.uses_driver)

    def test_a_trusted_caller_chooses_it_for_one_trace(self):
        parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        for trusted, spans in (("127.0.0.1", 1), ("none", 0)):
            with self.subTest(trusted):
                self.start_telemetry(ODOOOPS_TRACES_TRUSTED_ADDRESSES=trusted)
                self.during(self.borrowing(), traceparent=parent, tracestate="a=b, odooops=sql:driver")
                self.assertEqual(self.driver_spans(), spans)
                self.during(self.borrowing(), traceparent=parent, tracestate="a=odooops")
                self.assertEqual(self.driver_spans(), spans)

"""``ODOOOPS_SQL=driver``: statements of every connection as spans, and none of them twice."""

import psycopg2
import psycopg2.extras
import psycopg2.sql
from opentelemetry.instrumentation.psycopg2 import CursorTracer

from odoo import sql_db
from odoo.tests import HttpCase, get_db_name, tagged

from ..telemetry import driver, runtime
from ..tools import otlp
from .common import TelemetryMixin

SECRET = "s3cret-of-the-test"


@tagged("post_install", "-at_install")
class TestDriver(TelemetryMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry(ODOOOPS_SQL="driver")

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

    def during(self, function) -> None:
        self.serve(lambda cr: (function(cr) and None) or "done")
        self.url_open("/web/login")

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
        # The connections of the pool were opened before, and have no spans.
        pool = sql_db.ConnectionPool(1)
        self.addCleanup(pool.close_all)

        def controller(cr):
            with sql_db.Connection(pool, *sql_db.connection_info_for(get_db_name())).cursor() as other:
                other.execute("SELECT 1 AS planted")

        self.during(controller)
        (own,) = self.kept()
        self.assertEqual(len(self.statements()), 1)
        self.assertNotIn("odoo.sql.dropped", own.attributes)
        children = [span for span in self.receiver.spans() if span.data.parent_span_id == own.data.span_id]
        self.assertEqual([span for span in children if "odoo.sql.count" in span.attributes], [], "summaries")
        self.assertGreater(own.attributes["odoo.sql.count"], 0)
        self.assertGreater(self.receiver.total("db.client.operation.duration"), 0)

    def test_end_of_telemetry_leaves_the_driver_as_it_was(self):
        self.assertIsNot(CursorTracer.get_statement, driver._get_statement)
        runtime.stop()
        self.assertIs(CursorTracer.get_statement, driver._get_statement)
        self.assertFalse(hasattr(psycopg2.connect, "__wrapped__"))

    def test_statement_goes_with_its_request(self):
        connection = self.connect()
        self.start_telemetry(
            ODOOOPS_SQL="driver", OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0"
        )
        self.during(lambda cr: connection.cursor().execute("SELECT 1 AS planted"))
        self.assertEqual(self.statements(), [])

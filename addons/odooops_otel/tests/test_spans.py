"""What the spans of a kept request say, and what they must not."""

import gc
import io
import time
import weakref
from unittest import mock

import psycopg2.sql

from odoo import sql_db
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from ..telemetry import aggregator as aggregator_module, patch, recorder as recorder_module
from ..telemetry.record import current
from ..tools import otlp, shape
from .common import TelemetryMixin

DURATION = "http.server.request.duration"
SECRET = "s3cret-of-the-test"


@tagged("post_install", "-at_install")
class TestSpans(TelemetryMixin, HttpCase):
    def test_server_span_says_what_was_asked_and_answered(self):
        self.start_telemetry()
        before = time.time_ns()
        self.url_open("/web/login?token=do-not-tell", headers={"User-Agent": "tester/1.0"})
        (span,) = self.kept()
        self.assertEqual(span.data.name, "GET /web/login")
        expected = {
            "http.request.method": "GET",
            "http.route": "/web/login",
            "http.response.status_code": 200,
            "url.scheme": "http",
            "url.path": "/web/login",
            "user_agent.original": "tester/1.0",
            "db.namespace": self.env.cr.dbname,
            "odoo.sql.count": self.odoo_counts[0],
        }
        self.assertLessEqual(expected.items(), span.attributes.items())
        self.assertEqual(span.data.status.code, otlp.STATUS_UNSET)
        self.assertEqual(span.data.parent_span_id, b"")
        self.assertAlmostEqual(span.data.start_time_unix_nano, before, delta=60 * 10**9)
        self.assertLess(span.data.start_time_unix_nano, span.data.end_time_unix_nano)

    def test_what_the_caller_chose_is_cut_and_read_as_it_was_sent(self):
        self.start_telemetry()
        self.url_open("/odoo/grün/" + "x" * 5000, headers={"User-Agent": "a" * 5000}, allow_redirects=False)
        (span,) = self.kept()
        self.assertTrue(
            span.attributes["url.path"].startswith("/odoo/grün/xxx"), span.attributes["url.path"][:20]
        )
        self.assertLessEqual(len(span.attributes["url.path"]), 1000)
        self.assertEqual(len(span.attributes["user_agent.original"]), 1000)

    def test_span_of_an_unknown_method_has_the_name_of_the_convention(self):
        self.start_telemetry()
        self.opener.request("BREW", self.base_url() + "/web/health", timeout=10)
        (span,) = self.kept()
        self.assertEqual(span.data.name.split()[0], "HTTP")
        self.assertEqual(span.attributes["http.request.method"], "_OTHER")

    def test_a_clock_that_was_set_back_makes_no_counter_fall(self):
        telemetry = self.start_telemetry()
        spent = telemetry.recorder.aggregator.count_statements([("SELECT 1", 0.0, -3600.0)], "db")
        self.assertEqual(spent, 0)

    def test_resource_says_which_process_it_was(self):
        self.start_telemetry(OTEL_SERVICE_NAME="shop", OTEL_RESOURCE_ATTRIBUTES="service.namespace=prod")
        self.url_open("/web/health")
        (span,) = self.kept()
        expected = {
            "service.name": "shop",
            "service.namespace": "prod",
            "service.instance.id": "host:1/test-0",
            "odoo.worker.type": "test",
        }
        self.assertLessEqual(expected.items(), span.resource.items())

    def test_each_statement_is_a_child_within_its_request(self):
        self.start_telemetry()
        self.serve(lambda cr: cr.execute("SELECT id FROM res_partner WHERE id = %s", [1]) or "done")
        self.url_open("/web/login")
        (own,) = self.kept()
        children = [span for span in self.receiver.spans() if span.data.kind == otlp.KIND_CLIENT]
        self.assertEqual(len(children), own.attributes["odoo.sql.count"])
        for child in children:
            self.assertEqual(child.data.trace_id, own.data.trace_id)
            self.assertEqual(child.data.parent_span_id, own.data.span_id)
            self.assertLessEqual(child.data.start_time_unix_nano, child.data.end_time_unix_nano)
        ids = {span.data.span_id for span in (own, *children)}
        self.assertEqual(len(ids), len(children) + 1)
        (select,) = [span for span in children if span.attributes["db.query.text"].endswith("id = %s")]
        self.assertEqual(select.data.name, "SELECT res_partner")
        expected = {
            "db.system.name": "postgresql",
            "db.namespace": self.env.cr.dbname,
            "db.operation.name": "SELECT",
            "db.collection.name": "res_partner",
        }
        self.assertLessEqual(expected.items(), select.attributes.items())

    def test_statements_beyond_the_limit_are_put_together_by_operation_and_table(self):
        self.start_telemetry(ODOOOPS_TRACES_STATEMENT_LIMIT="3")

        def controller(cr):
            for number in range(10):
                cr.execute(f"SELECT {number} FROM res_country")
                cr.execute("UPDATE res_country SET code = code WHERE id = %s", [number])
            return "done"

        self.serve(controller)
        self.url_open("/web/login")
        (own,) = self.kept()
        children = [span for span in self.receiver.spans() if span.data.kind == otlp.KIND_CLIENT]
        self.assertEqual(len([child for child in children if "odoo.sql.count" not in child.attributes]), 3)
        summaries = {child.data.name: child for child in children if "odoo.sql.count" in child.attributes}
        for name, operation in (("SELECT res_country", "SELECT"), ("UPDATE res_country", "UPDATE")):
            summary = summaries[name]
            expected = {
                "odoo.sql.count": 10,
                "db.operation.name": operation,
                "db.collection.name": "res_country",
            }
            self.assertLessEqual(expected.items(), summary.attributes.items())
            self.assertGreater(summary.attributes["odoo.sql.time"], 0)
            self.assertNotIn("db.query.text", summary.attributes)
            self.assertEqual(summary.data.parent_span_id, own.data.span_id)
        counted = sum(summary.attributes["odoo.sql.count"] for summary in summaries.values())
        self.assertEqual(counted, own.attributes["odoo.sql.count"] - 3)
        self.assertNotIn("odoo.sql.dropped", own.attributes)

    def test_request_of_very_many_statements_counts_all_and_holds_few(self):
        self.start_telemetry(ODOOOPS_TRACES_STATEMENT_LIMIT="5")
        self.startPatcher(mock.patch.object(recorder_module, "FOLD_AT", 40))
        held = []

        def controller(cr):
            for number in range(500):
                cr.execute("SELECT 1 FROM res_country")
                if number % 30 == 0:
                    self.telemetry.recorder.drain()  # as the drainer does meanwhile
                held.append(len(current.get().statements))
            return "done"

        self.serve(controller)
        self.url_open("/web/login")
        (own,) = self.kept()
        record = self.record()
        self.assertLess(max(held), 40 + 30)
        self.assertEqual(record.statement_count, self.odoo_counts[0])
        self.assertEqual(own.attributes["odoo.sql.count"], self.odoo_counts[0])
        self.assertNotIn("odoo.sql.dropped", own.attributes)
        self.assertEqual(self.receiver.total("db.client.operation.duration"), self.odoo_counts[0])
        ours = [
            span.attributes.get("odoo.sql.count", 1) for span in self.receiver.spans("SELECT res_country")
        ]
        self.assertEqual(sum(ours), 500)
        self.assertGreaterEqual(max(ours), 495)

    def test_summaries_are_bounded_and_lose_nothing(self):
        self.start_telemetry(ODOOOPS_TRACES_STATEMENT_LIMIT="0")
        self.startPatcher(mock.patch.object(aggregator_module, "MAX_SUMMARIES", 5))
        self.startPatcher(mock.patch.object(shape, "MAX_READ", 20))
        self.serve(
            lambda cr: [cr.execute(f'SELECT id FROM "{name}" LIMIT 0') for name in self.tables(cr)] and "done"
        )
        self.url_open("/web/login")
        (own,) = self.kept()
        summaries = [span for span in self.receiver.spans() if span.data.kind == otlp.KIND_CLIENT]
        self.assertLessEqual(
            len(summaries), 5 + len({span.attributes["db.operation.name"] for span in summaries})
        )
        counted = sum(span.attributes["odoo.sql.count"] for span in summaries)
        self.assertEqual(counted, own.attributes["odoo.sql.count"])

    @staticmethod
    def tables(cr) -> list[str]:
        cr.execute("SELECT table_name FROM information_schema.columns WHERE column_name = 'id' LIMIT 50")
        return [name for (name,) in cr.fetchall()]

    def test_no_literal_leaves_the_process(self):
        self.start_telemetry()
        self.serve(self.plant_secrets)
        self.url_open(
            f"/web/login?password={SECRET}",
            headers={"Authorization": f"Bearer {SECRET}", "X-Api-Key": SECRET},
        )
        self.assertEqual(len(self.kept()), 1)
        texts = [span.attributes.get("db.query.text", "") for span in self.receiver.spans()]
        self.assertGreaterEqual(sum("planted" in text for text in texts), 8)
        self.assertNotIn(SECRET.encode(), self.receiver.everything())

    @staticmethod
    def plant_secrets(cr):
        """Every way in which Odoo code sends SQL, with a secret as a value and `planted` as a name."""
        cr.execute(f"SELECT '{SECRET}' AS planted")
        cr.execute(f"SELECT '{SECRET}' AS planted".encode())
        cr.execute("SELECT %s AS planted", [SECRET])
        cr.execute(cr.mogrify("SELECT %s AS planted", [SECRET]))
        cr.execute(SQL("SELECT %s AS planted", SECRET))
        cr.execute(psycopg2.sql.SQL("SELECT {} AS planted").format(psycopg2.sql.Literal(SECRET)))
        cr.execute(f"SELECT $${SECRET}$$ AS planted, $a1${SECRET}$a1$")
        cr.execute(f"SELECT 1 AS planted /* {SECRET} */ -- {SECRET}")
        cr.execute(rf"SELECT 'C:\' AS planted, '{SECRET}'")
        cr.execute(f"SELECT 1 AS planted, '{'x' * 5000}{SECRET}{'x' * 50000}'")
        cr.execute(f"SELECT 1 AS planted, $$planted {'x' * 3000}{SECRET}{'x' * 50000}$$")
        cr.execute_values(
            "SELECT * FROM (VALUES %s) AS planted(name)", [(SECRET,), (SECRET * 2,)], fetch=True
        )
        with cr.savepoint():
            pass
        return "done"

    def test_composition_is_told_with_its_names_and_without_its_values(self):
        part = psycopg2.sql
        names = part.Identifier("planted"), part.Identifier("public", "res_country")
        query = part.SQL("SELECT {} AS {} FROM {}").format(part.Literal(SECRET), *names)
        self.start_telemetry()
        self.serve(lambda cr: cr.execute(query) or "done")
        self.url_open("/web/login")
        self.kept()
        [text] = [
            span.attributes["db.query.text"]
            for span in self.receiver.spans()
            if "planted" in span.attributes.get("db.query.text", "")
        ]
        self.assertIn('AS "planted" FROM "public"."res_country"', text)
        self.assertNotIn(SECRET.encode(), self.receiver.everything())

    def test_copy_is_a_statement_like_any_other(self):
        def controller(cr):
            cr.execute("CREATE TEMPORARY TABLE planted (name text)")
            cr.copy_from(io.StringIO(f"{SECRET}\n"), "planted", columns=["name"])
            cr.copy_expert("COPY planted (name) TO STDOUT", file=io.StringIO())
            return "done"

        self.start_telemetry()
        self.serve(controller)
        self.url_open("/web/login")
        (own,) = self.kept()
        texts = [span.attributes["db.query.text"] for span in self.receiver.spans("COPY planted")]
        self.assertEqual(texts, ['COPY "planted" FROM STDIN', "COPY planted (name) TO STDOUT"])
        self.assertNotIn(SECRET.encode(), self.receiver.everything())
        self.assertEqual(own.attributes["odoo.sql.count"], self.odoo_counts[0] + 2)
        patch.unwrap_all()
        self.assertNotIn("copy_from", vars(sql_db.Cursor))

    def test_text_that_repeats_is_held_once(self):
        self.start_telemetry()
        # Each time another object, as Odoo makes them
        self.serve(lambda cr: [cr.execute("SELECT 1 AS " + name) for name in ["planted"] * 9] and "done")
        self.url_open("/web/login")
        texts = [text for text, *_ in self.record().statements if "planted" in text]
        self.assertEqual((len(texts), len(set(map(id, texts)))), (9, 1))

    def test_statement_of_megabytes_is_not_held(self):
        self.start_telemetry()
        self.serve(lambda cr: cr.execute(f"SELECT '{'x' * 1_000_000}'") or "done")
        self.url_open("/web/login")
        self.assertLess(max(len(text) for text, *_ in self.record().statements), 10_000)

    def test_record_that_cannot_be_encoded_is_dropped_and_counted_and_others_go(self):
        self.start_telemetry()
        self.url_open("/web/login")
        self.records[0].user_agent = object()
        self.url_open("/web/health")
        with self.assertLogs("odoo.addons.odooops_otel", "ERROR"):
            self.assertEqual([span.data.name for span in self.kept()], ["GET /web/health"])
        dropped = {"odooops.telemetry.signal": "traces", "odooops.telemetry.reason": "error"}
        spans = self.records[0].count_spans()
        self.assertEqual(self.receiver.total("odooops.telemetry.dropped", **dropped), spans)

    def test_record_that_cannot_be_counted_does_not_keep_others_waiting(self):
        self.start_telemetry()
        self.url_open("/web/login")
        self.records[0].statements = None
        self.url_open("/web/health")
        with self.assertLogs("odoo.addons.odooops_otel", "ERROR"):
            self.flush()
        self.assertEqual(self.point(DURATION).attributes["http.route"], "/web/health")

    def test_record_and_its_request_are_freed_when_sent(self):
        self.start_telemetry()
        held = []

        class Body(str):
            __slots__ = ("__weakref__",)

        def controller(cr):
            body = Body("SELECT 1")
            cr.execute(body)
            held.append(weakref.ref(body))
            return "done"

        self.serve(controller)
        gc.disable()
        self.addCleanup(gc.enable)
        self.url_open("/web/login")
        self.records.clear()
        self.assertEqual(len(self.kept()), 1)
        self.assertIsNone(held[0](), "a cycle keeps the record")

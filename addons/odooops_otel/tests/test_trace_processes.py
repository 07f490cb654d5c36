"""Every kind of Odoo process for real: the traces of calls, of what failed, and of callers."""

import concurrent.futures
import xmlrpc.client

from odoo import sql_db
from odoo.tests import get_db_name, tagged

from .process_common import ProcessCase

PARENT_ID = "b7ad6b7169203331"


class TracesCase(ProcessCase):
    """Calls by XML-RPC at several ports; each has a trace of its own, which says what became of it."""

    environ = {
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "OTEL_TRACES_SAMPLER_ARG": "0",
    }

    def call(self, port: int, number: int, *domain) -> str:
        """Call ``res.partner.search`` in a trace; its id."""
        trace_id = f"{port:016x}{number + 1:016x}"
        headers = [("traceparent", f"00-{trace_id}-{PARENT_ID}-01"), ("tracestate", f"caller={number}")]
        url = f"http://127.0.0.1:{port}/xmlrpc/2/object"
        with xmlrpc.client.ServerProxy(url, headers=headers) as proxy:
            try:
                proxy.execute_kw(get_db_name(), 2, "admin", "res.partner", "search", [list(domain)])
            except xmlrpc.client.Fault as fault:
                self.assertIn("no_such_field", fault.faultString)
        return trace_id

    def spans(self, trace_id: str) -> list:
        found = [span for span in self.receiver.spans() if span.data.trace_id.hex() == trace_id]
        return sorted(found, key=lambda span: span.data.parent_span_id.hex() != PARENT_ID)

    def assert_traced(self, worker_type: str, port: int, first: int = 0) -> None:
        """Calls at once, one of two fails: none gets anything of another."""
        numbers = range(first, first + 8)
        domains = [[("no_such_field", "=", number)] if number % 2 else [] for number in numbers]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            calls = [
                pool.submit(self.call, port, n, *domain) for n, domain in zip(numbers, domains, strict=True)
            ]
        for number, trace_id in zip(numbers, (call.result() for call in calls), strict=True):
            self.receiver.wait_for(lambda: self.spans(trace_id))  # noqa: B023
            own, *children = self.spans(trace_id)
            self.assertEqual(own.data.name, "res.partner.search")
            self.assertEqual(own.resource["odoo.worker.type"], worker_type)
            self.assertEqual(own.data.parent_span_id.hex(), PARENT_ID)
            self.assertEqual(own.data.trace_state, f"caller={number}")
            self.assertEqual(own.attributes.get("error.type"), "ValueError" if number % 2 else None)
            self.assertEqual([event.name for event in own.data.events], ["exception"] * (number % 2))
            self.assertEqual({child.data.parent_span_id for child in children}, {own.data.span_id})
            statements = [child for child in children if "db.operation.name" in child.attributes]
            self.assertEqual(len(statements), own.attributes["odoo.sql.count"])


@tagged("post_install", "-at_install")
class TestPreforkTraces(TracesCase):
    options = {"workers": 1}

    def test_worker_and_evented_process_tell_what_they_were_asked_and_by_whom(self):
        self.assert_traced("http", self.server.port)
        self.server.wait_for(lambda: self.server.answers("/websocket/health", self.server.gevent_port))
        self.assert_traced("evented", self.server.gevent_port)
        with self.subTest("killed and replaced"):
            worker = self.server.workers()[0]
            worker.kill()
            self.server.wait_for(lambda: not worker.is_running())
            self.server.wait_for(lambda: self.server.answers("/web/health"))
            self.assert_traced("http", self.server.port, first=8)


@tagged("post_install", "-at_install")
class TestThreadedTraces(TracesCase):
    def test_threads_tell_what_they_were_asked_and_by_whom(self):
        self.assert_traced("threaded", self.server.port)

    def test_call_that_another_transaction_was_in_the_way_of_tells_its_attempts(self):
        # The transaction ends before the pool does, which waits for the call.
        with (
            concurrent.futures.ThreadPoolExecutor(1) as pool,
            sql_db.db_connect(get_db_name()).cursor() as other,
        ):
            other.execute("SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'partner_admin'")
            (partner_id,) = other.fetchone()
            other.execute("UPDATE res_partner SET color = 1 - coalesce(color, 0) WHERE id = %s", [partner_id])
            called = pool.submit(self.write_partner, partner_id)
            self.server.wait_for(self.is_blocked)  # it has its snapshot and waits for the row
            other.commit()
            called.result(30)
        self.receiver.wait_for(lambda: self.receiver.spans("res.partner.write"))
        [own] = self.receiver.spans("res.partner.write")
        self.assertEqual(own.attributes["odoo.request.attempts"], 2)
        self.assertEqual([event.name for event in own.data.events], ["odoo.request.retry"])
        self.assertNotIn("error.type", own.attributes)
        [failed] = [span for span in self.receiver.spans("UPDATE res_partner") if span.data.status.code]
        self.assertEqual(failed.attributes["db.response.status_code"], "40001")
        labels = {
            "http.route": "/xmlrpc/2/<service>",
            "error.type": "psycopg2.errors.SerializationFailure",
            "db.namespace": get_db_name(),
        }
        [point] = self.receiver.wait_for(lambda: self.receiver.points("odoo.request.retries"))
        self.assertEqual((point.attributes, point.value), (labels, 1))

    def write_partner(self, partner_id: int) -> None:
        headers = [("traceparent", f"00-{'a' * 32}-{PARENT_ID}-01")]
        url = f"http://127.0.0.1:{self.server.port}/xmlrpc/2/object"
        with xmlrpc.client.ServerProxy(url, headers=headers) as proxy:
            values = [[partner_id], {"color": 9}]
            proxy.execute_kw(get_db_name(), 2, "admin", "res.partner", "write", values)

    @staticmethod
    def is_blocked() -> bool:
        with sql_db.db_connect("postgres").cursor() as cr:
            cr.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = %s AND wait_event_type = 'Lock' AND query LIKE '%%UPDATE \"res_partner\"%%'",
                [get_db_name()],
            )
            return bool(cr.fetchone()[0])

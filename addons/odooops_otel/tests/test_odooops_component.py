import time

from odoo.tests import TransactionCase, tagged

from ..telemetry import runtime, slot
from .common import TelemetryMixin


@tagged("post_install", "-at_install")
class TestOdooopsComponent(TelemetryMixin, TransactionCase):
    """The recorder on the page that shows the state of every part."""

    def telemetry_part(self) -> dict:
        parts = self.env["odooops.component"].get_status()["components"]
        [part] = [part for part in parts if part["name"] == "telemetry"]
        return part

    def figures(self) -> dict:
        return {figure["label"]: figure["value"] for figure in self.telemetry_part()["figures"]}

    def test_a_recorder_whose_metrics_arrive_is_healthy(self):
        self.start_telemetry()
        self.flush()
        part = self.telemetry_part()
        self.assertEqual((part["state"], part["message"]), ("healthy", ""))
        self.assertEqual(part["listen"], self.receiver.url)  # once, not for each signal

    def test_a_receiver_that_refuses_is_told_with_its_address(self):
        self.start_telemetry()
        self.receiver.stop()
        self.flush()
        part = self.telemetry_part()
        self.assertEqual(part["state"], "failing")
        self.assertIn(self.receiver.url, part["message"])
        self.assertNotIn("Traceback", part["message"])

    def test_what_telemetry_health_warns_of_is_told_here_too(self):
        telemetry = self.start_telemetry()
        self.flush()
        telemetry.slot.add("traces", "dropped", "queue_full", amount=3245)
        part = self.telemetry_part()
        self.assertEqual(part["state"], self.env["odooops.telemetry"].get_health()["summary"]["state"])
        self.assertEqual(part["state"], "warning")
        self.assertEqual(
            part["message"],
            "test-0: 3245 items of traces have been dropped. See Telemetry Health for what to do.",
        )
        summary = self.env["odooops.component"].get_status()["summary"]
        self.assertGreaterEqual(summary["warning"], 1)
        self.assertIn("attention", summary["title"])
        self.assertIn("Telemetry", summary["message"])

    def test_a_process_that_records_nothing_says_how_to_begin(self):
        self.start_telemetry()
        runtime.stop()
        part = self.telemetry_part()
        self.assertEqual(part["state"], "unknown")
        self.assertIn("server_wide_modules", part["message"])

    def test_figures_count_what_was_sent_and_dropped(self):
        telemetry = self.start_telemetry()
        self.flush()
        self.assertNotIn("Since something was dropped", self.figures())
        telemetry.slot.add("traces", "dropped", "queue_full", amount=3)
        telemetry.slot.set("traces", "dropped_at", "queue_full", value=time.time_ns() - 3600 * 10**9)
        figures = self.figures()
        self.assertEqual((figures["Processes recording"], figures["Dropped since the first start"]), (1, 3))
        self.assertEqual(figures["Since something was dropped"] // 60, 60)
        self.assertGreater(figures["Points and spans sent"], 0)

    def test_killed_workers_are_counted_but_not_the_evented_process(self):
        telemetry = self.start_telemetry()
        for kind in ("http", "http", "evented"):
            killed = slot.take(telemetry.directory, kind)
            killed.add("worker", "exit", "killed")
            killed.release()
        self.assertEqual(self.figures()["Workers killed"], 2)

    def test_cost_of_a_request_is_overhead_by_requests_once_the_process_is_warm(self):
        telemetry = self.start_telemetry()
        key = ("GET", "/web", 200, "http", None, self.env.cr.dbname)
        telemetry.recorder.overhead = 1000e-6
        for _ in range(99):
            telemetry.recorder.aggregator.requests.record(key, 0.1)
        self.assertNotIn("Cost of a request", self.figures())
        telemetry.recorder.aggregator.requests.record(key, 0.1)
        self.assertEqual(self.figures()["Cost of a request"], 10.0)

"""What workers that are killed take along is counted, by those that come after them."""

import os
import signal

from odoo.tests import tagged

from ..telemetry import health
from ..tools.health import describe, total
from .process_common import ReceiverCase


@tagged("post_install", "-at_install")
class TestKilledWorkers(ReceiverCase):
    """Two workers whose traces nobody takes, and whose metrics are not due for a minute."""

    options = {"has_evented": False, "workers": 2}

    def setUp(self):
        super().setUp()
        self.server = self.make_server(
            OTEL_TRACES_EXPORTER="otlp",
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="http://127.0.0.1:1/v1/traces",
            OTEL_TRACES_SAMPLER="always_on",
            OTEL_METRIC_EXPORT_INTERVAL="60000",
        )
        self.server.start()
        self.addCleanup(self.server.stop)

    def slots(self) -> list[dict]:
        """Those of HTTP workers, as every process of the machine sees them."""
        found = map(describe, health.survey(self.server.telemetry_directory))
        return [process for process in found if process["kind"] == "http"]

    def pids(self) -> set[int]:
        return {process["pid"] for process in self.slots() if process["pid"]}

    def test_what_nobody_has_looked_at_when_a_process_is_killed_is_counted_as_lost(self):
        self.server.wait_for(lambda: len(self.pids()) == 2)
        before, killed = total(self.slots()), self.pids()
        for _ in range(20):
            self.server.get("/web/login")
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        self.server.wait_for(lambda: len(self.pids() - killed) == 2)
        after = total(self.slots())
        self.assertEqual(
            (after["lost"], after["recorded"]), (before["records"] + 20, before["recorded"] + 20)
        )

    def test_what_waited_and_what_was_not_delivered_is_counted_as_lost(self):
        self.server.wait_for(lambda: len(self.pids()) == 2)
        for _ in range(8):
            self.server.get("/web/login")
        self.server.wait_for(lambda: total(self.slots())["waiting"] >= 8)
        before, killed = total(self.slots()), self.pids()
        self.assertEqual((before["lost"], before["dropped"]), (0, {}))
        self.assertGreaterEqual(before["waiting"], 8)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        self.server.wait_for(lambda: len(self.pids() - killed) == 2)
        after = total(self.slots())
        self.assertGreaterEqual(after["dropped"]["killed"], before["waiting"])
        self.assertGreaterEqual(after["lost"], before["records"])
        self.assertLess(after["counted"], 1.0)
        self.assertEqual([process["state"] for process in self.slots()], ["recording"] * 2)

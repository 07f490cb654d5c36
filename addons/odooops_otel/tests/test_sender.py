"""Retry, order and what is counted, with a clock of the test's own."""

import logging
from unittest import mock

from odoo.tests import BaseCase, tagged

from ..telemetry import faults, sender, slot
from ..telemetry.transport import TAKEN, Outcome

UNAVAILABLE = Outcome(False, True, None, "HTTP 503")
REFUSED = Outcome(False, False, None, "HTTP 400")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Batches of one item each, from a list."""

    signal = "traces"

    def __init__(self, *bodies: bytes):
        self.bodies = list(bodies)
        self.settled: list[bool] = []

    def take(self, *, is_closing: bool):
        return sender.Batch(self.bodies.pop(0), 1) if self.bodies else None

    def settle(self, *, arrived: bool):
        self.settled.append(arrived)

    def waiting(self) -> int:
        return len(self.bodies)


@tagged("post_install", "-at_install")
class TestExporter(BaseCase):
    def setUp(self):
        super().setUp()
        self.clock = Clock()
        self.slot = slot.anonymous("test")
        self.posted: list[bytes] = []
        self.outcomes: list[Outcome] = []
        # Jitter at its longest.
        self.startPatcher(mock.patch.object(sender.random, "random", return_value=1.0))

    def exporter(self, *bodies: bytes) -> sender.Exporter:
        self.source = Source(*bodies)
        return sender.Exporter(self.source, self.post, self.slot, timeout=10.0)

    def post(self, body: bytes, timeout: float) -> Outcome:
        self.posted.append(body)
        return self.outcomes.pop(0) if self.outcomes else TAKEN

    def step(self, exporter: sender.Exporter, seconds: float = 0.0) -> list[bytes]:
        """What is posted ``seconds`` later."""
        self.clock.now += seconds
        self.posted.clear()
        exporter.step(self.clock)
        return list(self.posted)

    def counted(self) -> dict[str, int]:
        return {"-".join(key[1:]): value for key, value in self.slot.read().items() if value}

    def test_batches_are_posted_in_order(self):
        exporter = self.exporter(b"1", b"2", b"3")
        self.assertEqual(self.step(exporter), [b"1", b"2", b"3"])
        self.assertEqual(self.counted(), {"sent": 3})

    def test_batch_that_failed_is_posted_again_before_the_next_ones(self):
        exporter = self.exporter(b"1", b"2")
        self.outcomes = [UNAVAILABLE]
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING"):
            self.assertEqual(self.step(exporter), [b"1"])
        self.assertEqual(self.step(exporter, 0.5), [])
        self.assertEqual(self.step(exporter, 0.6), [b"1", b"2"])
        self.assertEqual(self.counted(), {"sent": 2, "failed": 1})

    def test_waits_grow_until_the_longest(self):
        exporter = self.exporter(b"1")
        self.outcomes = [UNAVAILABLE] * 8
        waits = []
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING"):
            self.step(exporter)
            for _ in range(6):
                waits.append(next(n for n in range(1, 60) if self.step(exporter, 1)))
        self.assertEqual(waits, [1, 2, 4, 8, 16, 30])

    def test_retry_after_is_honoured(self):
        exporter = self.exporter(b"1")
        self.outcomes = [UNAVAILABLE._replace(retry_after=7.0)]
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING"):
            self.step(exporter)
        self.assertEqual(self.step(exporter, 6.9), [])
        self.assertEqual(self.step(exporter, 0.2), [b"1"])

    def test_refused_batch_is_dropped_and_the_next_goes(self):
        exporter = self.exporter(b"1", b"2")
        self.outcomes = [REFUSED]
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING"):
            self.assertEqual(self.step(exporter), [b"1", b"2"])
        self.assertEqual(self.counted(), {"sent": 1, "failed": 1, "dropped-refused": 1})

    def test_batch_that_cannot_be_delivered_expires(self):
        exporter = self.exporter(b"old", b"new")
        self.outcomes = [UNAVAILABLE] * 2
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING"):
            self.step(exporter)
            self.assertEqual(self.step(exporter, sender.MAX_AGE), [b"old"])
        self.assertEqual(self.source.settled, [False])
        self.assertEqual(self.step(exporter, 60), [b"new"])
        self.assertEqual(self.counted(), {"sent": 1, "failed": 2, "dropped-expired": 1})

    def test_failure_is_told_at_once_then_each_five_minutes_and_recovery_once(self):
        exporter = self.exporter(b"1", b"2")
        self.outcomes = [UNAVAILABLE] * 12
        with self.assertLogs("odoo.addons.odooops_otel", logging.INFO) as log:
            for _ in range(40):
                self.step(exporter, 29)
        self.assertEqual([record.levelname for record in log.records], ["WARNING", "WARNING", "INFO"])
        self.assertIn("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", log.output[0])

    def test_everything_is_due_once_when_closing(self):
        exporter = self.exporter(b"1", b"2", b"3")
        self.outcomes = [UNAVAILABLE]
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING"):
            self.step(exporter)
        self.outcomes = [TAKEN, UNAVAILABLE]
        self.posted.clear()
        exporter.step(self.clock, self.clock.now + 1.5)
        self.assertEqual(self.posted, [b"1", b"2"])
        self.assertEqual(exporter.unsent(), 2)

    def test_nothing_is_posted_after_the_deadline(self):
        exporter = self.exporter(b"1")
        exporter.step(self.clock, self.clock.now)
        self.assertEqual((self.posted, exporter.unsent()), ([], 1))


@tagged("post_install", "-at_install")
class TestSender(BaseCase):
    def test_bug_in_one_exporter_does_not_keep_the_other_from_sending(self):
        broken, sound = mock.Mock(), mock.Mock()
        broken.step.side_effect = ZeroDivisionError("ours")
        with (
            mock.patch.dict(faults._reported, clear=True),
            self.assertLogs("odoo.addons.odooops_otel", "ERROR"),
        ):
            sender.Sender([broken, sound], 1.0).step(None)
        sound.step.assert_called_once()

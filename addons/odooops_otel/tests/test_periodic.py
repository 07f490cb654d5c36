"""Threads of ours that work for long let others have their turn."""

import threading
import time
from collections.abc import Callable
from unittest import mock

from odoo.tests import BaseCase, HttpCase, tagged

from ..telemetry import periodic, recorder, sources
from ..telemetry.periodic import Periodic
from .common import TelemetryMixin


class Worker(Periodic):
    """Does something once: in one of its steps, or in the last."""

    def __init__(self, function: Callable, *, is_last: bool):
        super().__init__(0.001, "odooops.test")
        self.done = threading.Event()
        self._function, self._is_last = function, is_last

    def step(self, deadline: float | None) -> None:
        if not self.done.is_set() and (deadline is not None) == self._is_last:
            self._function()
            self.done.set()


@tagged("post_install", "-at_install")
class TestPeriodic(TelemetryMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()
        # Each piece of work takes longer than a turn.
        self.startPatcher(mock.patch.object(periodic, "TURN", 0.0))
        self.rest = self.startPatcher(mock.patch.object(time, "sleep"))

    def work(self, function: Callable, *, is_last: bool = False) -> int:
        """Have a thread of ours call a function; how often it rested meanwhile."""
        worker = Worker(function, is_last=is_last)
        worker.start()
        if not is_last:
            self.assertTrue(worker.done.wait(10))
        worker.shutdown(10)
        self.assertTrue(worker.done.is_set())
        return self.rest.call_args_list.count(mock.call(periodic.REST))

    def request(self, times: int) -> None:
        for _ in range(times):
            self.url_open("/web/login")

    def test_it_rests_after_each_turn_of_counting(self):
        self.request(3)
        self.assertEqual(self.work(self.telemetry.recorder.drain), 3)
        self.assertEqual(self.telemetry.recorder.aggregator.records, 3)

    def test_others_can_count_and_send_while_it_rests(self):
        lock, found = self.telemetry.recorder.aggregator.lock, []

        def try_lock():
            found.append(lock.acquire(blocking=False))
            lock.release()

        def rest(_seconds):
            other = threading.Thread(target=try_lock)
            other.start()
            other.join()

        self.rest.side_effect = rest
        self.request(2)
        self.work(self.telemetry.recorder.drain)
        self.assertEqual(found, [True, True])

    def test_who_needs_all_to_be_counted_does_it_while_it_rests(self):
        counted = []

        def rest(_seconds):
            other = threading.Thread(target=self.telemetry.recorder.drain)
            other.start()
            other.join()
            counted.append(self.telemetry.recorder.aggregator.records)

        self.rest.side_effect = rest
        self.request(3)
        self.work(self.telemetry.recorder.drain)
        self.assertEqual((counted, self.telemetry.recorder.aggregator.records), ([3], 3))

    def test_it_rests_after_each_turn_of_encoding(self):
        self.request(3)
        self.telemetry.drain()
        [traces] = [each._source for each in self.telemetry.exporters if each.signal == "traces"]
        traces.schedule.taken = 0
        batches = []
        self.assertEqual(self.work(lambda: batches.append(traces.take(is_closing=False))), 3)
        self.assertGreaterEqual(batches[0].items, 3)

    def test_it_hurries_when_much_waits(self):
        self.request(3)
        self.startPatcher(mock.patch.object(recorder, "MAX_CALM", 1))
        self.assertEqual(self.work(self.telemetry.recorder.drain), 1)
        [traces] = [each._source for each in self.telemetry.exporters if each.signal == "traces"]
        self.startPatcher(mock.patch.object(sources, "MAX_TEXT_FULLNESS", 0.0))
        self.rest.reset_mock()
        self.assertEqual(self.work(lambda: traces.take(is_closing=False)), 0)

    def test_it_does_not_rest_when_the_process_ends(self):
        self.request(2)
        self.assertEqual(self.work(self.telemetry.recorder.drain, is_last=True), 0)
        self.assertEqual(self.telemetry.recorder.aggregator.records, 2)

    def test_it_counts_what_had_ended_when_it_began_and_does_something_else_then(self):
        ended = self.telemetry.recorder.intake.ended
        self.rest.side_effect = lambda _seconds: ended.append(mock.sentinel.later)
        self.request(2)
        self.assertEqual(self.work(self.telemetry.recorder.drain), 2)
        self.assertEqual(list(ended), [mock.sentinel.later] * 2)
        ended.clear()

    def test_it_hurries_when_more_than_a_batch_or_two_waits_to_be_sent(self):
        self.request(3)
        self.telemetry.drain()
        [traces] = [each._source for each in self.telemetry.exporters if each.signal == "traces"]
        traces.schedule.taken = 0
        traces._batch_size = 0.5
        self.assertEqual(self.work(lambda: traces.take(is_closing=False)), 0)

    def test_what_is_being_encoded_waits(self):
        self.request(2)
        self.telemetry.drain()
        [traces] = [each._source for each in self.telemetry.exporters if each.signal == "traces"]
        traces.schedule.taken, waiting, seen = 0, traces.waiting(), []
        self.rest.side_effect = lambda _seconds: seen.append(traces.waiting())
        self.work(lambda: traces.take(is_closing=False))
        self.assertEqual((seen, traces.waiting()), ([waiting, waiting], 0))

    def test_a_request_that_does_its_work_does_not_rest(self):
        self.request(2)
        self.telemetry.recorder.drain()
        self.rest.assert_not_called()
        self.assertEqual(self.telemetry.recorder.aggregator.records, 2)


@tagged("post_install", "-at_install")
class TestTurns(BaseCase):
    """With a clock of the test's own."""

    def setUp(self):
        super().setUp()
        self.now = 1000.0
        self.startPatcher(mock.patch.object(time, "perf_counter", self.read_clock))
        self.startPatcher(mock.patch.object(time, "sleep", self.pass_time))

    def read_clock(self) -> float:
        return self.now

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    def tired_after(self, *pieces: float) -> list[bool]:
        """Whether a thread is tired after each piece of a step's work (s); it rests when it is."""
        found: list[bool] = []

        def step():
            for piece in pieces:
                self.pass_time(piece)
                found.append(worker.is_tired)
                if worker.is_tired:
                    worker.rest()

        worker = Periodic(60, "odooops.test")
        worker._timed(step)
        return found

    def test_it_is_tired_after_a_turn_and_fresh_after_a_rest(self):
        turn = periodic.TURN
        self.assertEqual(self.tired_after(0.6 * turn, 0.6 * turn, 0.6 * turn), [False, True, False])

    def test_a_step_that_lasts_hurries(self):
        self.assertEqual(self.tired_after(periodic.CALM / 2, periodic.CALM / 2, 1.0), [True, False, False])

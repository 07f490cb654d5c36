"""Telemetry of a process from start to shutdown, with its thread and a real receiver."""

import collections
import logging
import os
import signal
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import psutil

from odoo.tests import BaseCase, tagged

from ..telemetry import faults, intake, orm, runtime, slot, worker
from ..telemetry.record import Record, current
from ..tools import otlp, settings
from ..tools.orm import MIN_SPAN_TIME
from .otlp_receiver import OtlpReceiver

DURATION = "http.server.request.duration"


class RuntimeCase(BaseCase):
    def setUp(self):
        super().setUp()
        runtime.stop()
        self.receiver = OtlpReceiver()
        self.addCleanup(self.receiver.stop)
        self.directory = self.make_directory()
        self.startPatcher(mock.patch.dict(faults._reported, clear=True))

    def make_directory(self) -> Path:
        directory = tempfile.TemporaryDirectory(prefix="odooops-")
        self.addCleanup(directory.cleanup)
        return Path(directory.name)

    def start(self, worker_type: str = "test", **environ: str) -> runtime.Telemetry:
        defaults = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.receiver.url,
            "OTEL_TRACES_SAMPLER": "always_on",
            "OTEL_BSP_SCHEDULE_DELAY": "20",
            "OTEL_METRIC_EXPORT_INTERVAL": "50",
        }
        values = settings.read({**defaults, **environ})
        runtime.start(values, worker_type, "host:1", self.directory, "19.0")
        self.addCleanup(runtime.stop)
        return runtime.active

    def request(self, telemetry: runtime.Telemetry, count: int = 1) -> None:
        """Record requests without Odoo."""
        for _ in range(count):
            record = telemetry.recorder.begin(threading.current_thread())
            telemetry.recorder.detach(record, threading.current_thread())
            record.method, record.scheme, record.path, record.user_agent = "GET", "http", "/x", "tester"
            record.route, record.status = "/x", 200
            record.database = record.user_id = None
            record.duration = 0.001
            telemetry.recorder.finish(record)

    def stop_in_time(self) -> None:
        """Two seconds are promised: nothing is waited for beyond them. Waiting for an answer would take ten."""
        join = threading.Thread.join
        with mock.patch.object(threading.Thread, "join", autospec=True, side_effect=join) as joined:
            runtime.stop()
        limits = [call.args[1:] for call in joined.mock_calls if call.args[0].name.startswith("odooops.")]
        self.assertTrue(limits)
        self.assertLessEqual(sum(limit for (limit,) in limits), 2.0)

    def counters(self) -> dict[str, int]:
        """What the slot's file says after the end."""
        (found,) = slot.survey(self.directory)
        return {"-".join(key): value for key, value in found["counters"].items() if value}


@tagged("post_install", "-at_install")
class TestDelivery(RuntimeCase):
    def test_requests_arrive_without_anybody_waiting(self):
        telemetry = self.start()
        self.request(telemetry, 5)
        self.receiver.wait_for(lambda: self.receiver.total(DURATION) == 5)
        self.receiver.wait_for(lambda: len(self.receiver.spans()) == 5)

    def test_delivery_resumes_when_the_receiver_is_back_and_nothing_is_lost(self):
        self.startPatcher(mock.patch("odoo.addons.odooops_otel.tools.backoff.FIRST", 0.02))
        telemetry = self.start()
        self.request(telemetry, 3)
        self.receiver.wait_for(lambda: self.receiver.total(DURATION) == 3)
        with self.assertLogs("odoo.addons.odooops_otel", logging.INFO) as log:
            self.receiver.stop()
            self.request(telemetry, 4)
            self.receiver.wait_for(lambda: telemetry.slot.read()["metrics", "failed"])
            self.receiver.wait_for(lambda: telemetry.slot.read()["traces", "failed"])
            self.receiver.start()
            self.receiver.wait_for(lambda: self.receiver.total(DURATION) == 7)
            self.receiver.wait_for(lambda: len(self.receiver.spans()) == 7)
        self.assertEqual(sum(record.levelno == logging.WARNING for record in log.records), 2)

    def test_traces_wait_for_their_delay_or_for_a_full_batch(self):
        telemetry = self.start(OTEL_BSP_SCHEDULE_DELAY="60000", OTEL_BSP_MAX_EXPORT_BATCH_SIZE="3")
        self.request(telemetry, 2)
        self.receiver.wait_for(lambda: self.receiver.total(DURATION) == 2)
        self.assertEqual(self.receiver.spans(), [])
        self.request(telemetry)
        self.receiver.wait_for(lambda: len(self.receiver.spans()) == 3)

    def test_what_is_too_much_for_a_batch_is_sent_in_the_next_without_another_wait(self):
        telemetry = self.start(OTEL_BSP_SCHEDULE_DELAY="60000", OTEL_METRIC_EXPORT_INTERVAL="60000")
        source = next(each._source for each in telemetry.exporters if each.signal == "traces")
        self.startPatcher(mock.patch("odoo.addons.odooops_otel.telemetry.sources.MAX_BODY", 10))
        self.request(telemetry, 3)
        telemetry.recorder.drain()
        self.assertIsNone(source.take(is_closing=False))
        source.schedule.taken -= 60 * 10**9
        batches = [source.take(is_closing=False) for _ in range(4)]
        self.assertEqual([batch and batch.items for batch in batches], [1, 1, 1, None])
        self.request(telemetry)
        telemetry.recorder.drain()
        self.assertIsNone(source.take(is_closing=False))

    def test_much_text_does_not_wait_for_its_time(self):
        telemetry = self.start(OTEL_BSP_SCHEDULE_DELAY="60000", OTEL_METRIC_EXPORT_INTERVAL="60000")
        source = next(each._source for each in telemetry.exporters if each.signal == "traces")
        self.startPatcher(mock.patch("odoo.addons.odooops_otel.telemetry.aggregator.MAX_QUEUED_TEXT", 4000))
        for statements, is_due in ((1, False), (3, True)):
            record = Record(telemetry.recorder.sampler, telemetry.recorder.parts)
            record.kind, record.job, record.database, record.duration = otlp.KIND_INTERNAL, "job", None, 1.0
            for _statement in range(statements):
                record.statements.append(("SELECT " + "x" * 93, 0.0, 0.1))
            telemetry.recorder.finish(record)
            telemetry.recorder.drain()
            with self.subTest(statements):
                self.assertEqual(source.take(is_closing=False) is not None, is_due)

    def test_slow_receiver_of_metrics_leaves_traces_their_turn(self):
        self.receiver.delay = 0.05
        telemetry = self.start(OTEL_METRIC_EXPORT_INTERVAL="10")
        self.receiver.wait_for(lambda: self.receiver.received)
        self.request(telemetry, 2)
        self.receiver.wait_for(lambda: len(self.receiver.spans()) == 2)

    def test_request_never_aggregates_while_the_receiver_hangs(self):
        self.receiver.blackhole()
        telemetry = self.start(OTEL_TRACES_SAMPLER="always_off")
        aggregator, waiting = telemetry.recorder.aggregator, telemetry.recorder.intake.ended
        threads = collections.Counter()
        aggregate = aggregator.aggregate

        def noted(record):
            threads[threading.current_thread().name] += 1
            aggregate(record)

        self.startPatcher(mock.patch.object(aggregator, "aggregate", noted))
        self.receiver.wait_for(lambda: self.receiver.attempts)  # the sender waits for an answer
        for _ in range(3):
            self.request(telemetry, intake.MAX_RECORDS)
            self.receiver.wait_for(lambda: not waiting)
        self.assertEqual(threads, {"odooops.telemetry.drainer": 3 * intake.MAX_RECORDS})

    def test_metrics_go_on_while_traces_are_refused(self):
        telemetry = self.start(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=self.receiver.url + "/nowhere")
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING"):
            self.request(telemetry, 2)
            self.receiver.wait_for(lambda: telemetry.slot.read()["traces", "dropped", "refused"] == 2)
        self.receiver.wait_for(lambda: self.receiver.total(DURATION) == 2)


@tagged("post_install", "-at_install")
class TestShutdown(RuntimeCase):
    def test_what_is_left_is_sent(self):
        telemetry = self.start(OTEL_METRIC_EXPORT_INTERVAL="60000", OTEL_BSP_SCHEDULE_DELAY="60000")
        self.request(telemetry, 4)
        self.stop_in_time()
        self.assertEqual(self.receiver.total(DURATION), 4)
        self.assertEqual(len(self.receiver.spans()), 4)
        self.assertNotIn("traces-dropped-shutdown", self.counters())

    def test_what_was_recorded_while_the_sender_was_busy_is_sent(self):
        telemetry = self.start(OTEL_METRIC_EXPORT_INTERVAL="60000")
        self.receiver.delay = 0.2
        self.request(telemetry)
        self.receiver.wait_for(lambda: self.receiver.attempts)
        self.request(telemetry, 6)
        self.stop_in_time()
        self.assertEqual(self.receiver.total(DURATION), 7)
        self.assertEqual(len(self.receiver.spans()), 7)

    def test_refused_connection_costs_no_time_and_is_counted(self):
        telemetry = self.start()
        self.receiver.stop()
        self.request(telemetry, 3)
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING"):
            self.stop_in_time()
        self.assertEqual(self.counters()["traces-dropped-shutdown"], 3)
        self.assertGreater(self.counters()["metrics-dropped-shutdown"], 0)

    def test_silent_receiver_costs_less_than_two_seconds_and_is_counted(self):
        telemetry = self.start()
        self.receiver.blackhole()
        self.request(telemetry, 3)
        self.receiver.wait_for(lambda: self.receiver.attempts)
        self.request(telemetry, 2)
        self.stop_in_time()
        self.assertEqual(self.counters()["traces-dropped-shutdown"], 5)

    def test_slow_receiver_costs_less_than_two_seconds(self):
        telemetry = self.start()
        self.receiver.delay = 1.0
        self.request(telemetry, 3)
        self.stop_in_time()

    def test_silent_receiver_of_traces_leaves_time_for_metrics(self):
        silent = OtlpReceiver()
        self.addCleanup(silent.stop)
        silent.blackhole()
        telemetry = self.start(
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=silent.url + "/v1/traces",
            OTEL_METRIC_EXPORT_INTERVAL="60000",
            OTEL_BSP_SCHEDULE_DELAY="60000",
        )
        self.request(telemetry, 3)
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING"):
            self.stop_in_time()
        self.assertEqual(self.receiver.total(DURATION), 3)
        self.assertEqual(self.counters()["traces-dropped-shutdown"], 3)

    def test_no_thread_socket_or_lock_is_left(self):
        process = psutil.Process()
        before = threading.active_count(), process.num_fds()
        telemetry = self.start()
        self.request(telemetry)
        self.receiver.wait_for(lambda: self.receiver.total(DURATION) == 1)
        runtime.stop()
        self.assertFalse(telemetry.sender.is_alive())
        self.receiver.stop()
        self.receiver.wait_for(lambda: threading.active_count() < before[0])
        self.assertLess(process.num_fds(), before[1])
        again = slot.take(self.directory, "test")
        self.assertEqual(again.name, "test-0")
        again.release()

    def test_request_that_ends_after_shutdown_does_no_harm(self):
        telemetry = self.start(OTEL_BSP_MAX_QUEUE_SIZE="1")
        runtime.stop()
        self.request(telemetry, 3)
        telemetry.recorder.drain()

    def test_second_stop_does_nothing(self):
        self.start()
        runtime.stop()
        runtime.stop()
        self.assertIsNone(runtime.active)


@tagged("post_install", "-at_install")
class TestProcess(RuntimeCase):
    def test_signals_stay_with_the_thread_that_started_telemetry(self):
        telemetry = self.start()
        self.assertEqual(signal.pthread_sigmask(signal.SIG_BLOCK, []), set())
        status = Path(f"/proc/self/task/{telemetry.sender.native_id}/status").read_text()
        blocked = int(status.split("SigBlk:")[1].split()[0], 16)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGXCPU, signal.SIGHUP):
            self.assertTrue(blocked & (1 << number - 1), number)

    def test_sender_leaves_the_signals_of_the_thread_it_runs_in_alone(self):
        # In the evented process the thread is a greenlet of the main thread.
        telemetry = self.start()
        runtime.stop()
        telemetry.sender.run()
        self.assertEqual(signal.pthread_sigmask(signal.SIG_BLOCK, []), set())

    def test_forked_child_records_nothing_and_leaves_its_parents_slot_alone(self):
        telemetry = self.start()
        child = os.fork()
        if child == 0:
            try:
                assert runtime.active is None
                runtime.stop()
                os._exit(0)
            except BaseException:
                os._exit(1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        (found,) = slot.survey(self.directory)
        self.assertEqual(found["pid"], os.getpid())
        self.request(telemetry)
        self.receiver.wait_for(lambda: self.receiver.total(DURATION) == 1)

    def test_successor_has_the_same_instance_id_and_counts_on(self):
        telemetry = self.start()
        self.request(telemetry, 2)
        self.receiver.wait_for(lambda: len(self.receiver.spans()) == 2)
        runtime.stop()
        sent = self.counters()["traces-sent"]
        successor = self.start()
        self.assertEqual(successor.resource["service.instance.id"], telemetry.resource["service.instance.id"])
        self.assertEqual(successor.slot.read()["traces", "sent"], sent)

    def test_disabled_or_without_exporters_nothing_starts(self):
        for environ in (
            {"OTEL_SDK_DISABLED": "true"},
            {f"OTEL_{name}_EXPORTER": "none" for name in ("TRACES", "METRICS", "LOGS")},
        ):
            with self.subTest(**environ):
                threads = threading.active_count()
                self.assertIsNone(self.start(**environ))
                self.assertEqual(threading.active_count(), threads)

    def test_directory_that_cannot_be_made_is_told_once_and_telemetry_works(self):
        self.directory = self.directory / "file"
        self.directory.write_text("not a directory")
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING") as log:
            telemetry = self.start()
        self.assertEqual(len(log.records), 1)
        self.assertIn("ODOOOPS_TELEMETRY_DIR", log.output[0])
        self.request(telemetry)
        self.receiver.wait_for(lambda: self.receiver.total(DURATION) == 1)
        self.assertIn(f"test-pid{os.getpid()}", telemetry.resource["service.instance.id"])

    def test_failure_to_start_is_logged_and_not_raised(self):
        with (
            mock.patch.object(runtime, "Telemetry", side_effect=ZeroDivisionError("ours")),
            self.assertLogs("odoo.addons.odooops_otel", "ERROR"),
        ):
            self.assertIsNone(self.start())

    def test_worker_starts_when_telemetry_cannot(self):
        started = []
        start = worker._start_after(started.append, mock.Mock(side_effect=ZeroDivisionError("ours")))
        with self.assertLogs("odoo.addons.odooops_otel", "ERROR"):
            start("worker")
        self.assertEqual(started, ["worker"])

    def test_waiting_statements_are_bounded_by_their_size(self):
        telemetry = self.start(OTEL_BSP_SCHEDULE_DELAY="60000", OTEL_METRIC_EXPORT_INTERVAL="60000")
        aggregator = telemetry.recorder.aggregator
        self.startPatcher(mock.patch("odoo.addons.odooops_otel.telemetry.aggregator.MAX_QUEUED_TEXT", 10_000))
        for _ in range(5):
            record = Record(telemetry.recorder.sampler, telemetry.recorder.parts)
            record.kind, record.job, record.database, record.duration = otlp.KIND_INTERNAL, "job", None, 1.0
            for _statement in range(4):
                record.statements.append(("SELECT " + "x" * 993, 0.0, 0.1))
            self.work(telemetry, record)
            telemetry.recorder.finish(record)
        telemetry.recorder.drain()
        # The request itself, its statements, and what it did in the ORM
        self.assertEqual([record.span_count for record in aggregator.queue], [6, 6, 1, 1, 1])
        self.assertEqual([record.statement_count for record in aggregator.queue], [4] * 5)
        while aggregator.pop():
            pass
        self.assertEqual(aggregator._queued_text, 0)

    def work(self, telemetry, record):
        """Have a record call the ORM for long enough to be told of."""
        noting = orm.maker(telemetry.settings)("search_count", orm.Counted.NOTHING)
        token = current.set(record)
        noting(lambda records: time.sleep(2 * MIN_SPAN_TIME))(SimpleNamespace(_name="res.partner"))
        current.reset(token)

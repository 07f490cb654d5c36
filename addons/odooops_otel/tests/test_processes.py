"""What a process says of itself, of what runs in it, and what is left of it when it has ended."""

import gc
import threading
import time
from types import SimpleNamespace
from unittest import mock

import psutil
from opentelemetry.proto.metrics.v1.metrics_pb2 import DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK

from odoo.tests import BaseCase, HttpCase, tagged
from odoo.tools import config

from ..telemetry import process as process_module, runtime, worker
from ..tools import semconv
from .common import TelemetryMixin
from .test_cron import make_job
from .test_runtime import RuntimeCase

ACTIVE = "http.server.active_requests"
STATES = {metric.name for metric in semconv.METRICS if metric.kind in ("gauge", "updowncounter")}


@tagged("post_install", "-at_install")
class TestProcess(TelemetryMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()

    def test_the_system_says_the_same(self):
        process = psutil.Process()
        self.flush()
        for name, expected in (
            ("process.memory.virtual", process.memory_info().vms),
            ("process.memory.usage", process.memory_info().rss),
            ("process.thread.count", process.num_threads()),
            ("process.unix.file_descriptor.count", process.num_fds()),
        ):
            with self.subTest(name):
                # Threads and connections of the receiver come and go.
                self.assertAlmostEqual(self.point(name).value, expected, delta=max(3, 0.1 * expected))
        uptime = self.point("process.uptime")
        age = uptime.data.time_unix_nano / 1e9 - process.create_time()
        self.assertAlmostEqual(uptime.value, age, delta=5)

    def test_context_switches_and_collections_are_counted(self):
        # From here on: this process has been through other tests, a worker has inherited its master's.
        before = gc.get_stats()[2]["collections"]
        process_module.begin()
        gc.collect()
        self.flush()
        switches = self.receiver.points("process.context_switches")
        self.assertEqual(
            {point.attributes["process.context_switch.type"] for point in switches},
            {"voluntary", "involuntary"},
        )
        oldest = self.point("cpython.gc.collections", **{"cpython.gc.generation": 2})
        self.assertEqual(oldest.value, gc.get_stats()[2]["collections"] - before)

    def test_a_process_is_one_of_its_kind_with_its_limit(self):
        self.flush()
        kind = {"odoo.worker.type": "test"}
        self.assertEqual(self.point("odoo.worker.count", **kind).value, 1)
        self.assertEqual(self.point("odoo.worker.memory.limit", **kind).value, config["limit_memory_soft"])

    def test_a_request_is_active_while_it_runs(self):
        counts = []

        def look(cr):
            self.flush()
            counts.append(self.point(ACTIVE, **{"http.request.method": "GET", "url.scheme": "http"}).value)

        self.serve(look)
        self.url_open("/web/health")
        self.flush()
        counts.append(self.point(ACTIVE).value)
        self.assertEqual(counts, [1, 0])

    def test_a_request_that_fails_is_not_active_any_more(self):
        def fail(cr):
            self.flush()
            raise ZeroDivisionError("of the test")

        self.serve(fail)
        with self.assertLogs("odoo.http", "ERROR"):
            self.url_open("/web/health")
        self.flush()
        self.assertEqual(self.point(ACTIVE).value, 0)
        self.assertEqual(self.telemetry.recorder.running.open, {})

    def test_what_a_client_invents_is_not_a_series(self):
        environ = {"REQUEST_METHOD": "BREW", "wsgi.url_scheme": "coffee"}
        self.telemetry.recorder.running.open[mock.Mock(environ=environ)] = threading.current_thread()
        self.flush()
        self.assertEqual(
            self.point(ACTIVE).attributes, {"http.request.method": "_OTHER", "url.scheme": "other"}
        )

    def test_a_job_is_active_while_it_runs(self):
        counts = []

        def look(*args):
            self.flush()
            counts.append(self.point("odoo.cron.job.active").value)
            return 0

        self.startPatcher(mock.patch.object(type(self.env["res.partner"]), "search_count", look))
        make_job(self.env, "env['res.partner'].search_count([])").method_direct_trigger()
        self.flush()
        counts.append(self.point("odoo.cron.job.active", **{"odoo.cron.name": "Test job"}).value)
        self.assertEqual(counts, [1, 0])


@tagged("post_install", "-at_install")
class TestEnd(RuntimeCase):
    def test_states_end_with_the_process_and_counters_stay(self):
        self.start()
        self.receiver.wait_for(self.states)
        before = self.states()
        self.assertEqual(set(before.values()), {0}, before)
        runtime.stop()
        after = self.states()
        self.assertEqual(after.keys(), before.keys())
        self.assertEqual(set(after.values()), {DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK}, after)
        (stopped,) = self.receiver.points("odoo.worker.exits", **{"odoo.worker.exit.reason": "stopped"})
        self.assertEqual((stopped.value, stopped.data.flags), (1, 0))

    def states(self) -> dict[str, int]:
        """The flags of each series that describes a state."""
        return {
            f"{name} {point.attributes}": point.data.flags
            for name in STATES
            for point in self.receiver.points(name)
        }


@tagged("post_install", "-at_install")
class TestExitReason(BaseCase):
    """How a worker that has left its loop is found to have ended; the limits for real are in test_worker_processes."""

    def assert_ends_by(self, reason: str, options: dict | None = None, **state) -> None:
        defaults = {"alive": False, "request_count": 3, "request_max": 100}
        limits = {"limit_memory_soft": 0, "limit_time_worker_cron": 0, **(options or {})}
        with mock.patch.dict(config.options, limits):
            self.assertEqual(worker.exit_reason(SimpleNamespace(**{**defaults, **state})), reason)

    def test_told_by_the_master_or_by_an_exception(self):
        self.assert_ends_by("stopped")
        self.assert_ends_by("error", alive=True)

    def test_limits_of_requests_memory_and_age(self):
        self.assert_ends_by("limit_request", request_count=100)
        self.assert_ends_by("limit_memory_soft", {"limit_memory_soft": 1024})
        self.assert_ends_by("stopped", {"limit_memory_soft": 1 << 50})
        old = time.monotonic() - 60
        self.assert_ends_by("limit_time_worker_cron", {"limit_time_worker_cron": 50}, alive_time=old)
        self.assert_ends_by("stopped", {"limit_time_worker_cron": 70}, alive_time=old)

"""A library that uses OpenTelemetry's API in real Odoo processes: loaded in the master, used in those it forks."""

import tempfile
from pathlib import Path

from odoo.tests import tagged
from odoo.tools import config

from ..telemetry import slot
from .odoo_process import OdooProcess
from .otlp_receiver import OtlpReceiver, without_sdk
from .process_common import ProcessCase, ReceiverCase

MANIFEST = {"name": "Probe", "depends": ["web"], "license": "LGPL-3", "installable": True}
# Everything is asked for when the module is loaded, as libraries do.
MODULE = """
import os

from opentelemetry import _logs, metrics, trace

from odoo import http

tracer = trace.get_tracer("probe")
calls = metrics.get_meter("probe").create_counter("probe.calls")
logger = _logs.get_logger("probe")


class Probe(http.Controller):
    @http.route("/probe", type="http", auth="none", save_session=False)
    def probe(self):
        calls.add(1)
        trace.get_current_span().set_attribute("probe.pid", os.getpid())
        with tracer.start_as_current_span("probe work"):
            logger.emit(body="probed")
        return "done"

    @http.route("/probe/fork", type="http", auth="none", save_session=False)
    def fork(self):
        with tracer.start_as_current_span("before fork"):
            pid = os.fork()
            if not pid:
                with tracer.start_as_current_span("in the child"):
                    calls.add(1)
                os._exit(0)
            _pid, status = os.waitpid(pid, 0)
        return str(status)
"""


class ProbeCase(ReceiverCase):
    @classmethod
    def make_server(cls, options: dict | None = None, **environ: str) -> OdooProcess:
        temporary = tempfile.TemporaryDirectory(prefix="odooops-", ignore_cleanup_errors=True)
        cls.addClassCleanup(temporary.cleanup)
        addons = Path(temporary.name) / "addons"
        (addons / "probe").mkdir(parents=True)
        (addons / "probe" / "__manifest__.py").write_text(repr(MANIFEST))
        (addons / "probe" / "__init__.py").write_text(MODULE)
        defaults = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": cls.receiver.url,
            "OTEL_METRIC_EXPORT_INTERVAL": "200",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "OTEL_TRACES_SAMPLER": "always_on",
        }
        values = {
            "server_wide_modules": "base,rpc,web,odooops_otel,probe",
            "addons_path": [*config["addons_path"], str(addons)],
        }
        return OdooProcess(
            Path(temporary.name), {**defaults, **environ}, **values, **(options or cls.options)
        )

    def spans(self, name: str, count: int) -> list:
        self.receiver.wait_for(lambda: len(self.receiver.spans(name)) >= count)
        return self.receiver.spans(name)

    def assert_joined(self, count: int) -> None:
        """Each span of the library is a child of a request of the process that it says."""
        requests = {span.data.span_id: span for span in self.spans("GET /probe", count)}
        found = self.spans("probe work", count)
        self.assertEqual(len(found), count)
        for span in found:
            request = requests[span.data.parent_span_id]
            self.assertEqual(span.data.trace_id, request.data.trace_id)
            self.assertEqual(without_sdk(span.resource), without_sdk(request.resource))
            self.assertEqual(request.attributes["probe.pid"], request.resource["process.pid"])


@tagged("post_install", "-at_install")
class TestPreforkLibrary(ProbeCase, ProcessCase):
    options = {"workers": 2, "limit_request": 15}

    def test_library_is_heard_in_every_worker_also_after_recycling_and_the_master_has_no_thread(self):
        self.server.wait_for(lambda: self.server.answers("/websocket/health", self.server.gevent_port))
        before = self.receiver.total("probe.calls")
        self.send(40, "/probe")
        for _ in range(3):
            self.assertEqual(self.server.get("/probe", self.server.gevent_port), 200)
        self.assert_joined(43)
        self.receiver.wait_for(lambda: self.receiver.total("probe.calls") >= before + 43)
        self.assertEqual(self.receiver.total("probe.calls"), before + 43)
        self.receiver.wait_for(lambda: len(self.receiver.logs()) >= 43)
        traces = {log.data.trace_id for log in self.receiver.logs()}
        self.assertEqual(traces, {span.data.trace_id for span in self.receiver.spans("probe work")})
        self.assertTrue(self.server.lines("max request"), "no worker was recycled")
        self.assertEqual(self.server.master.num_threads(), 1)
        self.assertEqual(self.server.lines("Traceback|ERROR|Overriding"), [])

    def test_child_that_a_request_forks_neither_hangs_nor_sends(self):
        self.assertEqual(self.server.get("/probe/fork"), 200)
        self.spans("before fork", 1)
        self.assertEqual(self.receiver.spans("in the child"), [])


@tagged("post_install", "-at_install")
class TestLibraryAtTheEnd(ProbeCase):
    def run_server(self, **environ: str):
        self.server = self.make_server({"workers": 1, "has_evented": False}, **environ)
        self.server.start()
        self.addCleanup(self.server.stop)
        self.send(3, "/probe", threads=1)
        self.server.stop()

    def test_what_waits_when_the_server_ends_is_sent(self):
        self.run_server(OTEL_BSP_SCHEDULE_DELAY="60000", OTEL_METRIC_EXPORT_INTERVAL="60000")
        self.assert_joined(3)
        self.assertEqual(self.receiver.total("probe.calls"), 3)
        self.assertEqual(len(self.receiver.logs()), 3)

    def test_receiver_that_is_silent_keeps_no_process_and_the_loss_is_counted(self):
        silent = OtlpReceiver()
        self.addCleanup(silent.stop)
        silent.blackhole()
        self.run_server(OTEL_EXPORTER_OTLP_ENDPOINT=silent.url)
        (http,) = [
            found
            for found in slot.survey(self.server.telemetry_directory)
            if found["name"].startswith("http")
        ]
        self.assertEqual(http["pid"], 0, "the worker was killed before it had ended by itself")
        counters = http["counters"]
        # Three requests and three spans of the library.
        self.assertGreaterEqual(counters["traces", "dropped", "shutdown"], 6)
        self.assertEqual(counters["logs", "dropped", "shutdown"], 3)
        self.assertEqual(self.server.lines("Traceback"), [])

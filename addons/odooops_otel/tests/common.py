"""Telemetry in a test: the recorder in this process, sending to a receiver of the test's own.

    class TestSomething(TelemetryMixin, HttpCase):
        def test_request_is_counted(self):
            self.start_telemetry()
            self.url_open("/web/login")
            self.flush()
            self.assertEqual(self.receiver.total("http.server.request.duration"), 1)

There is no sender thread: nothing is sent but by ``flush()``, so tests need no sleep. Everything is
undone at the end of the test: patches of Odoo, the slot, the receiver.
"""

from __future__ import annotations

import datetime
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from odoo import api, http
from odoo.tests import BaseCase, HttpCase

from odoo.addons.base.models.ir_http import IrHttp

from ..telemetry import (
    context,
    coverage,
    cron,
    faults,
    outbound,
    patch,
    policies,
    pool,
    retry,
    rpc,
    runtime,
    wsgi,
)
from ..telemetry.drainer import Drainer
from ..telemetry.leader import Leader
from ..telemetry.record import Record
from ..telemetry.sender import Sender
from ..tools import otlp, settings
from .otlp_receiver import OtlpReceiver

# Seconds: on a busy machine a page that nobody has opened before takes long.
PATIENCE = 120


class TelemetryMixin(BaseCase):
    """Starts telemetry with a receiver; also collects the records that ended."""

    receiver: OtlpReceiver
    telemetry: runtime.Telemetry
    # Whether the database's rules of sampling count, not the settings of the test alone.
    has_rules = False
    # Settings of all tests of a class.
    variables: dict[str, str] = {}

    def start_telemetry(self, **environ: str) -> runtime.Telemetry:
        """Record in this process, every request kept, none for being slow, with these settings on top."""
        if not self.has_rules:
            self.startPatcher(mock.patch.dict(policies.sources, clear=True))
        self.receiver = OtlpReceiver()
        self.addCleanup(self.receiver.stop)
        patch.unwrap_all()  # the server that runs the tests may have loaded the addon itself
        self.addCleanup(patch.unwrap_all)
        context.instrument()
        outbound.instrument()
        wsgi.instrument()
        rpc.instrument()
        retry.instrument()
        cron.instrument()
        pool.instrument()
        defaults = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.receiver.url,
            "OTEL_TRACES_SAMPLER": "always_on",
        }
        if not self.has_rules:
            # An hour: on a busy machine anything may take the usual two seconds.
            defaults["ODOOOPS_TRACES_SLOW_THRESHOLD"] = "3600000"
        values = settings.read({**defaults, **self.variables, **environ})
        self.assertEqual(values.problems, ())
        coverage.instrument(values)
        runtime.stop()
        for method in ("start", "close", "shutdown"):  # flush() does the work of the threads
            self.startPatcher(mock.patch.object(Drainer, method))
            self.startPatcher(mock.patch.object(Sender, method))
            self.startPatcher(mock.patch.object(Leader, method))
        self.addCleanup(runtime.stop)
        runtime.start(values, "test", "host:1", self.temporary_directory(), "19.0")
        # What one test has reported is news in the next.
        self.startPatcher(mock.patch.dict(faults._reported, clear=True))
        self.telemetry = runtime.active
        self.assertTrue(self.telemetry, "telemetry did not start")
        self.collect_records()
        return self.telemetry

    def url_open(self, *args, timeout: float = PATIENCE, **options):
        """With more patience than Odoo's twelve seconds."""
        return super().url_open(*args, timeout=timeout, **options)

    def make_jsonrpc_request(self, *args, timeout: float = PATIENCE, **options):
        """With more patience than Odoo's twelve seconds."""
        return super().make_jsonrpc_request(*args, timeout=timeout, **options)

    def temporary_directory(self) -> Path:
        path = Path(tempfile.mkdtemp(prefix="odooops-"))
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        return path

    def collect_records(self) -> None:
        """Keep each record that ends in ``self.records``, with Odoo's own count of its statements."""
        self.records: list[Record] = []
        self.odoo_counts: list[int | None] = []
        recorder = self.telemetry.recorder

        def collecting(function):
            def collect(record, *args):
                self.odoo_counts.append(getattr(threading.current_thread(), "query_count", None))
                self.records.append(record)
                function(record, *args)

            return collect

        ends = {name: collecting(getattr(recorder, name)) for name in ("end", "finish")}
        self.startPatcher(mock.patch.multiple(recorder, **ends))

    def serve(self, function: Callable) -> None:
        """Answer every route by ``function(cr)``, called where Odoo calls the controller."""

        def dispatch(cls, endpoint):
            return http.Response.load(function(http.request.env.cr))

        self.startPatcher(mock.patch.object(IrHttp, "_dispatch", classmethod(dispatch)))

    @staticmethod
    def clock_set(hours: float):
        """Decorates a function: while it runs the system's clock is set forward by so many hours, or back."""
        set_to = time.time_ns() + int(hours * 3600 * 10**9)
        return mock.patch.object(time, "time_ns", mock.Mock(return_value=set_to))

    def flush(self) -> None:
        """Aggregate and send what was recorded so far, as the threads do."""
        self.telemetry.drain()
        for exporter in self.telemetry.all_exporters:
            exporter._source.schedule.taken = 0  # the last batch is as old as can be: the next is due
            exporter.step(time.monotonic)

    def kept(self) -> list:
        """Send, and return all server spans that have arrived."""
        self.flush()
        return [span for span in self.receiver.spans() if span.data.kind == otlp.KIND_SERVER]

    def record(self) -> Record:
        """The one record that ended, aggregated."""
        self.telemetry.recorder.drain()
        self.assertEqual(len(self.records), 1, [record.route for record in self.records])
        return self.records[0]

    def point(self, name: str, **attributes):
        """The one series of a metric that arrived with these attributes."""
        found = self.receiver.points(name, **attributes)
        self.assertEqual(len(found), 1, [point.attributes for point in found])
        return found[0]


class RpcMixin(TelemetryMixin):
    """Calls methods in every way that Odoo offers."""

    def signed_in(self):
        self.authenticate("admin", "admin")
        self.records.clear()
        self.odoo_counts.clear()

    def call_kw(self, method: str, args: list, model: str = "res.partner", route: str = "call_kw"):
        params = {"model": model, "method": method, "args": args, "kwargs": {}}
        return self.make_jsonrpc_request(f"/web/dataset/{route}/{model}/{method}", params)

    def xmlrpc(self, model, method, args, password="admin", database=None):
        uid = self.env.ref("base.user_admin").id
        return self.xmlrpc_object.execute_kw(
            database or self.env.cr.dbname, uid, password, model, method, args
        )

    def jsonrpc(self, model: str, method: str, args: list):
        """The way of ``/jsonrpc``, which needs no session."""
        call = [self.env.cr.dbname, self.env.ref("base.user_admin").id, "admin", model, method, args]
        params = {"service": "object", "method": "execute_kw", "args": call}
        return self.make_jsonrpc_request("/jsonrpc", params)

    def json2(self, model: str, method: str, **arguments):
        admin = self.env.ref("base.user_admin")
        tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
        key = self.env["res.users.apikeys"].with_user(admin)._generate(None, "test", tomorrow)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return self.url_open(f"/json/2/{model}/{method}", data=json.dumps(arguments), headers=headers)

    def failing(self, error: Exception):
        """Make res.partner.search_count raise; also a context manager that ends it."""

        @api.model
        def search_count(records, domain, limit=None):
            raise error

        patcher = mock.patch.object(type(self.env["res.partner"]), "search_count", search_count, create=True)
        patcher.start()
        return _Until(patcher, self)


class _Until:
    """Stops a patcher at the end of the block or of the test, whichever comes first."""

    def __init__(self, patcher, test):
        self._patcher = patcher
        test.addCleanup(self._stop)

    def __enter__(self):
        return self

    def __exit__(self, *_exc_info):
        self._stop()

    def _stop(self):
        patcher, self._patcher = self._patcher, None
        if patcher:
            patcher.stop()


class OpenTelemetryCase(TelemetryMixin, HttpCase):
    """Requests whose code uses OpenTelemetry's API."""

    def request(self, controller) -> None:
        """One request, answered by ``controller()``; with what it raises."""
        self.serve(lambda cr: controller() or "done")
        self.url_open("/web/login")

    def span(self, name: str):
        self.flush()
        (span,) = self.receiver.spans(name)
        return span

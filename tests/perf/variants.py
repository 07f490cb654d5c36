"""What is compared: Odoo without telemetry, with ours, and with what others use.

A variant is put in place for some requests and taken out again. Between variants nothing is in place:
neither ours nor another's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import environment

EVERY = {"OTEL_TRACES_SAMPLER": "always_on", "ODOOOPS_TRACES_STATEMENT_LIMIT": "10000"}
OURS: dict[str, dict[str, str]] = {
    "default": {},
    "100 %": {"OTEL_TRACES_SAMPLER": "always_on", "ODOOOPS_TRACES_STATEMENT_LIMIT": "0"},
    "100 %, every statement": EVERY,
    "100 %, every statement, gzip": {**EVERY, "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"},
}
STOCK = "stock instrumentation"
SENTRY = "sentry, traces 100 %"
# Metrics are sent when a benchmark says so: how many exports fell among its requests would be chance.
NEVER = {"OTEL_METRIC_EXPORT_INTERVAL": "86400000"}
# Seconds that what was recorded may take to be sent, which is eight at most.
PATIENCE = 20.0


class Variant:
    """Odoo as it is; others extend it."""

    # Whether scheduled actions are seen, too.
    covers_jobs = True

    def __init__(self, name: str = "off"):
        self.name = name
        self._threads: list[threading.Thread] = []

    def enter(self) -> None:
        """Put in place; nothing else is."""

    def leave(self) -> None:
        """Take out again."""

    def settle(self) -> None:
        """Wait until what was recorded has been sent."""

    def forget(self) -> None:
        """Let go of what was recorded and has not been sent: nothing of it is done while another runs."""

    def background(self) -> float:
        """CPU seconds that its own threads have used so far."""
        clocks = [time.pthread_getcpuclockid(thread.ident) for thread in self._threads if thread.is_alive()]
        return sum(map(time.clock_gettime, clocks))

    def start(self, make_requests: Callable[[], object]) -> None:
        """Begin, and find out by some requests which threads it has."""
        before = set(threading.enumerate())
        self.begin()
        self.enter()
        make_requests()
        self.leave()
        self.settle()
        self._threads = [thread for thread in threading.enumerate() if thread not in before]

    def begin(self) -> None:
        """Start what it needs."""

    def end(self) -> None:
        """Stop it, while there is still a receiver."""


class Patches:
    """What the recorder has put in the place of functions of Odoo and others."""

    def __init__(self):
        from opentelemetry import context

        from odoo.addons.odooops_otel.telemetry import patch

        changes = [undo.args for undo in patch._undo if undo.func is setattr]
        # Not the context of OpenTelemetry's API: another's thread may be using it just then.
        made = [change for change in changes if change[0] is not context]
        self._original = [(owner, name, raw) for owner, name, raw in reversed(made)]
        self._ours = [(owner, name, vars(owner)[name]) for owner, name, _raw in made]

    def put_in(self) -> None:
        for owner, name, value in self._ours:
            setattr(owner, name, value)

    def take_out(self) -> None:
        for owner, name, value in self._original:
            setattr(owner, name, value)


class Ours(Variant):
    """The product's own telemetry, with its settings as environment variables."""

    def __init__(self, name: str, variables: dict[str, str], patches: Patches, directory: Path):
        super().__init__(name)
        from odoo.addons.odooops_otel.telemetry import runtime

        self._runtime, self._patches = runtime, patches
        self._variables, self._directory = variables | NEVER, directory

    def begin(self) -> None:
        self.telemetry = environment.telemetry(self._variables, self._directory)
        policies, limit = self.telemetry.policies, self.telemetry.settings.statement_limit
        make = policies._make
        # A server's variables win over what its database says. Those of a variant are not this process's.
        policies._make = lambda stored: make(stored and {**stored, "statement_limit": limit})

    def enter(self) -> None:
        self._patches.put_in()
        self.activate()

    def activate(self) -> None:
        self._runtime.active = self.telemetry

    def leave(self) -> None:
        self._runtime.active = None
        self._patches.take_out()

    def settle(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._has_unsent() and time.monotonic() < deadline:
            time.sleep(0.1)

    def forget(self) -> None:
        recorder = self.telemetry.recorder
        recorder.drain()
        while recorder.aggregator.pop():
            pass
        for exporter in self.telemetry.exporters:
            exporter._pending = None

    def _has_unsent(self) -> bool:
        waiting = len(self.telemetry.recorder.intake.ended)
        return bool(waiting or sum(exporter.unsent() for exporter in self.telemetry.exporters))

    def end(self) -> None:
        self.telemetry.shutdown()

    def export(self) -> float:
        """CPU seconds that one export of all metrics takes."""
        [exporter] = [each for each in self.telemetry.exporters if each.signal == "metrics"]
        before, sent = self.background(), self._sent()
        exporter._source.schedule.taken = 0
        deadline = time.monotonic() + PATIENCE
        while self._sent() == sent and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.background() - before

    def _sent(self) -> int:
        return self.telemetry.slot.read()["metrics", "sent"]

    def self_timed(self) -> float:
        """Seconds that requests have spent in the recorder so far, without the statement hook."""
        return self.telemetry.recorder.overhead

    def statements(self) -> int:
        """Statements that were counted so far."""
        points = self.telemetry.recorder.aggregator.statements.operations.points
        return sum(sum(point.buckets) for point in points.values())


class Stock(Variant):
    """opentelemetry-instrumentation-wsgi and -psycopg2, SDK, OTLP exporter, as their documentation has it."""

    def __init__(self, endpoint: str, registry):
        super().__init__(STOCK)
        self._endpoint, self._registry = endpoint, registry
        self._flushed = 0.0

    def begin(self) -> None:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.psycopg2 import Psycopg2Instrumentor
        from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        from odoo import http, sql_db

        self._tracers = TracerProvider()
        self._tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{self._endpoint}/v1/traces")))
        reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"{self._endpoint}/v1/metrics"))
        self._meters = meters = MeterProvider([reader])
        self._instrumentor = Psycopg2Instrumentor()
        self._application, self._original = http.Application, http.Application.__call__
        middleware = OpenTelemetryMiddleware(
            self._original.__get__(http.root), tracer_provider=self._tracers, meter_provider=meters
        )
        self._wrapped = lambda _self, environ, start_response: middleware(environ, start_response)
        # Connections are instrumented as they are made: it has some of its own.
        self._sql_db = sql_db
        self._plain = (sql_db._Pool, self._registry._db)
        sql_db._Pool = None
        self._own_db = sql_db.db_connect(self._registry.db_name)
        self._own = (sql_db._Pool, self._own_db)
        self._use(self._plain)

    def _use(self, pool_and_connection: tuple) -> None:
        self._sql_db._Pool, self._registry._db = pool_and_connection

    def enter(self) -> None:
        # psycopg2-binary is not the distribution that it looks for.
        self._instrumentor.instrument(tracer_provider=self._tracers, skip_dep_check=True)
        self._use(self._own)
        self._application.__call__ = self._wrapped

    def leave(self) -> None:
        self._application.__call__ = self._original
        self._use(self._plain)
        self._instrumentor.uninstrument()

    def settle(self) -> None:
        # In our thread: its own would wait for five seconds.
        started = time.thread_time()
        self._tracers.force_flush()
        self._flushed += time.thread_time() - started

    def background(self) -> float:
        return super().background() + self._flushed

    def end(self) -> None:
        self._tracers.shutdown()
        self._meters.shutdown()


class Sentry(Variant):
    """OCA's addon with the traces of all requests."""

    covers_jobs = False

    def __init__(self, endpoint: str):
        super().__init__(SENTRY)
        self._endpoint = endpoint

    def begin(self) -> None:
        import sentry_sdk

        from odoo import http

        from odoo.addons.sentry import hooks

        self._application, self._original = http.Application, http.Application.__call__
        options = {"enabled": True, "traces_sample_rate": "1.0", "startup_message": False}
        options["dsn"] = self._endpoint.replace("://", "://key@") + "/1"
        hooks.initialize_sentry({f"sentry_{name}": each for name, each in options.items()})
        self._client = sentry_sdk.get_client()
        self._scope = sentry_sdk.get_global_scope()
        self._wrapped = self._application.__call__
        self.leave()

    def enter(self) -> None:
        self._scope.set_client(self._client)
        self._application.__call__ = self._wrapped

    def leave(self) -> None:
        self._application.__call__ = self._original
        self._scope.set_client(None)

    def settle(self) -> None:
        self._client.flush(timeout=5)

    def end(self) -> None:
        self._client.close()

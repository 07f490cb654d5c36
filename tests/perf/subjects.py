"""What makes spans in OpenTelemetry's performance benchmark. Each gives (make a span, send what is left)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import environment

Subject = tuple[Callable[[], object], Callable[[], object]]
NOTHING = "pacing alone"
# https://opentelemetry.io/docs/specs/otel/performance-benchmark/#create-spans: two strings of 20 characters each
ATTRIBUTES = {f"attribute_number_{number:03}": f"a value of 20 chars{number}" for number in range(10)}


def nothing(_directory: Path) -> Subject:
    return lambda: None, lambda: None


def recorder(directory: Path) -> Subject:
    """A record as a scheduled action makes one, with attributes by OpenTelemetry's API."""
    from odoo.addons.odooops_otel.tools import otlp

    telemetry = environment.telemetry(os.environ, directory)
    recorder, thread = telemetry.recorder, threading.current_thread()

    def make() -> None:
        started = time.perf_counter()
        record = recorder.begin(thread)
        record.kind, record.job, record.database = otlp.KIND_INTERNAL, "benchmark", None
        record.set_attributes(ATTRIBUTES)
        record.duration = time.perf_counter() - started
        recorder.detach(record, thread)
        recorder.finish(record)

    return make, telemetry.shutdown


def through_api(directory: Path) -> Subject:
    """What other libraries make: objects of the SDK, sent by our thread."""
    telemetry = environment.telemetry(os.environ, directory)
    return _maker(telemetry.sdk.tracer_provider()), telemetry.shutdown


def batch(_directory: Path) -> Subject:
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return _sdk(BatchSpanProcessor)


def simple(_directory: Path) -> Subject:
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    return _sdk(SimpleSpanProcessor)


def _sdk(processor) -> Subject:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider()
    provider.add_span_processor(processor(OTLPSpanExporter()))
    return _maker(provider), provider.shutdown


def _maker(provider) -> Callable[[], None]:
    tracer = provider.get_tracer("benchmark")

    def make() -> None:
        span = tracer.start_span("benchmark")
        span.set_attributes(ATTRIBUTES)
        span.end()

    return make


SUBJECTS: dict[str, Callable[[Path], Subject]] = {
    NOTHING: nothing,
    "recorder": recorder,
    "API, sent by OdooOps": through_api,
    "SDK, batch processor": batch,
    "SDK, simple processor": simple,
}

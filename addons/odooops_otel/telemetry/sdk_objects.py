"""The providers of OpenTelemetry's SDK, made when they are first used; imported by nothing else before."""

from __future__ import annotations

import os

from opentelemetry import metrics as metrics_api
from opentelemetry.sdk import _logs as sdk_logs, version
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.metrics.view import DropAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider, sampling

from ..tools import annotations, foreign, semconv
from .record import MAX_EVENTS
from .sdk import Sdk
from .sdk_sources import Queue, QueueSource, ReaderSource, encoded_logs, encoded_spans
from .sdk_spans import RecordSampler, RecordSpanProcessor
from .sources import MAX_BODY

# What is sent is cut shorter (``tools.foreign``). Of a traceback the last frames are told: it must not end before them.
MAX_TEXT = 16_384


class LogQueue(sdk_logs.LogRecordProcessor):
    """Log records, which are sent whatever becomes of their trace."""

    def __init__(self, sdk: Sdk):
        self.queue: Queue = Queue(sdk, "logs")

    def on_emit(self, log_record) -> None:
        record = log_record.log_record
        if isinstance(record.body, str | bytes):
            record.body = record.body[: foreign.MAX_BODY]
        self.queue.add(log_record, foreign.size((record.body, record.attributes), MAX_BODY))

    def shutdown(self) -> None:
        """The queue is sent by its source."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True


def _make_tracer_provider(sdk: Sdk):
    processor = RecordSpanProcessor(sdk)
    provider = TracerProvider(
        sampler=RecordSampler(_outside_sampler(sdk), processor.record_of),
        resource=_with_pid(sdk),
        shutdown_on_exit=False,
        span_limits=SpanLimits(
            max_span_attributes=annotations.MAX_ATTRIBUTES,
            max_events=MAX_EVENTS,
            max_links=annotations.MAX_LINKS,
            max_attribute_length=MAX_TEXT,
        ),
        meter_provider=metrics_api.NoOpMeterProvider(),
    )
    provider.add_span_processor(processor)
    return provider, QueueSource("traces", processor.queue, sdk, encoded_spans)


def _make_meter_provider(sdk: Sdk):
    reader = InMemoryMetricReader()
    # What we measure ourselves has one source: a second under the same name would be the same series.
    ours = [View(instrument_name=metric.name, aggregation=DropAggregation()) for metric in semconv.METRICS]
    # The same resource as that of our metrics: each other one is one more series of target_info for a process, which
    # then cannot be joined with; process.pid would be one for each recycled worker.
    provider = MeterProvider([reader], Resource(sdk.resource), shutdown_on_exit=False, views=ours)
    return provider, ReaderSource(reader, sdk)


def _make_logger_provider(sdk: Sdk):
    processor = LogQueue(sdk)
    provider = sdk_logs.LoggerProvider(
        _with_pid(sdk),
        shutdown_on_exit=False,
        meter_provider=metrics_api.NoOpMeterProvider(),
        log_record_limits=sdk_logs.LogRecordLimits(
            max_attributes=annotations.MAX_ATTRIBUTES, max_attribute_length=MAX_TEXT
        ),
    )
    provider.add_log_record_processor(processor)
    return provider, QueueSource("logs", processor.queue, sdk, encoded_logs)


def _with_pid(sdk: Sdk) -> Resource:
    """That of our own spans and log entries, but for what made them.

    https://opentelemetry.io/docs/specs/semconv/resource/#telemetry-sdk
    """
    made_by = {"telemetry.sdk.name": "opentelemetry", "telemetry.sdk.version": version.__version__}
    return Resource({**sdk.resource, **made_by, "process.pid": os.getpid()})


def _outside_sampler(sdk: Sdk) -> sampling.Sampler:
    """The sampler of OTEL_TRACES_SAMPLER, for spans outside any record."""
    name = sdk.settings.sampler
    sampler = {"always_on": sampling.ALWAYS_ON, "always_off": sampling.ALWAYS_OFF}.get(
        name.removeprefix("parentbased_")
    ) or sampling.TraceIdRatioBased(sdk.settings.sampler_ratio)
    return sampling.ParentBased(sampler) if name.startswith("parentbased_") else sampler


# By signal: from the SDK's settings to a provider and to where its batches come from.
MAKERS = {"traces": _make_tracer_provider, "metrics": _make_meter_provider, "logs": _make_logger_provider}

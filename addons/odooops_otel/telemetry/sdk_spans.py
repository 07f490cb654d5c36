"""Spans that the SDK makes within a record: they share its fate, which is known when it has ended."""

from __future__ import annotations

import threading
from collections.abc import Callable

from opentelemetry import trace as trace_api
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, sampling

from .record import Record
from .sdk import Sdk
from .sdk_sources import Queue, span_size

# Spans of other libraries that one record may have; those of the driver's statements besides.
MAX_HELD = 200
# Characters of those spans
MAX_HELD_TEXT = 1024 * 1024


class Held:
    """The spans of one record that wait for its end; then they go with it, or are forgotten."""

    def __init__(self, owner: RecordSpanProcessor):
        self._owner = owner
        self.spans: list[tuple[ReadableSpan, int]] = []
        self.text = 0
        self.open: set[int] = set()

    def release(self, *, is_kept: bool) -> None:
        self._owner.release(self, is_kept=is_kept)


class RecordSampler(sampling.Sampler):
    """Within a record everything is recorded, with the record's flag; elsewhere ``outside`` decides."""

    def __init__(self, outside: sampling.Sampler, record_of: Callable[[Context | None], Record | None]):
        self._outside = outside
        self._record_of = record_of

    def should_sample(
        self, parent_context, trace_id, name, kind=None, attributes=None, links=None, trace_state=None
    ) -> sampling.SamplingResult:
        if self._record_of(parent_context) is None:
            return self._outside.should_sample(parent_context, trace_id, name, kind, attributes, links)
        parent = trace_api.get_current_span(parent_context).get_span_context()
        decision = (
            sampling.Decision.RECORD_AND_SAMPLE
            if parent.trace_flags.sampled
            else sampling.Decision.RECORD_ONLY
        )
        return sampling.SamplingResult(decision, attributes, parent.trace_state)

    def get_description(self) -> str:
        return f"RecordSampler{{{self._outside.get_description()}}}"


class RecordSpanProcessor(SpanProcessor):
    """Holds ended spans on their record; queues those outside any, and those of records that are kept."""

    def __init__(self, sdk: Sdk):
        self._slot = sdk.slot
        # Re-entrant: a signal handler that logs may interrupt who holds it.
        self._lock = threading.RLock()
        self._records: dict[int, Record] = {}  # by the id of a span that is open
        self.queue: Queue = Queue(sdk, "traces")

    def record_of(self, context: Context | None) -> Record | None:
        """The record that the current span of a context belongs to, as long as it has not ended."""
        span = trace_api.get_current_span(context)
        if isinstance(span, Record):
            return span if span.is_recording() else None
        return self._records.get(span.get_span_context().span_id)

    def on_start(self, span, parent_context: Context | None = None) -> None:
        record = self.record_of(parent_context)
        if record is not None:
            extras = record.extra()
            with self._lock:
                if extras.held is None:
                    extras.held = Held(self)
                extras.held.open.add(span.context.span_id)
                self._records[span.context.span_id] = record

    def on_end(self, span: ReadableSpan) -> None:
        size = span_size(span)
        with self._lock:
            record = self._records.pop(span.context.span_id, None)
            if record is not None:
                held = record.extras.held
                held.open.discard(span.context.span_id)
                is_full = len(held.spans) >= _limit(record) or held.text + size > MAX_HELD_TEXT
                if not is_full:
                    held.spans.append((span, size))
                    held.text += size
        if record is None and span.context.trace_flags.sampled:
            self.queue.add(span, size)
        elif record is not None and is_full:
            self._slot.add("traces", "dropped", "record_full")

    def release(self, held: Held, *, is_kept: bool) -> None:
        with self._lock:
            spans, held.spans = held.spans, []
            # What ends after its record goes by the flag that it was given at its start.
            for span_id in held.open:
                self._records.pop(span_id, None)
            held.open.clear()
        if is_kept:
            for span, size in spans:
                self.queue.add(span, size)

    def shutdown(self) -> None:
        """The queue is sent by its source."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True


def _limit(record: Record) -> int:
    """How many spans a record may hold."""
    return MAX_HELD + (record.decision().statement_limit if record.uses_driver else 0)

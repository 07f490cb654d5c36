"""Where the sender takes its batches from: kept records, and the metrics of the process."""

from __future__ import annotations

import os
import random
import resource
import time
from collections.abc import Callable

from ..tools import metrics, otlp, semconv
from ..tools.settings import Settings
from ..tools.span import SpanEncoder
from . import faults
from .recorder import Recorder
from .sender import Batch
from .slot import Slot

SCOPE = otlp.scope("odooops_otel")
# A request of a receiver's usual limit (4 MiB and more) must not be reached by one batch.
MAX_BODY = 2 * 1024 * 1024


class TraceSource:
    """Kept records as spans, at most ``batch_size`` records or MAX_BODY bytes at a time.

    They wait for ``span_delay``, or until there are enough for a batch.
    """

    signal = "traces"

    def __init__(
        self,
        recorder: Recorder,
        settings: Settings,
        resource_body: bytes,
        slot: Slot,
        clock: Callable[[], int] = time.time_ns,
    ):
        self._aggregator = recorder.aggregator
        self._clock = clock
        self._delay = int(settings.span_delay * 1e9)
        self._taken = clock()
        self._batch_size = settings.batch_size
        self._resource = resource_body
        self._slot = slot
        limit = settings.statement_limit if settings.sql == "hooks" else None
        self._encoder = SpanEncoder(random.Random(os.urandom(16)).randbytes, limit)

    def take(self, *, is_closing: bool) -> Batch | None:
        now = self._clock()
        is_due = len(self._aggregator.queue) >= self._batch_size or not 0 <= now - self._taken < self._delay
        if not is_due and not is_closing:
            return None
        self._taken = now
        spans: list[bytes] = []
        size = records = 0
        while records < self._batch_size and size < MAX_BODY and (record := self._aggregator.pop()):
            bodies = self._encode(record)
            spans.extend(bodies)
            size += sum(map(len, bodies))
            records += 1
        if not spans:
            return None
        return Batch(otlp.export_request(self._resource, SCOPE, spans), len(spans))

    def settle(self, *, arrived: bool) -> None:
        """Spans are sent once or dropped; nothing follows."""

    def waiting(self) -> int:
        return sum(record.span_count for record in list(self._aggregator.queue))

    def _encode(self, record) -> list[bytes]:
        try:
            return self._encoder.encode(record)
        except Exception:
            faults.report("Telemetry could not encode a trace; Odoo is not affected.")
            self._slot.add("traces", "dropped", "error", amount=record.span_count)
            return []


class MetricSource:
    """A snapshot of the instruments each interval.

    A snapshot that failed is sent again as it is, since series may begin in it; the next one
    holds all that was counted meanwhile.
    """

    signal = "metrics"

    def __init__(
        self,
        recorder: Recorder,
        settings: Settings,
        resource_body: bytes,
        slot: Slot,
        clock: Callable[[], int] = time.time_ns,
    ):
        self._recorder = recorder
        self._aggregator = recorder.aggregator
        self._resource = resource_body
        self._slot = slot
        self._clock = clock
        self._interval = int(settings.metric_interval * 1e9)
        self._start = self._previous = self._taken = clock()
        self._sends_traces = settings.sends("traces")
        self._is_closed = False

    def take(self, *, is_closing: bool) -> Batch | None:
        now = self._clock()
        # A clock that was set back must not stop the exports until it has caught up.
        if not is_closing and 0 <= now - self._taken < self._interval:
            return None
        if self._is_closed:
            return None
        self._is_closed = is_closing
        self._taken = now
        exports = [export for export in (*self._instruments(now), *self._observed(now)) if export]
        body = otlp.export_request(
            self._resource, SCOPE, [otlp.message(2, export.body) for export in exports]
        )
        return Batch(body, sum(export.points for export in exports))

    def settle(self, *, arrived: bool) -> None:
        for instrument in self._aggregator.instruments:
            instrument.settle(arrived=arrived)
        if arrived:
            self._previous = self._taken

    def waiting(self) -> int:
        return 0

    def _instruments(self, now: int):
        for instrument in self._aggregator.instruments:
            yield instrument.export(self._start, self._previous, now, self._aggregator.lock)

    def _observed(self, now: int):
        """What the operating system, the slot and the queue know."""
        counters = self._slot.read()
        usage = resource.getrusage(resource.RUSAGE_SELF)
        cpu = {("user",): usage.ru_utime, ("system",): usage.ru_stime}
        yield metrics.counter(semconv.PROCESS_CPU_TIME, cpu, self._start, now)
        yield metrics.gauge(semconv.PROCESS_MEMORY_USAGE, _resident_bytes(), now)
        yield metrics.counter(semconv.TELEMETRY_OVERHEAD, {(): self._recorder.overhead}, self._start, now)
        sent, failed, dropped = ({}, {}, {})
        for (signal, what, *reason), value in counters.items():
            {"sent": sent, "failed": failed, "dropped": dropped}[what][(signal, *reason)] = value
        yield metrics.counter(semconv.TELEMETRY_SENT, sent, self._slot.created, now)
        yield metrics.counter(semconv.TELEMETRY_FAILED, failed, self._slot.created, now)
        yield metrics.counter(semconv.TELEMETRY_DROPPED, dropped, self._slot.created, now)
        if self._sends_traces:
            yield metrics.gauge(semconv.TELEMETRY_QUEUE_LENGTH, len(self._aggregator.queue), now)


def _resident_bytes() -> int:
    """Resident set size (proc(5), statm: second field, in pages)."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

"""Where the sender takes its batches from: kept records, and the metrics of the process."""

from __future__ import annotations

import collections
import os
import random
import time
from collections.abc import Callable, Iterator

from ..tools import metrics, observation, otlp, semconv
from ..tools.settings import Settings
from ..tools.span import SpanEncoder
from ..tools.spans import EncodedSpans
from . import faults, process
from .kept_counter import KeptCounter
from .record import Record
from .recorder import Recorder
from .schedule import Schedule
from .sender import Batch
from .slot import Slot
from .told import Told

SCOPE = otlp.scope("odooops_otel")
# A batch is held several times while it is made and sent; far from a receiver's usual limit (4 MiB and more), too.
MAX_BODY = 1024 * 1024
# With more than this part of the texts that may wait, records do not wait for their time: each takes several times as
# much memory as its texts.
MAX_TEXT_FULLNESS = 1 / 16
# Characters that may wait in a queue of another's texts.
MAX_QUEUED_TEXT = 16 * 1024 * 1024


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
        self.schedule = Schedule(settings.span_delay, clock)
        self._batch_size = settings.batch_size
        # Whether the last batch ended by its size.
        self._has_more = False
        self._resource = resource_body
        self._slot = slot
        # What is found out about a record before it is sent.
        self.complete: Callable[[Record], None] = lambda record: None
        random_bytes = random.Random(os.urandom(16)).randbytes
        self._encoder = SpanEncoder(random_bytes, settings.policy, recorder.parts.writers)

    def take(self, *, is_closing: bool) -> Batch | None:
        if not self.schedule.take(at_once=is_closing or self._is_full()):
            return None
        spans: list[bytes] = []
        size = records = count = 0
        while records < self._batch_size and size < MAX_BODY and (record := self._aggregator.pop()):
            encoded = self._encode(record)
            spans.extend(encoded.bodies)
            size += encoded.text_size
            count += encoded.span_count
            records += 1
        self._has_more = size >= MAX_BODY
        if not spans:
            return None
        return Batch(otlp.export_request(self._resource, SCOPE, spans), count)

    def _is_full(self) -> bool:
        """Whether a batch does not wait for its time: the last one left some, or enough records or much text wait."""
        waiting = self._aggregator
        return (
            self._has_more
            or len(waiting.queue) >= self._batch_size
            or waiting.text_fullness >= MAX_TEXT_FULLNESS
        )

    def settle(self, *, arrived: bool) -> None:
        """Spans are sent once or dropped; nothing follows."""

    def waiting(self) -> int:
        return self._aggregator.queued_spans

    def _encode(self, record: Record | EncodedSpans) -> EncodedSpans:
        if isinstance(record, EncodedSpans):
            return record
        try:
            self.complete(record)
            return self._encoder.encode(record)
        except Exception:
            faults.report("Telemetry could not encode a trace; Odoo is not affected.")
            self._slot.add("traces", "dropped", "error", amount=record.span_count)
            return EncodedSpans([])


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
        # The same few names each time
        self._redact = settings.policy.label
        self.schedule = Schedule(settings.metric_interval, clock)
        self._start = self._previous = self.schedule.taken
        self._is_closed = False
        # Requests and jobs that are in the last snapshot, and those of all processes that had the slot before.
        self._records, self._records_before = 0, slot.read()["process", "records"]
        # Of databases that this process leads; with a file where a successor can read it.
        self.told = Told()
        # Where a successor can read it.
        self.overflow: KeptCounter | None = None

    def take(self, *, is_closing: bool) -> Batch | None:
        if self._is_closed or not self.schedule.take(at_once=is_closing):
            return None
        self._is_closed = is_closing
        self._records = self._aggregator.records
        now = self.schedule.taken
        shown = (observation.redacted(each, self._redact) for each in self._observed())
        observed = (observation.export(each, now, is_last=is_closing) for each in shown)
        ended = (observation.export(each, now, is_last=True) for each in self._ended(is_closing=is_closing))
        exports = [export for export in (*self._instruments(now), *observed, *ended) if export]
        if self.overflow:
            self.overflow.keep()
        body = otlp.export_request(
            self._resource, SCOPE, [otlp.message(2, export.body) for export in exports]
        )
        return Batch(body, sum(export.points for export in exports))

    def _ended(self, *, is_closing: bool) -> list[observation.Observation]:
        """States of databases that this process, or who had its slot before, does not tell any more."""
        groups = list(self._recorder.measurements.states.values())
        ended = self.told.ended(
            observation.redacted(each, self._redact) for group in groups for each in group
        )
        if is_closing:
            self.told.close()
        # What a rule hides by now is not said once more, not even that it has ended.
        return [observation.unchanged(each, self._redact) for each in ended]

    def settle(self, *, arrived: bool) -> None:
        self.told.settle(arrived=arrived)
        for instrument in self._recorder.instruments:
            instrument.settle(arrived=arrived)
        if arrived:
            self._previous = self.schedule.taken
            self._slot.set("process", "delivered", value=self._records)

    def waiting(self) -> int:
        return 0

    def _instruments(self, now: int):
        for instrument in self._recorder.instruments:
            yield instrument.export(self._start, self._previous, now, self._aggregator.lock)

    def _observed(self) -> Iterator[observation.Observation]:
        """What is looked at now: the system, Odoo's pools and open requests, the slot and the queue."""
        yield from process.observe(self._slot.kind, self._start)
        yield from self._recorder.connections.observe(self._start)
        yield from self._recorder.running.observe(self._start)
        yield from self._recorder.measurements.observe(self._start)
        yield from self._counters()
        yield observation.Observation(semconv.TELEMETRY_OVERHEAD, {(): self._recorder.overhead}, self._start)
        background = self._slot.states()["process", "background"] / 1e9
        yield observation.Observation(semconv.TELEMETRY_BACKGROUND, {(): background}, self._start)
        yield observation.Observation(semconv.TELEMETRY_QUEUE_LENGTH, {(): len(self._aggregator.queue)})

    def _counters(self) -> Iterator[observation.Observation]:
        """What all processes that had the slot have counted; every counter is there from the beginning."""
        values: dict[str, dict[metrics.Key, float]] = collections.defaultdict(dict)
        for (subject, what, *reason), value in self._slot.read().items():
            values[what][(subject, *reason)] = value
        since = self._slot.created
        yield observation.Observation(semconv.TELEMETRY_SENT, values["sent"], since)
        yield observation.Observation(semconv.TELEMETRY_FAILED, values["failed"], since)
        yield observation.Observation(semconv.TELEMETRY_DROPPED, values["dropped"], since)
        # Not those that have ended since: they are in no other metric of this snapshot either.
        recorded = {(): self._records_before + self._records}
        yield observation.Observation(semconv.TELEMETRY_RECORDS, recorded, since)
        yield observation.Observation(semconv.TELEMETRY_LOST, {(): values["lost"]["process",]}, since)
        exits = {(self._slot.kind, reason): value for (_worker, reason), value in values["exit"].items()}
        yield observation.Observation(semconv.WORKER_EXITS, exits, since)

"""Where batches of what the SDK made come from: queues of spans and log records, and its metrics."""

from __future__ import annotations

import collections
import os
import threading
import time
from collections.abc import Callable

from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan

from ..tools import foreign, foreign_points
from ..tools.redact import Policy
from .schedule import Schedule
from .sdk import Sdk
from .sender import Batch
from .sources import MAX_BODY, MAX_QUEUED_TEXT


class Queue:
    """Things of one signal that wait to be sent; more than its size, in number or text, are dropped and counted."""

    def __init__(self, sdk: Sdk, signal: str):
        self._items: collections.deque = collections.deque()
        # Re-entrant: a signal handler that logs may interrupt who holds it.
        self._lock = threading.RLock()
        # Characters of what waits.
        self.text = 0
        self._size = sdk.settings.queue_size
        self._slot = sdk.slot
        self._signal = signal
        self._pid = os.getpid()

    def add(self, item, size: int) -> None:
        """Let an item of ``size`` characters wait; one that alone is more than a request has no room."""
        if os.getpid() != self._pid:
            return  # a forked child has nobody who sends
        with self._lock:
            is_full = len(self._items) >= self._size or self.text + size > MAX_QUEUED_TEXT
            if not is_full and size <= MAX_BODY:
                self.text += size
                self._items.append((item, size))
                return
        self._slot.add(self._signal, "dropped", "queue_full")

    def take(self, count: int) -> list:
        """At most ``count`` items, and not many more than MAX_BODY characters."""
        taken, text = [], 0
        with self._lock:
            while self._items and len(taken) < count and text < MAX_BODY:
                item, size = self._items.popleft()
                taken.append(item)
                text += size
            self.text -= text
        return taken

    def __len__(self) -> int:
        return len(self._items)


class QueueSource:
    """Batches of a queue, encoded when they are taken; they wait for ``span_delay`` or a full batch."""

    def __init__(
        self, signal: str, queue: Queue, sdk: Sdk, encode: Callable[[list, Policy], bytes], clock=time.time_ns
    ):
        self.signal = signal
        self._queue = queue
        self._encode = encode
        self._policy = sdk.settings.policy
        self.schedule = Schedule(sdk.settings.span_delay, clock)
        self._batch_size = sdk.settings.batch_size
        self._slot = sdk.slot

    def take(self, *, is_closing: bool) -> Batch | None:
        is_full = len(self._queue) >= self._batch_size or self._queue.text >= MAX_BODY
        if not self.schedule.take(at_once=is_closing or is_full):
            return None
        items = self._queue.take(self._batch_size)
        if not items:
            return None
        try:
            return Batch(self._encode(items, self._policy), len(items))
        except Exception:
            self._slot.add(self.signal, "dropped", "error", amount=len(items))
            raise

    def settle(self, *, arrived: bool) -> None:
        """Sent once or dropped; nothing follows."""

    def waiting(self) -> int:
        return len(self._queue)


class ReaderSource:
    """Snapshots of the SDK's metrics, one each interval; cumulative, so that a lost one costs nothing."""

    signal = "metrics"

    def __init__(self, reader: InMemoryMetricReader, sdk: Sdk, clock=time.time_ns):
        self._reader = reader
        self._policy = sdk.settings.policy
        self._limits = sdk.limits
        self.schedule = Schedule(sdk.settings.metric_interval, clock)
        self._is_closed = False

    def take(self, *, is_closing: bool) -> Batch | None:
        if self._is_closed or not self.schedule.take(at_once=is_closing):
            return None
        self._is_closed = is_closing
        data = self._reader.get_metrics_data()
        message = encode_metrics(data) if data else None
        if message:
            foreign_points.sanitize(message, self._policy)
            self._limits.apply(message)
        points = _points(message) if message else 0
        return Batch(message.SerializeToString(), points) if points else None

    def settle(self, *, arrived: bool) -> None:
        """The next snapshot holds all that was counted meanwhile."""

    def waiting(self) -> int:
        return 0


def _points(message) -> int:
    metrics = (
        metric
        for resource in message.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    )
    return sum(len(getattr(metric, metric.WhichOneof("data")).data_points) for metric in metrics)


def encoded_spans(spans: list[ReadableSpan], policy: Policy) -> bytes:
    message = encode_spans(spans)
    for resource in message.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                foreign.sanitize_span(span, policy)
    return message.SerializeToString()


def encoded_logs(records: list, policy: Policy) -> bytes:
    message = encode_logs(records)
    for resource in message.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                foreign.sanitize_log(record, policy)
    return message.SerializeToString()


def span_size(span: ReadableSpan) -> int:
    """About how many characters a span holds; counting ends beyond MAX_BODY."""
    inner = (part.attributes for part in (*span.events, *span.links))
    return foreign.size((span.name, span.attributes, *inner), MAX_BODY)

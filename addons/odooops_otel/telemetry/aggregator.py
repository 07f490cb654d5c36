"""Turns records into metrics, and decides which of them become traces.

Runs in the sender thread, in batches. Whoever calls holds ``lock``.
"""

from __future__ import annotations

import bisect
import collections
import threading

from ..tools import metrics, otlp, semconv, statement
from ..tools.calls import Call
from ..tools.settings import Settings
from .record import Record

# Characters of statements that may wait with their records while the receiver is down.
MAX_QUEUED_TEXT = 16 * 1024 * 1024

_OPERATIONS = {word: word for word in ("SELECT", "INSERT", "UPDATE", "DELETE")}


class Aggregator:
    """The instruments of a process, and the queue of records that are kept.

    :param on_drop: called with a reason and a number of spans when a kept record finds the queue full
    """

    def __init__(self, settings: Settings, on_drop):
        # Re-entrant: with --log-db a report of our own bug runs SQL, and that comes back to us.
        self.lock = threading.RLock()
        self.queue: collections.deque[Record] = collections.deque()
        self._on_drop = on_drop
        self._queue_size = settings.queue_size
        self._queued_text = 0
        self._statement_limit = settings.statement_limit if settings.sql == "hooks" else 0
        self._keeps_traces = settings.sends("traces")
        self._slow = settings.slow_threshold
        self._keeps_outliers = not settings.sampler.endswith("always_off")
        self.overflow = metrics.Instrument(semconv.TELEMETRY_OVERFLOW)
        self.requests = self._instrument(semconv.HTTP_SERVER_REQUEST_DURATION)
        self.operations = self._instrument(semconv.DB_CLIENT_OPERATION_DURATION)
        self.request_statements = self._instrument(semconv.REQUEST_SQL_STATEMENTS)
        self.request_sql_time = self._instrument(semconv.REQUEST_SQL_TIME)
        self.jobs = self._instrument(semconv.CRON_JOB_DURATION)
        self.calls = self._instrument(semconv.HTTP_CLIENT_REQUEST_DURATION)
        self.instruments = (
            self.requests,
            self.operations,
            self.request_statements,
            self.request_sql_time,
            self.jobs,
            self.calls,
            self.overflow,
        )

    def _instrument(self, metric: semconv.Metric) -> metrics.Instrument:
        return metrics.Instrument(metric, lambda *key: self.overflow.add(key, 1))

    def aggregate(self, record: Record) -> None:
        """Count a record, and keep it if it is an error, slow or sampled."""
        self.absorb(record, record.statements)
        instrument, key = self._request(record) if record.kind == otlp.KIND_SERVER else self._job(record)
        point = instrument.record(key, record.duration)
        is_kept = self._keeps_traces and self._is_kept(record)
        if is_kept:
            ended_at = record.started_at + int(record.duration * 1e9)
            instrument.exemplify(point, record.duration, ended_at, record.span_id, record.trace_id)
            is_kept = self._keep(record)
        if record.extras is not None:
            record.extras.settle(is_kept=is_kept)

    def count_call(self, call: Call) -> None:
        self.calls.record(call.metric_key(), call.duration)

    def absorb(self, record: Record, statements: list[tuple[str, float, float]]) -> None:
        """Count statements of a record; as operations only once, by the outermost that saw them."""
        record.statement_count += len(statements)
        if record.is_nested:
            record.statement_time += sum(max(delay, 0.0) for _text, _start, delay in statements)
        else:
            record.statement_time += self.count_statements(statements, record.database)

    def count_statements(self, statements: list[tuple[str, float, float]], database: str | None) -> float:
        """Put statements into the histogram, one look-up an operation; their time together in s."""
        points: dict[str, metrics.Point] = {}
        bounds, bisect_left, total = self.operations.bounds, bisect.bisect_left, 0.0
        for query, _start, delay in statements:
            # The clock was set back meanwhile; a counter must not fall.
            if delay < 0.0:
                delay = 0.0
            operation = _OPERATIONS.get(query[:6]) or statement.operation(query)
            point = points.get(operation)
            if point is None:
                point = points[operation] = self.operations.find((semconv.POSTGRESQL, database, operation))
            point.total += delay
            point.buckets[bisect_left(bounds, delay)] += 1
            total += delay
        return total

    def _request(self, record: Record) -> tuple[metrics.Instrument, metrics.Key]:
        if record.method not in semconv.HTTP_METHODS:
            record.method = "_OTHER"
        if record.status >= 500 and not record.error_type:
            # https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
            record.error_type = str(record.status)
        if record.statement_count:
            place = (record.route, record.database)
            self.request_statements.add(place, record.statement_count)
            self.request_sql_time.add(place, record.statement_time)
        return self.requests, (
            record.method,
            record.route,
            record.status or None,
            record.scheme,
            record.error_type,
            record.database,
        )

    def _job(self, record: Record) -> tuple[metrics.Instrument, metrics.Key]:
        return self.jobs, (record.job, record.error_type, record.database)

    def _is_kept(self, record: Record) -> bool:
        if self._keeps_outliers and (record.is_error or record.duration >= self._slow):
            return True
        return record.is_sampled()

    def _keep(self, record: Record) -> bool:
        """Queue a record; whether there was room for it."""
        del record.statements[self._statement_limit :]
        if len(self.queue) >= self._queue_size:
            self._on_drop("queue_full", record.span_count)
            return False
        size = sum(len(text) for text, _start, _delay in record.statements)
        if self._queued_text + size > MAX_QUEUED_TEXT:
            # The request itself is worth more than its statements; their number stays on it.
            record.statements.clear()
            size = 0
        record.text_size = size
        self._queued_text += size
        self.queue.append(record)
        return True

    def pop(self) -> Record | None:
        """The oldest kept record, or None."""
        with self.lock:
            if not self.queue:
                return None
            record = self.queue.popleft()
            self._queued_text -= record.text_size
            return record

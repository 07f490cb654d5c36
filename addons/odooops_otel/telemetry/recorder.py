"""What a process records: one slotted record a request or job, aggregated when it ends.

While work runs, nothing happens but the append of a tuple for each statement. At the end the
record goes into the metrics in place, and, when it is kept (an error, slow, or sampled), into
the queue from which the sender makes spans.
"""

from __future__ import annotations

import bisect
import collections
import contextvars
import logging
import os
import random
import threading
import time

from ..tools import metrics, otlp, sampling, semconv, statement, trace_context
from ..tools.settings import Settings

_logger = logging.getLogger(__name__)

current: contextvars.ContextVar[Record | None] = contextvars.ContextVar("odooops_record", default=None)

# A job may run a million statements: beyond this many they are counted and let go, all but the
# first, which become spans.
FOLD_AT = 5000

_OPERATIONS = {word: word for word in ("SELECT", "INSERT", "UPDATE", "DELETE")}
_perf_counter = time.perf_counter


class Record:
    """One request or job. Implements ``tools.span.Finished``."""

    __slots__ = (
        "attributes_of",
        "database",
        "duration",
        "environ",
        "error_type",
        "hook",
        "kind",
        "name",
        "parent",
        "route",
        "span_id",
        "started",
        "started_at",
        "statement_count",
        "statement_time",
        "statements",
        "status",
        "trace_id",
        "user_id",
    )

    def __init__(self):
        self.statements: list[tuple[str, float, float]] = []
        self.statement_count = 0
        self.statement_time = 0.0
        self.error_type: str | None = None
        self.route: str | None = None
        self.database: str | None = None
        self.user_id: int | None = None
        self.status: int = 0
        self.parent: trace_context.Parent | None = None
        self.trace_id = b""
        self.kind = otlp.KIND_INTERNAL
        self.started_at = time.time_ns()
        self.started = _perf_counter()

    @property
    def parent_span_id(self) -> bytes:
        return self.parent.span_id if self.parent else b""

    @property
    def trace_state(self) -> str:
        return ""

    def attributes(self) -> dict[str, otlp.Value]:
        """Attributes of its span; computed in the sender thread."""
        return self.attributes_of(self)

    def fail(self, error: BaseException) -> None:
        """Mark as failed; ``error.type`` is the qualified name of the exception's class."""
        cls = type(error)
        self.error_type = (
            cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
        )


class Recorder:
    """The instruments of a process and the queue of what is kept.

    :param on_drop: called with the reason when a kept record finds the queue full
    """

    def __init__(self, settings: Settings, on_drop=lambda reason: None):
        self.lock = threading.Lock()
        self.queue: collections.deque[Record] = collections.deque()
        self.overhead = 0.0
        self._on_drop = on_drop
        self._queue_size = settings.queue_size
        self._keeps_traces = settings.sends("traces")
        self._slow = settings.slow_threshold
        self._bound = sampling.bound_of(settings.sampler, settings.sampler_ratio)
        self._follow_parent = settings.sampler.startswith("parentbased_")
        self._keeps_outliers = not settings.sampler.endswith("always_off")
        # Not the shared generator: an application that seeds it would repeat our ids.
        self._random = random.Random(os.urandom(16))
        self.overflow = metrics.Instrument(semconv.TELEMETRY_OVERFLOW)
        self.requests = self._instrument(semconv.HTTP_SERVER_REQUEST_DURATION)
        self.operations = self._instrument(semconv.DB_CLIENT_OPERATION_DURATION)
        self.request_statements = self._instrument(semconv.REQUEST_SQL_STATEMENTS)
        self.request_sql_time = self._instrument(semconv.REQUEST_SQL_TIME)
        self.jobs = self._instrument(semconv.CRON_JOB_DURATION)
        self.instruments = (
            self.requests,
            self.operations,
            self.request_statements,
            self.request_sql_time,
            self.jobs,
            self.overflow,
        )

    def _instrument(self, metric: semconv.Metric) -> metrics.Instrument:
        return metrics.Instrument(metric, lambda *key: self.overflow.add(key, 1))

    # --- the life of a record -------------------------------------------------------------

    def begin(self, thread: threading.Thread) -> Record:
        """A record that receives the statements of ``thread`` until :meth:`detach`."""
        record = Record()
        append, statements = record.statements.append, record.statements

        def hook(_cursor, query, _params, start, delay):
            append((query, start, delay))
            if len(statements) >= FOLD_AT:
                self._fold(record, thread)

        record.hook = hook
        hooks = getattr(thread, "query_hooks", None)
        if hooks is None:
            thread.query_hooks = [hook]
        else:
            hooks.append(hook)
        return record

    def detach(self, record: Record, thread: threading.Thread) -> None:
        """Stop receiving statements. Odoo's profiler shares the list of hooks."""
        thread.query_hooks.remove(record.hook)
        record.hook = None

    def end_request(self, record: Record, environ: dict) -> None:
        """Aggregate a served request and keep it if it is worth it."""
        method = environ.get("REQUEST_METHOD", "")
        if method not in semconv.HTTP_METHODS:
            method = "_OTHER"
        if record.status >= 500 and not record.error_type:
            # https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
            record.error_type = str(record.status)
        is_kept = self._keeps_traces and self._decide(record)
        key = (
            method,
            record.route,
            record.status,
            environ.get("wsgi.url_scheme"),
            record.error_type,
            record.database,
        )
        with self.lock:
            point = self.requests.record(key, record.duration)
            self._count_statements(record, record.statements)
            if record.statement_count:
                place = (record.route, record.database)
                self.request_statements.add(place, record.statement_count)
                self.request_sql_time.add(place, record.statement_time)
            if is_kept:
                self._exemplify(self.requests, point, record)
        if is_kept:
            record.kind = otlp.KIND_SERVER
            record.name = f"{method} {record.route}" if record.route else method
            record.environ, record.attributes_of = environ, _request_attributes
            self._keep(record)

    def end_job(self, record: Record, job: str) -> None:
        """Aggregate a scheduled action and keep it if it is worth it."""
        is_kept = self._keeps_traces and self._decide(record)
        with self.lock:
            point = self.jobs.record((job, record.error_type, record.database), record.duration)
            self._count_statements(record, record.statements)
            if is_kept:
                self._exemplify(self.jobs, point, record)
        if is_kept:
            record.name, record.route = f"cron {job}", job
            record.attributes_of = _job_attributes
            self._keep(record)

    def count_statement(self, query: str, delay: float, database: str | None) -> None:
        """Count a statement that belongs to no record (``odoo shell``)."""
        with self.lock:
            self.operations.record((semconv.POSTGRESQL, database, _operation(query)), delay)

    # --- what happens inside --------------------------------------------------------------

    def _decide(self, record: Record) -> bool:
        """Give the record its ids when it is kept: an error, slow, or sampled by its trace id."""
        bits = self._random.getrandbits(192)
        record.span_id = (bits >> 128 or 1).to_bytes(8, "big")
        record.trace_id = (
            record.parent.trace_id if record.parent else (bits & (1 << 128) - 1 or 1).to_bytes(16, "big")
        )
        if self._keeps_outliers and (record.error_type or record.duration >= self._slow):
            return True
        return sampling.is_sampled(
            record.trace_id, self._bound, record.parent, follow_parent=self._follow_parent
        )

    def _exemplify(self, instrument: metrics.Instrument, point: metrics.Point, record: Record) -> None:
        instrument.exemplify(point, record.duration, time.time_ns(), record.span_id, record.trace_id)

    def _count_statements(self, record: Record, statements: list[tuple[str, float, float]]) -> None:
        """Put statements into the histogram, those of one operation by one look-up."""
        points: dict[str, metrics.Point] = {}
        bounds, bisect_left, total = self.operations.bounds, bisect.bisect_left, 0.0
        for query, _start, delay in statements:
            operation = _OPERATIONS.get(query[:6]) or _operation(query)
            point = points.get(operation)
            if point is None:
                key = (semconv.POSTGRESQL, record.database, operation)
                point = points[operation] = self.operations.points.get(key) or self.operations.point(key)
            point.total += delay
            point.buckets[bisect_left(bounds, delay)] += 1
            total += delay
        record.statement_count += len(statements)
        record.statement_time += total

    def _fold(self, record: Record, thread: threading.Thread) -> None:
        """Count what a long record has gathered beyond the statements that become spans."""
        try:
            record.database = getattr(thread, "dbname", None)
            with self.lock:
                self._count_statements(record, record.statements[FOLD_AT // 2 :])
            del record.statements[FOLD_AT // 2 :]
        except Exception:
            _logger.exception("Telemetry could not count statements; the request goes on.")
            record.statements.clear()

    def _keep(self, record: Record) -> None:
        if len(self.queue) >= self._queue_size:
            self._on_drop("queue_full")
        else:
            self.queue.append(record)


def _operation(query) -> str:
    """The operation of a statement that may be bytes or a psycopg2 composition."""
    if isinstance(query, str):
        return statement.operation(query)
    return statement.operation(query.decode("utf-8", "replace")) if isinstance(query, bytes) else "OTHER"


def _request_attributes(record: Record) -> dict[str, otlp.Value]:
    environ = record.environ
    return {
        "http.request.method": environ.get("REQUEST_METHOD"),
        "http.route": record.route,
        "http.response.status_code": record.status or None,
        "url.scheme": environ.get("wsgi.url_scheme"),
        "url.path": environ.get("PATH_INFO"),
        "user_agent.original": environ.get("HTTP_USER_AGENT"),
        "db.namespace": record.database,
        "user.id": str(record.user_id) if record.user_id else None,
    }


def _job_attributes(record: Record) -> dict[str, otlp.Value]:
    return {"odoo.cron.name": record.route, "db.namespace": record.database}

"""Turns records into metrics, and decides which of them become traces.

Runs in the drainer's thread, in batches. Whoever calls holds ``lock``.
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..tools import caching, diagnosis, metrics, orm, otlp, semconv
from ..tools.calls import Call
from ..tools.orm import Counters
from ..tools.sampling_rules import Decision
from ..tools.settings import Settings
from ..tools.shares import MAX_SHARES
from ..tools.sought import Sought
from ..tools.spans import EncodedSpans
from ..tools.statements import Statement, Statements
from ..tools.url import known_scheme
from . import faults, seeking, texts
from .compiled import PYTHON, Parts
from .record import Record, Summaries
from .statement_counts import StatementCounts

# Characters of statements that may wait with their records while the receiver is down.
MAX_QUEUED_TEXT = 8 * 1024 * 1024
# Spans for the statements of a record beyond its limit; operations have no table when there are more.
MAX_SUMMARIES = 50
# Kinds of requests whose series are at hand.
MAX_SERIES = 2000


class RequestSeries(NamedTuple):
    """Where a request is counted."""

    durations: list[tuple[metrics.Instrument, metrics.Point]]
    statements: metrics.Point | None
    sql_time: metrics.Point | None


class Aggregator:
    """The instruments of a process, and the queue of records that are kept.

    :param on_drop: called with a reason and a number of spans when a kept record finds the queue full
    """

    def __init__(self, settings: Settings, on_drop, parts: Parts = PYTHON):
        # Re-entrant: with --log-db a report of our own bug runs SQL, and that comes back to us.
        self.lock = threading.RLock()
        self.queue: collections.deque[Record | EncodedSpans] = collections.deque()
        self._on_drop = on_drop
        self._queue_size = settings.queue_size
        self._queued_text = 0
        self._texts = texts.Shared()
        self._find_shares = parts.shares
        # Spans that wait: asked for again and again, when there may be thousands.
        self.queued_spans = 0
        self._keeps_traces = settings.sends("traces")
        self._keeps_outliers = not settings.sampler.endswith("always_off")
        self._redact = settings.policy.label
        self.overflow = metrics.Instrument(semconv.TELEMETRY_OVERFLOW)
        # A value that found no room, by metric and attribute.
        self.overflow_examples: dict[tuple[str, str], str] = {}
        # Records that were counted.
        self.records = 0
        self.requests = self.make_instrument(semconv.HTTP_SERVER_REQUEST_DURATION)
        self.rpc_calls = self.make_instrument(semconv.RPC_SERVER_CALL_DURATION)
        self.retries = self.make_instrument(semconv.REQUEST_RETRIES)
        self.statements = StatementCounts(self.make_instrument, parts.make_sums)
        self.request_statements = self.make_instrument(semconv.REQUEST_SQL_STATEMENTS)
        self.request_sql_time = self.make_instrument(semconv.REQUEST_SQL_TIME)
        self.jobs = self.make_instrument(semconv.CRON_JOB_DURATION)
        self.calls = self.make_instrument(semconv.HTTP_CLIENT_REQUEST_DURATION)
        self._series: dict[tuple, RequestSeries] = {}
        self.sought = Sought()
        self.orm = Counters(self.make_instrument, parts.make_call_sums)
        self.instruments = (
            self.requests,
            self.rpc_calls,
            self.retries,
            *self.statements.instruments,
            self.request_statements,
            self.request_sql_time,
            self.jobs,
            self.calls,
            *self.orm.instruments,
            self.overflow,
        )

    def count_foreign_overflow(self, metric: str, attribute: str, value: str, amount: int) -> None:
        """Count what found no room in a metric of another library; takes the lock itself."""
        with self.lock:
            self._count_overflow(metric, attribute, value, amount)

    def make_instrument(self, metric: semconv.Metric) -> metrics.Instrument:
        """An instrument with the limits of all; what is beyond them is counted."""
        return metrics.Instrument(metric, self._count_overflow, self._redact)

    def forget_series(self) -> None:
        """Look series up anew: the instruments have put some together. Whoever calls holds the lock."""
        self._series.clear()
        self.statements.forget()
        self.orm.forget()

    def forget_database(self, database: str) -> None:
        """Let the series of a database go, not what they have counted. Whoever calls holds the lock."""
        self._series.clear()
        self.statements.forget_database(database)
        self.orm.forget_database(database)

    def _count_overflow(self, metric: str, attribute: str, value: str, amount: int = 1) -> None:
        self.overflow.add((metric, attribute), amount)
        # The first is an example as good as any; the health report tells it, and the log once.
        self.overflow_examples.setdefault((metric, attribute), value)

    def aggregate(self, record: Record) -> None:
        """Count a record, and keep it if it is an error, slow or sampled."""
        is_kept = False
        self.records += 1
        if self.sought.by_kind:
            self.sought.pass_by()
        try:
            points = self._count(record)
            decision = record.decision()
            is_kept = self._keeps_traces and self._is_kept(record, decision) and self._keep(record, decision)
            if is_kept:
                # Only now: an exemplar leads to a trace, and the queue may have been full.
                self._exemplify(record, points)
            elif record.wanted:
                # Few records look for a line, and most of them are not kept: what they saw counts all the same.
                self._repetitions(record, self._tally(record))
        finally:
            if record.extras is not None:
                record.extras.settle(is_kept=is_kept)

    def _count(self, record: Record) -> list[tuple[metrics.Instrument, metrics.Point]]:
        record.statements.shorten(texts.MAX_TEXT, texts.short_text)
        self._absorb(record, record.statements, record.database)
        if record.failed_statements:
            self._absorb_failed(record)
        self.orm.add(record.orm, record.database)
        series = self._request(record) if record.kind == otlp.KIND_SERVER else self._job(record)
        for instrument, point in series:
            instrument.put(point, record.duration)
        return series

    def tell(self) -> None:
        """Have the instruments count the statements and calls of the ORM of all records so far."""
        self.statements.tell()
        try:
            self.orm.tell()
        except Exception:
            faults.report("Telemetry could not count calls of the ORM; Odoo is not affected.")

    @staticmethod
    def _exemplify(record: Record, points: list[tuple[metrics.Instrument, metrics.Point]]) -> None:
        ended_at = record.started_at + int(record.duration * 1e9)
        trace_id, span_id = record.ids()
        for instrument, point in points:
            instrument.exemplify(point, record.duration, ended_at, span_id, trace_id)

    def count_call(self, call: Call) -> None:
        self.calls.record(call.metric_key(), call.duration)

    def fold(self, record: Record, kept: int, database: str | None) -> None:
        """Count the statements of a record that still runs, all but the first, and let them go."""
        folded = record.statements[kept:]
        # Some may have come since all were shortened.
        folded.shorten(texts.MAX_TEXT, texts.short_text)
        self._absorb(record, folded, database)
        self._keep_tally(record, self.statements.tally(folded))
        others = (
            [each for each in folded if not record.is_slow(*each[1:])] if record.slow_statements else folded
        )
        self._summarize(record, self.statements.tally(others))
        # Its thread may have added others.
        del record.statements[kept : kept + len(folded)]

    def _absorb(self, record: Record, sent: Statements, database: str | None) -> None:
        """Count statements of a record; in the metrics only once, by the outermost that saw them."""
        record.statement_count += len(sent)
        if record.is_nested:
            record.statement_time += self.statements.seconds(sent)
        else:
            record.statement_time += self.statements.add(sent, database)

    def _absorb_failed(self, record: Record) -> None:
        failed, is_counted = record.failed_statements, not record.is_nested
        tally, seconds = self.statements.count_failed(failed, record.database, is_counted=is_counted)
        record.statement_count += len(failed)
        record.statement_time += seconds
        self._keep_tally(record, tally)

    @staticmethod
    def _keep_tally(record: Record, tally: diagnosis.Tally) -> None:
        """Of statements that are no longer in its list, or never were."""
        if record.tally is None:
            record.tally = {}
        diagnosis.merge(record.tally, tally)

    def _tally(self, record: Record) -> diagnosis.Tally:
        """All statements of a record by their shape; it forgets those that it no longer has."""
        tally, record.tally = record.tally, None
        own = self.statements.tally(record.statements)
        if tally is None:
            return own
        diagnosis.merge(tally, own)
        return tally

    def count_statements(self, sent: Iterable[Statement], database: str | None) -> float:
        """Count statements that belong to no record; their time together in s."""
        seconds = self.statements.add(sent, database)
        self.tell()
        return seconds

    def _request(self, record: Record) -> list[tuple[metrics.Instrument, metrics.Point]]:
        if record.method not in semconv.HTTP_METHODS:
            record.method = "_OTHER"
        record.scheme = known_scheme(record.scheme)
        if record.status >= 500 and not record.error_type:
            # https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
            record.error_type = str(record.status)
        if record.retries:
            self._count_retries(record)
        key = (
            record.route,
            record.database,
            record.method,
            record.status,
            record.scheme,
            record.error_type,
            record.rpc_method,
            record.statement_count > 0,
        )
        series = self._series.get(key) or self._find_series(key, record)
        if series.statements is not None:
            series.statements.total += record.statement_count
            series.sql_time.total += record.statement_time
        return series.durations

    def _find_series(self, key: tuple, record: Record) -> RequestSeries:
        """Remembered, unless a limit has been reached: it is told of each request that has no series of its own."""
        database, error_type = record.database, record.error_type
        keys = {
            self.requests: (
                record.method,
                record.route,
                record.status or None,
                record.scheme,
                error_type,
                database,
            )
        }
        if system := record.rpc_system:
            method = record.rpc_method or semconv.UNKNOWN_METHOD
            keys[self.rpc_calls] = (system, method, error_type, database)
        if record.statement_count:
            keys |= dict.fromkeys((self.request_statements, self.request_sql_time), (record.route, database))
        points = {instrument: instrument.find(of_one) for instrument, of_one in keys.items()}
        durations = [(each, points[each]) for each in (self.requests, self.rpc_calls) if each in points]
        series = RequestSeries(
            durations, points.get(self.request_statements), points.get(self.request_sql_time)
        )
        if all(of_one in instrument.points for instrument, of_one in keys.items()):
            if len(self._series) >= MAX_SERIES:
                self._series.clear()
            self._series[key] = series
        return series

    def _count_retries(self, record: Record) -> None:
        for event in record.events:
            if event.name == semconv.RETRY_EVENT:
                self.retries.add((record.route, event.attributes["error.type"], record.database), 1)

    def _job(self, record: Record) -> list[tuple[metrics.Instrument, metrics.Point]]:
        return [(self.jobs, self.jobs.find((record.job, record.error_type, record.database)))]

    @property
    def keeps_any(self) -> bool:
        """Whether anything is ever kept."""
        return self._keeps_traces and self._keeps_outliers

    def will_keep(self, record: Record, status: int) -> bool:
        """Whether a request that is about to be answered with ``status`` is going to be kept, if there is room."""
        if not self._keeps_traces or (status >= 500 and self._keeps_outliers):
            return self._keeps_traces
        decision = record.decision()
        return self._is_outlier(record, decision) or record.is_sampled(decision)

    def keep_spans(self, spans: EncodedSpans) -> None:
        """Queue spans that are no record's."""
        is_full = len(self.queue) >= self._queue_size or self._queued_text + spans.text_size > MAX_QUEUED_TEXT
        if is_full:
            self._on_drop("queue_full", spans.span_count)
            return
        self._enqueue(spans)

    def _is_outlier(self, record: Record, decision: Decision) -> bool:
        return self._keeps_outliers and (record.is_error or record.duration >= decision.slow)

    def _is_kept(self, record: Record, decision: Decision) -> bool:
        return self._is_outlier(record, decision) or record.is_sampled_at_last(decision)

    def _keep(self, record: Record, decision: Decision) -> bool:
        """Queue a record; whether there was room for it."""
        tally = self._tally(record)
        record.work = record.orm.longest(orm.MIN_SPAN_TIME, orm.MAX_SPANS)
        self._diagnose(record, tally)
        # They have been told, and their texts are counted nowhere.
        record.lines = None
        record.set_slow_apart()
        limit = 0 if record.uses_driver else decision.statement_limit
        if limit < len(record.statements):
            is_all = not (limit or record.summaries or record.slow_statements or record.failed_statements)
            self._summarize(record, tally if is_all else self.statements.tally(record.statements[limit:]))
            del record.statements[limit:]
        record.slim(self._texts)
        if len(self.queue) >= self._queue_size:
            self._on_drop("queue_full", record.count_spans())
            return False
        record.text_size = record.size_of_texts()
        if self._queued_text + record.text_size > MAX_QUEUED_TEXT:
            # The request itself is worth more than what happened in it; the numbers stay.
            record.shed_texts()
            record.text_size = 0
        record.span_count = record.count_spans()
        self._enqueue(record)
        return True

    def _enqueue(self, kept: Record | EncodedSpans) -> None:
        self._queued_text += kept.text_size
        self.queued_spans += kept.span_count
        self.queue.append(kept)

    @property
    def fullness(self) -> float:
        """How full the queue is, from 0 to 1."""
        return len(self.queue) / self._queue_size

    @property
    def text_fullness(self) -> float:
        """How much of the texts that may wait in it do, from 0 to 1."""
        return self._queued_text / MAX_QUEUED_TEXT

    def _diagnose(self, record: Record, tally: diagnosis.Tally) -> None:
        """What its statements and the caches say about it; only of what is kept."""
        asked, misses = record.cache_lookups, record.cache_misses
        record.cache_misses = None
        try:
            found = self._repetitions(record, tally)
            modules = self.statements.modules_of(record.database)
            shares = self._find_shares(tally, modules, MAX_SHARES)
            record.diagnosis = diagnosis.attributes(found, shares)
            record.diagnosis |= caching.attributes(asked, misses or {})
            for name, attributes, at in diagnosis.events(found):
                record.note(name, attributes, at)
        except Exception:
            faults.report("Telemetry could not tell what a record means; its trace is sent without.")

    def _repetitions(self, record: Record, tally: diagnosis.Tally) -> Sequence[diagnosis.Repetition]:
        """What a record repeated, with the lines that it or others of its kind have shown."""
        if not record.wanted and not diagnosis.has_repetitions(tally):
            return ()
        shape_of = self.statements.shapes.of
        lines = [(shape_of(text), place) for text, place in record.lines or ()]
        return seeking.complete(self.sought, record, diagnosis.repetitions(tally, lines), shape_of)

    def _summarize(self, record: Record, tally: diagnosis.Tally) -> None:
        """Put statements together by operation and table; they do not become spans of their own."""
        if not tally or not self._keeps_traces or record.uses_driver:
            return
        if record.summaries is None:
            record.summaries = {}
        for shape, (count, seconds, start, end, *_rest) in tally.items():
            place = shape.operation, shape.table
            summary = record.summaries.get(place) or self._summary(record.summaries, place, start)
            summary[0] += count
            summary[1] += seconds
            summary[2] = min(summary[2], start)
            summary[3] = max(summary[3], end)

    @staticmethod
    def _summary(summaries: Summaries, place: tuple[str, str], start: float) -> list:
        if len(summaries) >= MAX_SUMMARIES:
            place = (place[0], "")
        return summaries.setdefault(place, [0, 0.0, start, start])

    def pop(self) -> Record | EncodedSpans | None:
        """What has waited longest, or None."""
        with self.lock:
            if not self.queue:
                return None
            record = self.queue.popleft()
            self._queued_text -= record.text_size
            self.queued_spans -= record.span_count
            return record

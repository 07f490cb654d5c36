"""What happens while a request runs: next to nothing.

A record is made, statements are appended to it, and at the end it is handed over. Counting,
sampling and encoding are done in batches by other threads: the same code costs ten times
as much between two requests, where nothing of it is in the processor's caches.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import sys
import threading
from collections.abc import Callable

import psycopg2

from ..tools.calls import Call
from ..tools.metrics import Instrument
from ..tools.notable import NotableStatement
from ..tools.settings import Settings
from ..tools.spans import EncodedSpans
from . import faults, lines, seeking
from .aggregator import Aggregator
from .connections import Connections
from .measurements import Measurements
from .policies import Policies
from .record import Record, current
from .running import Running
from .sampler import Sampler
from .texts import short_text

# A job may run a million statements: when it has so many, they are counted and let go while it still runs, all but the
# first half, which may become spans. Calls of the ORM are summed up each time, however few.
FOLD_AT = 5000
# The drainer empties the list each second, whatever the receiver does. When it cannot keep up, the request that
# finds more than this aggregates them itself: memory stays bounded and nothing is lost.
MAX_PENDING_RECORDS = 2000
MAX_PENDING_STATEMENTS = 50_000
# Outgoing requests that wait to be counted; a process sends fewer each second. Who sends more has them counted.
MAX_PENDING_CALLS = 10_000
# Reports of browsers that wait for the queue; who brings more puts them there.
MAX_PENDING_SPANS = 1000


class Recorder:
    """Records of a process that wait to be aggregated, and their aggregator.

    :param on_drop: called with a reason and a number of spans when a kept record finds the queue full
    :param policies: what the rules of sampling say, by database
    """

    def __init__(
        self,
        settings: Settings,
        on_drop: Callable[[str, int], None] = lambda reason, spans: None,
        policies: Policies | None = None,
    ):
        self.aggregator = Aggregator(settings, on_drop)
        self.running = Running()
        drain = functools.partial(self.drain, is_waiting=False)
        self.connections = Connections(drain)
        self.measurements = Measurements(self.aggregator.make_instrument, drain)
        self.sampler = Sampler(settings, policies)
        self._slow_after = settings.slow_statement
        # Whether there may be a trace that tells; which requests are kept is known at their end.
        self._watches = settings.sends("traces")
        # Whether log entries bear the ids of records (telemetry/logging.py).
        self.has_log_entries = settings.log_format == "json" or settings.sends_own_log
        # Seconds that requests spent in the recorder.
        self.overhead = 0.0
        self._pending: collections.deque[Record] = collections.deque()
        self._pending_statements = 0
        self._calls: collections.deque[Call] = collections.deque()
        self._spans: collections.deque[EncodedSpans] = collections.deque()

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """All metrics that are counted in place."""
        return (*self.aggregator.instruments, self.connections.waits, *self.measurements.instruments)

    def redact_again(self) -> None:
        """The policy has changed: what the metrics have told so far is told by the new one from now on."""
        with self.aggregator.lock:
            for instrument in self.instruments:
                instrument.redact_again()
            self.aggregator.forget_series()

    def forget_database(self, database: str) -> None:
        """Look nothing up any more of a database that is gone."""
        with self.aggregator.lock:
            self.aggregator.forget_database(database)

    def begin(self, thread: threading.Thread) -> Record:
        """A record that receives the statements of ``thread`` until :meth:`detach`."""
        record = Record(self.sampler)
        record.is_nested = current.get() is not None
        hook = self._watching(record) if self._watches else _counting(record)
        record.hook = hook
        hooks = getattr(thread, "query_hooks", None)
        if hooks is None:
            thread.query_hooks = [hook]
        else:
            hooks.append(hook)
        self.running.open[record] = thread
        return record

    def _watching(self, record: Record) -> Callable:
        """The hook of records that may be kept: it takes a line of code now and then, and notes what is slow.

        What a statement is, how long its text and how many there are is left to the drainer. Few free variables and
        no global ones: each is one more miss of the processor's caches.
        """
        append, slow_after = record.statements.append, self._slow_after
        began = record.started_at / 1e9
        next_look = due = lines.next_look(began, began, slow_after)
        # Nearly always nothing is sought; else each statement is looked at until it is known that this record is of
        # another kind, or has told what it can.
        search, sought = None, self.aggregator.sought.by_kind
        if sought:
            search, next_look = seeking.UNKNOWN, 0.0

        def hook(cursor, query, _params, start, delay):
            append((query, start, delay))
            # By itself, too: a clock that is set back does not reach the next look.
            if start + delay >= next_look or delay >= slow_after:
                look(cursor, query, start, delay)

        def look(cursor, query, start, delay):
            nonlocal next_look, due, search
            now, frame, text = start + delay, sys._getframe(2), short_text(query)
            if search is not None:
                search = seeking.seek(search, sought, record, text, frame)
            if now >= due:
                due = lines.next_look(began, now, slow_after)
                lines.look(record, text, frame)
            next_look = 0.0 if search is not None else due
            if delay >= slow_after:
                note_slow(record, text, start, delay, cursor, frame)

        return hook

    def detach(self, record: Record, thread: threading.Thread) -> None:
        """Stop receiving statements. Odoo's profiler shares the list of hooks."""
        self.running.open.pop(record, None)
        hook, record.hook = record.hook, None
        # Somebody may have put another list in place of the one that held it.
        with contextlib.suppress(AttributeError, ValueError):
            thread.query_hooks.remove(hook)

    def finish(self, record: Record) -> None:
        """Hand over a record that has ended."""
        if record.cache_keys is not None:
            # Keys are values, and many: they end with their transaction.
            record.cache_lookups, record.cache_keys = len(record.cache_keys), None
        self._pending.append(record)
        self._pending_statements += len(record.statements) + len(record.orm)
        if len(self._pending) > MAX_PENDING_RECORDS or self._pending_statements > MAX_PENDING_STATEMENTS:
            self.drain(is_waiting=False)

    def drain(self, *, is_waiting: bool = True) -> None:
        """Aggregate what has ended.

        :param is_waiting: wait for another thread that is at it; a request does not
        """
        if not self.aggregator.lock.acquire(blocking=is_waiting):
            return
        try:
            self.connections.drain()
            self.measurements.drain()
            for record, thread in list(self.running.open.items()):
                self._relieve(record, thread)
            self._pending_statements = 0
            while self._pending:
                self._aggregate(self._pending.popleft())
            while self._calls:
                self.aggregator.count_call(self._calls.popleft())
            while self._spans:
                self.aggregator.keep_spans(self._spans.popleft())
        finally:
            self.aggregator.lock.release()

    def _aggregate(self, record: Record) -> None:
        """One record that is not as expected does not keep the others waiting."""
        try:
            self.aggregator.aggregate(record)
        except Exception:
            faults.report("Telemetry could not count a record; Odoo is not affected.")

    def count_call(self, call: Call) -> None:
        """Have an outgoing request counted, soon."""
        self._calls.append(call)
        if len(self._calls) > MAX_PENDING_CALLS:
            self.drain(is_waiting=False)

    def keep_spans(self, spans: EncodedSpans) -> None:
        """Have spans sent that are no record's, soon."""
        if spans.span_count:
            self._spans.append(spans)
        if len(self._spans) > MAX_PENDING_SPANS:
            self.drain(is_waiting=False)

    def count_statement(self, query: str, delay: float, database: str | None) -> None:
        """Count a statement that belongs to no record (``odoo shell``)."""
        with self.aggregator.lock:
            self.aggregator.count_statements([(short_text(query), 0.0, delay)], database)

    def _relieve(self, record: Record, thread: threading.Thread) -> None:
        """Let a record that still runs hold no more than it needs."""
        try:
            record.shorten_texts()
            record.sum_up_orm()
            if len(record.statements) >= FOLD_AT:
                self.aggregator.fold(record, FOLD_AT // 2, getattr(thread, "dbname", None))
        except Exception:
            faults.report("Telemetry could not count what a request has done so far; the request goes on.")


def _counting(record: Record) -> Callable:
    """The hook of records none of which is kept."""
    append = record.statements.append

    def hook(_cursor, query, _params, start, delay):
        append((query, start, delay))

    return hook


def note_slow(record: Record, text: str, start: float, delay: float, cursor, frame) -> None:
    """Note a statement that took long, with where it was sent and by whom it was run."""
    try:
        pid = backend_pid(cursor)
        record.add_slow_statement(NotableStatement(text, start, delay, pid, lines.find_place(frame)))
    except Exception:
        faults.report("Telemetry could not describe a slow statement; the request goes on.")


def backend_pid(cursor) -> int | None:
    """PostgreSQL's process of a cursor of Odoo's; asks nobody."""
    try:
        return cursor._cnx.get_backend_pid()
    except (AttributeError, psycopg2.Error):  # it is none of Odoo's, or has been closed
        return None

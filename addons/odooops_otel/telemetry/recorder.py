"""What happens while a request runs: next to nothing.

A record is made, statements are appended to it, and at the end it is handed over. Counting,
sampling and encoding are done in batches by other threads: the same code costs ten times
as much between two requests, where nothing of it is in the processor's caches.
"""

from __future__ import annotations

import collections
import functools
import threading
from collections.abc import Callable

from ..tools.calls import Call
from ..tools.metrics import Instrument
from ..tools.settings import Settings
from ..tools.spans import EncodedSpans
from . import compiled, faults
from .aggregator import Aggregator
from .connections import Connections
from .measurements import Measurements
from .policies import Policies
from .record import Record, current
from .running import Running
from .sampler import Sampler
from .texts import MAX_TEXT, short_text

# A job may run a million statements: when it has so many, they are counted and let go while it still runs, all but the
# first half, which may become spans. Calls of the ORM are summed up each time, however few.
FOLD_AT = 5000
# The drainer empties the list each 2.5 s, whatever the receiver does. When it cannot keep up, the request that
# finds more than this aggregates them itself: memory stays bounded and nothing is lost.
MAX_PENDING_RECORDS = 2000
MAX_PENDING_STATEMENTS = 50_000
# Outgoing requests that wait to be counted; a process sends fewer in 2.5 s. Who sends more has them counted.
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
        self.parts = compiled.parts(settings)
        self.aggregator = Aggregator(settings, on_drop, self.parts)
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
        self._is_draining = False
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
        record = Record(self.sampler, self.parts)
        record.is_nested = current.get() is not None
        if self._watches:
            record.watch(self._slow_after, self.aggregator.sought.by_kind)
        hook = record.hook = record.statements.note
        hooks = getattr(thread, "query_hooks", None)
        if hooks is None:
            thread.query_hooks = [hook]
        else:
            hooks.append(hook)
        self.running.open[record] = thread
        return record

    def detach(self, record: Record, thread: threading.Thread) -> None:
        """Stop receiving statements. Odoo's profiler shares the list of hooks."""
        self.running.open.pop(record, None)
        hook, record.hook = record.hook, None
        record.statements.look = None
        try:
            thread.query_hooks.remove(hook)
        except (AttributeError, ValueError):  # somebody has put another list in its place
            pass

    def finish(self, record: Record) -> None:
        """Hand over a record that has ended."""
        if record.cache_keys is not None:
            # Keys are values, and many: they end with their transaction.
            record.cache_lookups, record.cache_keys = len(record.cache_keys), None
        # Before it is somebody else's
        self._pending_statements += len(record.statements) + len(record.orm)
        self._pending.append(record)
        if len(self._pending) > MAX_PENDING_RECORDS or self._pending_statements > MAX_PENDING_STATEMENTS:
            self.drain(is_waiting=False)

    def drain(self, *, is_waiting: bool = True) -> None:
        """Aggregate what has ended.

        :param is_waiting: wait for another thread that is at it; a request does not
        """
        if not self.aggregator.lock.acquire(blocking=is_waiting):
            return
        try:
            # A report of ours may run SQL, and what that fills up comes back to us in the midst of it.
            if not self._is_draining:
                self._drain_once()
        finally:
            self.aggregator.lock.release()

    def _drain_once(self) -> None:
        self._is_draining = True
        try:
            self._take_all()
        finally:
            self._is_draining = False

    def _take_all(self) -> None:
        self.connections.drain()
        self.measurements.drain()
        for record, thread in list(self.running.open.items()):
            self._relieve(record, thread)
        self._pending_statements = 0
        while self._pending:
            self._aggregate(self._pending.popleft())
        self.aggregator.tell()
        while self._calls:
            self.aggregator.count_call(self._calls.popleft())
        while self._spans:
            self.aggregator.keep_spans(self._spans.popleft())

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
            record.statements.shorten(MAX_TEXT, short_text)
            record.orm.fold()
            if len(record.statements) >= FOLD_AT:
                self.aggregator.fold(record, FOLD_AT // 2, getattr(thread, "dbname", None))
        except Exception:
            faults.report("Telemetry could not count what a request has done so far; the request goes on.")

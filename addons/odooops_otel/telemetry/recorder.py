"""What happens while a request runs: next to nothing.

A record is made, statements are appended to it, and at the end it is handed over (intake.py). Counting,
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
from . import compiled, faults, intake
from .aggregator import Aggregator
from .connections import Connections
from .measurements import Measurements
from .policies import Policies
from .record import Record
from .running import Running
from .sampler import Sampler
from .texts import MAX_TEXT, short_text

# A job may run a million statements: when it has so many, they are counted and let go while it still runs, all but the
# first half, which may become spans. Calls of the ORM are summed up each time, however few.
FOLD_AT = 5000
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
        self.sampler = Sampler(settings, policies)
        drain = functools.partial(self.drain, is_waiting=False)
        sought = self.aggregator.sought.by_kind
        self.intake = intake.make(settings, self.sampler, self.parts, sought, drain)
        # What a request or job calls: one look-up less each.
        self.begin, self.end = self.intake.begin, self.intake.end
        self.detach, self.finish = self.intake.detach, self.intake.finish
        self.running = Running(self.intake.open)
        self.connections = Connections(drain)
        self.measurements = Measurements(self.aggregator.make_instrument, drain)
        # Whether log entries bear the ids of records (telemetry/logging.py).
        self.has_log_entries = settings.log_format == "json" or settings.sends_own_log
        # Seconds that requests spent in the recorder.
        self.overhead = 0.0
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
        self.intake.statements, ended = 0, self.intake.ended
        while ended:
            self._aggregate(ended.popleft())
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

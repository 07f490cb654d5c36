"""A record: one request or job, from its beginning to its spans."""

from __future__ import annotations

import contextvars
import math
import threading
import time
from typing import NamedTuple

from ..tools import diagnosis, failure, otlp, sampling, semconv, trace_context
from ..tools.caching import Misses
from ..tools.notable import NotableStatement
from ..tools.orm import Calls, Work
from ..tools.place import Place
from ..tools.sampling_rules import Decision
from ..tools.sought import Search
from ..tools.statement_spans import notable_of
from . import faults
from .api_span import ApiSpan
from .compiled import PYTHON, Parts
from .extras import Extras
from .record_span import RecordSpan
from .record_statements import RecordStatements
from .sampler import Sampler
from .seeking import Undecided
from .texts import Shared

# The record that the code running now belongs to.
current: contextvars.ContextVar[Record | None] = contextvars.ContextVar("odooops_record", default=None)
# The request that ended last: its access line follows. Only set where log entries bear trace ids.
ended: contextvars.ContextVar[Ended | None] = contextvars.ContextVar("odooops_ended_record", default=None)
# Ids and the decision are made once, whoever asks first. Re-entrant: a signal handler may log, and a log line has ids.
_deciding = threading.RLock()
# The limit of OpenTelemetry's SDKs: https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits
MAX_EVENTS = 128

# Statements by (operation, table): how many, seconds together, start of the first and end of the last in s.
Summaries = dict[tuple[str, str], list]


class Ended(NamedTuple):
    """What is remembered of a request that has ended; not its statements, which may be many."""

    trace_id: bytes
    span_id: bytes
    route: str | None


class Event(NamedTuple):
    """Something that happened within a record: ns since the epoch, a name, attributes."""

    time: int
    name: str
    attributes: dict[str, otlp.Value]


class Record(ApiSpan, RecordSpan, RecordStatements):
    """One request or job. Slots, since one is made for each request; implements ``tools.span.Finished``.

    ``statements`` holds (text, start in s since the epoch, duration in s) as the cursor reports
    them; ``statement_count`` and ``statement_time`` (s) are known once it has been aggregated, and
    ``summaries`` then says of the statements beyond the limit what they were.
    """

    __slots__ = (
        "_ids",
        "_is_sampled",
        "address",
        "backend_pid",
        "cache_keys",
        "cache_lookups",
        "cache_misses",
        "database",
        "diagnosis",
        "dropped_events",
        "due",
        "duration",
        "environ",
        "error_type",
        "events",
        "extras",
        "failed_statements",
        "hook",
        "is_nested",
        "is_told",
        "job",
        "job_status",
        "kind",
        "lines",
        "method",
        "orm",
        "parent",
        "path",
        "retries",
        "route",
        "rpc_method",
        "sampler",
        "scheme",
        "search",
        "slow_statements",
        "span_count",
        "started",
        "started_at",
        "statement_count",
        "statement_time",
        "statements",
        "status",
        "summaries",
        "tally",
        "text_size",
        "token",
        "tracestate",
        "user_agent",
        "user_id",
        "uses_driver",
        "wanted",
        "work",
    )

    def __init__(self, sampler: Sampler, parts: Parts = PYTHON):
        self.sampler = sampler
        self._ids: tuple[bytes, bytes] | None = None
        self._is_sampled: bool | None = None
        self.extras: Extras | None = None
        # Calls of the ORM, and of one that is kept what is told of them. A thread that has its context may outlive it:
        # what that calls later is nobody's.
        self.orm: Calls | None = parts.make_calls()
        self.work: Work = ()
        self.statements = parts.make_statements()
        self.statement_count = 0
        self.statement_time = 0.0
        # Made when they are needed
        self.failed_statements: list[NotableStatement] | None = None
        self.slow_statements: list[NotableStatement] | None = None
        # Texts that repeat themselves with the lines of code that sent them
        self.lines: list[tuple[str, Place]] | None = None
        # When a line of code is taken next (s since the epoch); see watch()
        self.due = math.inf
        self.search: Search | Undecided | None = None
        # What it knows from others of its kind to repeat itself (telemetry/seeking.py)
        self.wanted: tuple[str, ...] = ()
        # Statements that are not in its list by shape, and what all say of it
        self.tally: diagnosis.Tally | None = None
        self.diagnosis: dict[str, otlp.Value] | None = None
        self.backend_pid: int | None = None
        # The keys that its transaction has asked Odoo's caches for (Odoo's own set), and what they did not have
        self.cache_keys: set | None = None
        self.cache_lookups = 0
        self.cache_misses: Misses | None = None
        self.summaries: Summaries | None = None
        self.events: list[Event] | None = None
        self.dropped_events = 0
        self.kind = otlp.KIND_SERVER
        self.parent: trace_context.Parent | None = None
        self.tracestate: str | None = None  # as sent
        # Where the request came from is asked for when it matters: Odoo's ProxyFix changes it meanwhile.
        self.environ: dict | None = None
        self.address: str | None = None
        self.is_nested = False
        # What its context had as the current record before
        self.token: contextvars.Token | None = None
        # Whether its statements have spans from the driver; unknown until it borrows a connection
        self.uses_driver: bool | None = None
        # Whether the browser is told which trace it is in (telemetry/browser.py).
        self.is_told = False
        self.error_type: str | None = None
        self.retries = 0
        self.route: str | None = None
        self.rpc_method: str | None = None
        self.job_status: str | None = None
        self.status = 0
        self.started_at = time.time_ns()

    # --- what happens while it runs ---------------------------------------------------------

    def fail(self, error: BaseException) -> None:
        """Mark as failed by an exception; its message may hold values and is not looked at."""
        try:
            self.error_type = failure.type_name(error)
            self._note_exception(self.error_type, failure.stacktrace(error))
        except Exception:
            faults.report("Telemetry could not describe an exception; Odoo is not affected.")

    def _note_exception(self, error_type: str, stacktrace: str) -> None:
        attributes = {"exception.type": error_type, "exception.stacktrace": stacktrace}
        # A job that has made progress is run again at once, and fails again.
        if not self.events or self.events[-1].attributes != attributes:
            self.note(semconv.EXCEPTION_EVENT, attributes)

    def retry(self, error_type: str) -> None:
        """Odoo runs the request once more because of an exception of this class."""
        self.retries += 1
        self.note(semconv.RETRY_EVENT, {"error.type": error_type})

    def note(self, name: str, attributes: dict[str, otlp.Value], at: int | None = None) -> None:
        """Add an event whose attributes are as they should be told, at a time in ns since the epoch, or now."""
        if self.events is None:
            self.events = []
        if len(self.events) < MAX_EVENTS:
            self.events.append(Event(at or self.moment(time.perf_counter()), name, attributes))
        else:
            self.dropped_events += 1

    def moment(self, counted: float) -> int:
        """What ``time.perf_counter()`` has counted, as ns since the epoch.

        Calls, parts and events that bring no time along go by the clock of its duration: the system's may be set
        meanwhile, and what happened within would be told as having happened after. Statements go by Odoo's clock.
        """
        return self.started_at + int((counted - self.started) * 1e9)

    # --- where it stands in a trace: made by whoever asks first, the sender thread at the latest ---

    def ids(self) -> tuple[bytes, bytes]:
        """Trace id (16 bytes) and span id (8 bytes)."""
        if self._ids is None:
            with _deciding:
                if self._ids is None:
                    self._ids = self.sampler.make_ids(self.parent)
        return self._ids

    @property
    def trace_id(self) -> bytes:
        return self.ids()[0]

    @property
    def span_id(self) -> bytes:
        return self.ids()[1]

    def is_sampled(self, decision: Decision | None = None) -> bool:
        """Whether it is kept whatever becomes of it; an error or a slow record is kept besides.

        :param decision: if the caller has it
        """
        if self._is_sampled is None:
            bound = (decision or self.decision()).bound
            if self.parent is None:
                is_below = sampling.is_below(bound, self.ids()[0][8:])
                with _deciding:
                    # It may have been decided before it had ids.
                    if self._is_sampled is None:
                        self._is_sampled = is_below
            else:
                self._follow_parent(bound)
        return self._is_sampled

    def is_sampled_at_last(self, decision: Decision) -> bool:
        """:meth:`is_sampled` of a record that has ended: where nobody has asked for its ids yet, few need any."""
        with _deciding:
            if self._is_sampled is None and self._ids is None and self.parent is None:
                self._ids = self.sampler.draw(decision.bound)
                self._is_sampled = self._ids is not None
        return self.is_sampled(decision)

    def _follow_parent(self, bound: int) -> None:
        ids, environ = self.ids(), self.environ
        address = caller_address(environ) if environ is not None else self.address
        with _deciding:
            if self._is_sampled is None:
                self._is_sampled = self.sampler.is_sampled(*ids, self.parent, address, bound)

    def decision(self) -> Decision:
        """What the rules of sampling say of it, by what is known of it now."""
        try:
            database = self.database
        except AttributeError:
            # It has not ended: its own thread asks.
            database = getattr(threading.current_thread(), "dbname", None)
        policy = self.sampler.policies.find(database)
        if self.kind != otlp.KIND_SERVER:
            return policy.decide(None, None, self.job)
        method = self.rpc_method if self.rpc_system else None
        return policy.decide(self.route, method, None, self._http_method())

    def _http_method(self) -> str | None:
        """As the caller wrote it, of a request that has ended or still runs."""
        environ = self.environ
        return getattr(self, "method", None) if environ is None else environ.get("REQUEST_METHOD")

    @property
    def trace_flags(self) -> int:
        """The flags of https://www.w3.org/TR/trace-context-2/#trace-flags: sampled, random trace id."""
        is_random = self.parent.flags & trace_context.RANDOM if self.parent else trace_context.RANDOM
        return is_random | (trace_context.SAMPLED if self.is_sampled() else 0)

    @property
    def is_error(self) -> bool:
        """Whether Odoo failed, or application code says so."""
        extra = self.extras
        return bool(self.error_type) or (extra is not None and extra.annotations.status == otlp.STATUS_ERROR)

    # --- while it waits -------------------------------------------------------------------

    def slim(self, texts: Shared) -> None:
        """Hold no more than is told."""
        self.orm = None
        texts.share(self.statements)

    def size_of_texts(self) -> int:
        """Characters of its statements and events."""
        size = self.statements.text_size()
        if self.failed_statements or self.slow_statements:
            size += sum(len(each.text) for each in notable_of(self))
        for event in self.events or ():
            size += sum(len(value) for value in event.attributes.values() if isinstance(value, str))
        return size

    def shed_texts(self) -> None:
        """Keep what the request itself took, of all that happened in it only the numbers."""
        self.statements.clear()
        self.work = ()
        self.failed_statements = self.slow_statements = None
        self.dropped_events += len(self.events or ())
        self.events = None


def forget_current(record: Record) -> None:
    """A fault of ours has kept it from ending: what comes next in this context is not its."""
    if current.get() is record:
        current.set(None)


def caller_address(environ: dict) -> str | None:
    """The address of a request's caller; None behind a proxy that Odoo does not honour: it has the proxy's."""
    if "HTTP_X_FORWARDED_FOR" in environ or "HTTP_FORWARDED" in environ:
        # Left there by werkzeug's ProxyFix, which Odoo uses with ``proxy_mode``
        return environ.get("REMOTE_ADDR") if "werkzeug.proxy_fix.orig" in environ else None
    return environ.get("REMOTE_ADDR")

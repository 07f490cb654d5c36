"""A record: one request or job, from its beginning to its spans."""

from __future__ import annotations

import contextvars
import threading
import time
from typing import NamedTuple

from ..tools import otlp, trace_context, url
from .api_span import ApiSpan, type_name
from .extras import Extras
from .sampler import Sampler

# The record that the code running now belongs to.
current: contextvars.ContextVar[Record | None] = contextvars.ContextVar("odooops_record", default=None)
# Ids and the decision are made once, whoever asks first. Re-entrant: a signal handler may log, and a log line has ids.
_deciding = threading.RLock()


class Event(NamedTuple):
    """Something that happened within a record: ns since the epoch, a name, attributes."""

    time: int
    name: str
    attributes: dict[str, otlp.Value]


class Record(ApiSpan):
    """One request or job. Slots, since one is made for each request; implements ``tools.span.Finished``.

    ``statements`` holds (text, start in s since the epoch, duration in s) as the cursor reports
    them; ``statement_count`` and ``statement_time`` (s) are known once it has been aggregated.
    """

    __slots__ = (
        "_ids",
        "_is_sampled",
        "database",
        "duration",
        "error_type",
        "events",
        "extras",
        "hook",
        "is_nested",
        "job",
        "kind",
        "method",
        "parent",
        "path",
        "route",
        "sampler",
        "scheme",
        "started",
        "started_at",
        "statement_count",
        "statement_time",
        "statements",
        "status",
        "text_size",
        "user_agent",
        "user_id",
    )

    def __init__(self, sampler: Sampler):
        self.sampler = sampler
        self._ids: tuple[bytes, bytes] | None = None
        self._is_sampled: bool | None = None
        self.events: list[Event] | None = None  # made with the first event
        self.extras: Extras | None = None
        self.statements: list[tuple[str, float, float]] = []
        self.statement_count = 0
        self.statement_time = 0.0
        self.kind = otlp.KIND_SERVER
        self.parent: trace_context.Parent | None = None
        self.is_nested = False
        self.error_type: str | None = None
        self.route: str | None = None
        self.status = 0
        self.started_at = time.time_ns()
        self.started = time.perf_counter()

    def fail(self, error: BaseException) -> None:
        """Mark as failed; ``error.type`` is the qualified name of the exception's class."""
        self.error_type = type_name(type(error))

    def note(self, name: str, attributes: dict[str, otlp.Value], at: int | None = None) -> None:
        """Add an event whose attributes are as they should be told."""
        if self.events is None:
            self.events = []
        self.events.append(Event(at or time.time_ns(), name, attributes))

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

    def is_sampled(self) -> bool:
        """Whether it is kept whatever becomes of it; an error or a slow record is kept besides."""
        if self._is_sampled is None:
            trace_id, _span_id = self.ids()
            with _deciding:
                if self._is_sampled is None:
                    self._is_sampled = self.sampler.is_sampled(trace_id, self.parent)
        return self._is_sampled

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

    # --- what its span is made of, asked for in the sender thread -------------------------

    @property
    def name(self) -> str:
        if self.extras is not None and self.extras.annotations.name:
            return self.extras.annotations.name
        if self.kind != otlp.KIND_SERVER:
            return f"cron {self.job}"
        # https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name
        method = "HTTP" if self.method == "_OTHER" else self.method
        return f"{method} {self.route}" if self.route else method

    @property
    def span_count(self) -> int:
        extra = self.extras
        held = len(extra.held.spans) if extra and extra.held else 0
        return 1 + len(self.statements) + (len(extra.calls) if extra else 0) + held

    @property
    def parent_span_id(self) -> bytes:
        return self.parent.span_id if self.parent else b""

    @property
    def trace_state(self) -> str:
        return ""

    def attributes(self) -> dict[str, otlp.Value]:
        if self.kind != otlp.KIND_SERVER:
            return {"odoo.cron.name": self.job, "db.namespace": self.database}
        return {
            "http.request.method": self.method,
            "http.route": self.route,
            "http.response.status_code": self.status or None,
            "url.scheme": self.scheme,
            "url.path": url.path_without_secrets(_decoded(self.path), self.route),
            "user_agent.original": self.user_agent or None,
            "db.namespace": self.database,
            "user.id": str(self.user_id) if self.user_id else None,
        }


def _decoded(path: str) -> str:
    """The path as it was sent: WSGI hands its bytes over as latin-1 (PEP 3333)."""
    return path.encode("latin-1", "replace").decode("utf-8", "replace")

"""A record: one request or job, from its beginning to its spans."""

from __future__ import annotations

import contextvars
import time

from ..tools import otlp, trace_context, url

# The record that the code running now belongs to.
current: contextvars.ContextVar[Record | None] = contextvars.ContextVar("odooops_record", default=None)


class Record:
    """One request or job. Slots, since one is made for each request; implements ``tools.span.Finished``.

    ``statements`` holds (text, start in s since the epoch, duration in s) as the cursor reports
    them; ``statement_count`` and ``statement_time`` (s) are known once it has been aggregated.
    """

    __slots__ = (
        "database",
        "duration",
        "error_type",
        "hook",
        "is_nested",
        "job",
        "kind",
        "method",
        "parent",
        "path",
        "route",
        "scheme",
        "span_id",
        "started",
        "started_at",
        "statement_count",
        "statement_time",
        "statements",
        "status",
        "text_size",
        "trace_id",
        "user_agent",
        "user_id",
    )

    def __init__(self):
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
        cls = type(error)
        module = "" if cls.__module__ == "builtins" else f"{cls.__module__}."
        self.error_type = module + cls.__qualname__

    # --- what its span is made of, asked for in the sender thread -------------------------

    @property
    def name(self) -> str:
        if self.kind != otlp.KIND_SERVER:
            return f"cron {self.job}"
        # https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name
        method = "HTTP" if self.method == "_OTHER" else self.method
        return f"{method} {self.route}" if self.route else method

    @property
    def span_count(self) -> int:
        return 1 + len(self.statements)

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

"""What the span of a record is made of."""

from __future__ import annotations

from ..tools import otlp, semconv, trace_context, url


class RecordSpan:
    """The part of ``tools.span.Finished`` that :class:`telemetry.record.Record` makes of what it has; asked for in
    the sender thread."""

    __slots__ = ()

    @property
    def name(self) -> str:
        if self.extras is not None and self.extras.annotations.name:
            return self.extras.annotations.name
        if self.kind != otlp.KIND_SERVER:
            return f"cron {self.job}"
        if self.rpc_method and self.rpc_system:
            # https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/#name
            return self.rpc_method
        # https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name
        method = "HTTP" if self.method == "_OTHER" else self.method
        return f"{method} {self.route}" if self.route else method

    @property
    def rpc_system(self) -> str | None:
        """How a method was called; None for what is no call, whatever methods it called itself."""
        return semconv.RPC_SYSTEMS.get(self.route) if self.route else None

    def count_spans(self) -> int:
        count = 1 + len(self.statements) + len(self.work)
        # What few records have
        if self.failed_statements or self.slow_statements or self.summaries:
            count += sum(
                len(told or ()) for told in (self.failed_statements, self.slow_statements, self.summaries)
            )
        if extra := self.extras:
            count += len(extra.calls) + (len(extra.held.spans) if extra.held else 0)
        return count

    @property
    def parent_span_id(self) -> bytes:
        return self.parent.span_id if self.parent else b""

    @property
    def trace_state(self) -> str:
        """What the caller's tracing system passes along; nothing without a valid ``traceparent``."""
        return trace_context.parse_state(self.tracestate) if self.parent else ""

    @property
    def flags(self) -> int:
        """``Span.flags`` of OTLP."""
        remote = otlp.FLAGS_IS_REMOTE if self.parent else 0
        return self.trace_flags | otlp.FLAGS_HAS_IS_REMOTE | remote

    def traits(self) -> tuple:
        if self.kind != otlp.KIND_SERVER:
            return self.database, self.backend_pid, self.job, self.job_status
        return (
            self.database,
            self.backend_pid,
            self.route,
            self.rpc_method,
            self.method,
            self.status,
            self.scheme,
            self.path,
            self.user_agent,
            self.user_id,
            self.retries,
        )

    def attributes(self) -> dict[str, otlp.Value]:
        if self.kind != otlp.KIND_SERVER:
            return {
                "odoo.cron.name": self.job,
                "odoo.cron.status": self.job_status,
                "db.namespace": self.database,
                "odooops.postgresql.backend.pid": self.backend_pid,
            }
        system = self.rpc_system
        return {
            "rpc.system.name": system,
            "rpc.method": (self.rpc_method or semconv.UNKNOWN_METHOD) if system else None,
            "http.request.method": self.method,
            "http.route": self.route,
            "http.response.status_code": self.status or None,
            "url.scheme": self.scheme,
            "url.path": url.path_without_secrets(_decoded(self.path), self.route),
            "user_agent.original": self.user_agent or None,
            "db.namespace": self.database,
            "user.id": str(self.user_id) if self.user_id else None,
            "odooops.postgresql.backend.pid": self.backend_pid,
            "odoo.request.attempts": self.retries + 1 if self.retries else None,
        }


def _decoded(path: str) -> str:
    """The path as it was sent: WSGI hands its bytes over as latin-1 (PEP 3333)."""
    return path.encode("latin-1", "replace").decode("utf-8", "replace")

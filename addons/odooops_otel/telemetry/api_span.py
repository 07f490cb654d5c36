"""A record as a span of OpenTelemetry's API: what ``get_current_span()`` gives to code within a request or job.

    from opentelemetry import trace

    trace.get_current_span().set_attribute("shop.order.lines", len(order.line_ids))

What code says about a record is cut to limits (``tools.annotations``). Once the record has ended,
nothing is taken any more, as with any span.

https://opentelemetry.io/docs/specs/otel/trace/api/#span
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags, TraceState

from ..tools import annotations, failure, otlp, semconv, trace_context
from . import faults
from .extras import Extras

_STATUS = {
    StatusCode.UNSET: otlp.STATUS_UNSET,
    StatusCode.OK: otlp.STATUS_OK,
    StatusCode.ERROR: otlp.STATUS_ERROR,
}


def _guarded(method):
    """What a value does when it is looked at must not reach the application."""

    @functools.wraps(method)
    def call(*args, **kwargs):
        try:
            method(*args, **kwargs)
        except Exception:
            faults.report("Telemetry could not note what a module says of a request; Odoo is not affected.")

    return call


class ApiSpan:
    """The methods of ``opentelemetry.trace.Span`` for :class:`telemetry.record.Record`."""

    __slots__ = ()

    def extra(self) -> Extras:
        if self.extras is None:
            self.extras = Extras()
        return self.extras

    def get_span_context(self) -> SpanContext:
        extras = self.extra()
        if extras.span_context is None:
            trace_id, span_id = self.ids()
            extras.span_context = SpanContext(
                int.from_bytes(trace_id, "big"),
                int.from_bytes(span_id, "big"),
                is_remote=False,
                trace_flags=TraceFlags(self.trace_flags),
                trace_state=TraceState.from_header([self.trace_state]),
            )
        return extras.span_context

    def is_recording(self) -> bool:
        return self.hook is not None

    @_guarded
    def set_attribute(self, key: str, value: object) -> None:
        if self.is_recording():
            self.extra().annotations.set_attribute(key, value)

    @_guarded
    def set_attributes(self, attributes: Mapping[str, object]) -> None:
        for key, value in (attributes or {}).items():
            self.set_attribute(key, value)

    @_guarded
    def add_event(
        self, name: str, attributes: Mapping[str, object] | None = None, timestamp: int | None = None
    ) -> None:
        if self.is_recording():
            self.note(str(name)[: annotations.MAX_NAME], annotations.clean_all(attributes), timestamp)

    @_guarded
    def add_link(self, context: SpanContext, attributes: Mapping[str, object] | None = None) -> None:
        if self.is_recording() and context.is_valid:
            link = annotations.Link(
                context.trace_id.to_bytes(16, "big"),
                context.span_id.to_bytes(8, "big"),
                int(context.trace_flags),
                annotations.clean_all(attributes),
                trace_context.parse_state(context.trace_state.to_header()),
            )
            self.extra().annotations.add_link(link)

    @_guarded
    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """An error keeps the record, like one that Odoo answered with."""
        if self.is_recording():
            if isinstance(status, Status):
                status, description = status.status_code, status.description
            self.extra().annotations.set_status(_STATUS.get(status, otlp.STATUS_UNSET), description)

    @_guarded
    def update_name(self, name: str) -> None:
        if self.is_recording():
            self.extra().annotations.name = str(name)[: annotations.MAX_NAME]

    @_guarded
    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, object] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """An event as those of exceptions that Odoo answers; the message may hold anything and stays here."""
        if self.is_recording():
            described = {
                **annotations.clean_all(attributes),
                "exception.type": failure.type_name(exception),
                "exception.stacktrace": failure.stacktrace(exception),
            }
            self.note(semconv.EXCEPTION_EVENT, described, timestamp)

    def end(self, end_time: int | None = None) -> None:
        """Nothing: a record ends with its request or job."""

    def __enter__(self):
        return self

    def __exit__(self, *exc_info) -> None:
        """The same."""

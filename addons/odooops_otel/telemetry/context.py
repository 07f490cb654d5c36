"""OpenTelemetry's context within a record, without a cost for records in which nobody asks for it.

Nothing is set when a request begins. Whoever asks for the current context is given one with the
record as its current span, made when it is first asked for. A context that code attached counts for
the record in which it did so: what was attached and forgotten does not reach the next request of
the thread.
"""

from __future__ import annotations

import contextvars

from opentelemetry import context, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context.context import Context, _RuntimeContext

from .patch import replace
from .record import Record, caller_address, current

_NOTHING = Context()
# https://www.w3.org/TR/baggage/#limits
MAX_BAGGAGE = 8192


def instrument() -> None:
    """Make records the current spans of the OpenTelemetry API.

    The public way in (OTEL_PYTHON_CONTEXT) wants an entry point of an installed package, which an
    Odoo addon is not.
    """
    trace.Span.register(Record)
    replace(context, "_RUNTIME_CONTEXT", RecordContext(context._RUNTIME_CONTEXT))


class RecordContext(_RuntimeContext):
    """Contexts attached by code, each with the record in which it was, on top of those of ``previous``."""

    def __init__(self, previous: _RuntimeContext):
        self._previous = previous
        self._attached: contextvars.ContextVar[tuple[Record | None, Context] | None] = contextvars.ContextVar(
            "odooops_context", default=None
        )

    def attach(self, context: Context) -> contextvars.Token:
        return self._attached.set((current.get(), context))

    def detach(self, token: contextvars.Token) -> None:
        if token.var is self._attached:
            self._attached.reset(token)
        else:
            self._previous.detach(token)

    def get_current(self) -> Context:
        attached, record = self._attached.get(), current.get()
        if attached is not None and attached[0] is record:
            return attached[1]
        if record is not None:
            return of_record(record)
        return self._previous.get_current() if attached is None else _NOTHING


def of_record(record: Record) -> Context:
    """The context in which a record's code begins: the record as the span, and the baggage that it came with."""
    extras = record.extra()
    if extras.context is None:
        made = trace.set_span_in_context(record, _NOTHING)
        if header := _baggage(record):
            made = W3CBaggagePropagator().extract({"baggage": header}, made)
        extras.context = made
    return extras.context


def _baggage(record: Record) -> str | None:
    """The header of the request, from a caller that is trusted: code may take what is in it for true."""
    environ = record.environ
    if environ is None or "HTTP_BAGGAGE" not in environ or not record.sampler.trusts(caller_address(environ)):
        return None
    header = environ["HTTP_BAGGAGE"]
    # One that is cut would end in a value that nobody gave.
    return header if len(header) <= MAX_BAGGAGE else None

"""What only few records have: those in which OpenTelemetry's API was used, or another server was called."""

from __future__ import annotations

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext

from ..tools.annotations import Annotations
from ..tools.calls import Call
from ..tools.parts import Part

# Calls and parts of a record that become spans; all are counted.
MAX_CALLS = 200


class Extras:
    """Made when something of it is needed first.

    ``context`` is the OpenTelemetry context of the record's own code, ``held`` the spans of the SDK that
    share the record's fate (``telemetry.sdk_spans.Held``).
    """

    __slots__ = ("annotations", "calls", "context", "dropped_calls", "held", "span_context")

    def __init__(self):
        self.annotations = Annotations()
        self.calls: list[Call | Part] = []
        self.dropped_calls = 0
        self.context: Context | None = None
        self.span_context: SpanContext | None = None
        self.held = None

    def settle(self, *, is_kept: bool) -> None:
        """The record has ended: what is held on it goes with it, or is forgotten."""
        self.context = None  # which refers to the record
        if self.held is not None:
            self.held.release(is_kept=is_kept)

    def add_call(self, call: Call | Part) -> None:
        if len(self.calls) < MAX_CALLS:
            self.calls.append(call)
        else:
            self.dropped_calls += 1

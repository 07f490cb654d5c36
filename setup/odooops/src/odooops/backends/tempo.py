"""Tempo's HTTP API: https://grafana.com/docs/tempo/latest/api_docs/"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ..web import Refused, Server, ServerError, garbled

# How many traces one search gives at most.
PAGE = 1000
# What Tempo names the service of a trace that has no span without a parent; it leaves out the name.
ROOTLESS = "<root span not yet received>"


@dataclass(frozen=True)
class Summary:
    """One trace as a search finds it; times in nanoseconds."""

    trace_id: str
    service: str
    name: str
    start_ns: int
    duration_ns: int
    spans: int
    errors: int


@dataclass(frozen=True)
class Event:
    """Something that happened within a span, such as an exception; nanoseconds since the epoch."""

    time_ns: int
    name: str
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Span:
    """One span; ``parent_id`` is empty for the root, times are nanoseconds."""

    span_id: str
    parent_id: str
    name: str
    service: str
    kind: str
    start_ns: int
    end_ns: int
    is_error: bool
    attributes: dict[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


def search(server: Server, traceql: str, since: float, until: float, limit: int) -> list[Summary]:
    """Traces of a period that match, oldest first; raises ServerError."""
    params = {"q": traceql, "start": int(since), "end": int(until) + 1, "limit": limit}
    answer = server.get("/api/search", params)
    try:
        found = [_summary(trace) for trace in answer["traces"] or []]
    except (KeyError, TypeError, ValueError):
        raise garbled(server) from None
    return sorted(found, key=lambda trace: trace.start_ns)


def search_all(server: Server, traceql: str, since: float, until: float) -> Iterator[Summary]:
    """Every trace of a period that matches, oldest first; raises ServerError.

    Tempo has no pages: a period with a full answer is asked for in halves. Of a second with more than ``PAGE`` traces
    it gives ``PAGE``. A trace that lasts from one half to the other comes twice.
    """
    found = search(server, traceql, since, until, PAGE)
    first, last = int(since), int(until)
    if len(found) < PAGE or first >= last:
        yield from found
        return
    middle = (first + last) // 2
    yield from search_all(server, traceql, first, middle)
    yield from search_all(server, traceql, middle + 1, last)


def trace(server: Server, trace_id: str, seconds: float = 30) -> list[Span]:
    """The spans of one trace in the order of their start, [] when Tempo does not have it; raises ServerError."""
    try:
        answer = server.get(f"/api/v2/traces/{trace_id}", seconds=seconds)
    except Refused as error:
        if error.status == 404:
            return []
        raise
    try:
        spans = [
            _span(span, _attributes(part.get("resource", {})))
            for part in answer["trace"].get("resourceSpans", [])
            for scope in part["scopeSpans"]
            for span in scope["spans"]
        ]
    except (KeyError, TypeError, ValueError):
        raise garbled(server) from None
    return sorted(spans, key=lambda span: (span.start_ns, -span.end_ns))


def with_root(server: Server, found: Summary) -> Summary:
    """The trace named by its topmost known span when its root is not in this store: whoever called may keep it."""
    if found.service != ROOTLESS:
        return found
    try:
        spans = trace(server, found.trace_id)
    except ServerError:  # of this one trace: the list is worth more
        return found
    ids = {span.span_id for span in spans}
    top = next((span for span in spans if span.parent_id not in ids), None)
    return replace(found, service=top.service, name=top.name) if top else found


def _summary(found: dict[str, Any]) -> Summary:
    stats = (found.get("serviceStats") or {}).values()
    return Summary(
        # Tempo leaves out zeros at the beginning.
        trace_id=found["traceID"].zfill(32),
        service=found.get("rootServiceName", ""),
        name=found.get("rootTraceName", ""),
        start_ns=int(found["startTimeUnixNano"]),
        duration_ns=int(found.get("durationMs", 0)) * 1_000_000,
        spans=sum(part.get("spanCount", 0) for part in stats),
        errors=sum(part.get("errorCount", 0) for part in stats),
    )


def _span(span: dict[str, Any], resource: dict[str, Any]) -> Span:
    return Span(
        span_id=_hex(span["spanId"]),
        parent_id=_hex(span.get("parentSpanId", "")),
        name=span.get("name", ""),
        service=str(resource.get("service.name", "")),
        kind=span.get("kind", "").removeprefix("SPAN_KIND_").lower(),
        start_ns=int(span["startTimeUnixNano"]),
        end_ns=int(span["endTimeUnixNano"]),
        is_error=span.get("status", {}).get("code") == "STATUS_CODE_ERROR",
        attributes=_attributes(span),
        events=[_event(event) for event in span.get("events", [])],
    )


def _event(event: dict[str, Any]) -> Event:
    return Event(int(event["timeUnixNano"]), event.get("name", ""), _attributes(event))


def _hex(encoded: str) -> str:
    """Identifiers are bytes, which the JSON form of protobuf writes in base64."""
    return base64.b64decode(encoded).hex()


def _attributes(holder: dict[str, Any]) -> dict[str, Any]:
    return {pair["key"]: _value(pair.get("value", {})) for pair in holder.get("attributes", [])}


def _value(value: dict[str, Any]) -> Any:
    """An AnyValue of OTLP: https://opentelemetry.io/docs/specs/otel/common/#anyvalue"""
    for kind, content in value.items():
        if kind == "intValue":
            return int(content)
        if kind == "arrayValue":
            return [_value(item) for item in content.get("values", [])]
        if kind == "kvlistValue":
            return _attributes({"attributes": content.get("values", [])})
        return content
    return None

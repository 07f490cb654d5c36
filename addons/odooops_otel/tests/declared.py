"""What a receiver was sent that tools/semconv does not declare. Needs nothing of Odoo."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from ..tools import gauges, semconv
from ..tools.metrics import OTHER

# What other libraries send through us bears their own names, under scopes of their own.
SCOPE = "odooops_otel"
# What the tests' own application code says by OpenTelemetry's API on the span of its request.
_APPLICATION = re.compile(r"(shop|probe)\.|picked$|again$")
_METRICS = {metric.name: metric for metric in semconv.METRICS}
_EVENTS = {event.name: frozenset(event.attributes) for event in semconv.EVENTS}
_TYPES = {attribute.name: attribute.type for attribute in semconv.ATTRIBUTES}
_KINDS = {
    "string_value": "string",
    "int_value": "int",
    "double_value": "double",
    "bool_value": "boolean",
}
_names = cache(semconv.attribute_names)  # asked for each record of tens of thousands
# The data of an OTLP metric, and whether it only rises, by kind.
_DATA = {
    "histogram": ("histogram", None),
    "counter": ("sum", True),
    "updowncounter": ("sum", False),
    "gauge": ("gauge", None),
}


def undeclared(message) -> Iterator[str]:
    """One line for each name in an official request message that is not declared, or not so."""
    kind = {"ExportTraceServiceRequest": "spans", "ExportMetricsServiceRequest": "metrics"}
    name = kind.get(type(message).__name__, "logs")
    check = {"spans": _span, "metrics": _metric, "logs": _log}[name]
    for group in getattr(message, f"resource_{name}"):
        for scoped in getattr(group, f"scope_{name}"):
            # The scope of a log entry is the logger.
            if scoped.scope.name == SCOPE or (name == "logs" and scoped.scope.name.startswith("odoo.")):
                yield from _unknown("resource", group.resource.attributes)
                for item in getattr(scoped, {"logs": "log_records"}.get(name, name)):
                    yield from check(item)


def _unknown(signal: str, attributes: Iterable) -> Iterator[str]:
    ours = [attribute for attribute in attributes if not _APPLICATION.match(attribute.key)]
    names = {attribute.key for attribute in ours}
    yield from (f"{signal} attribute {name}" for name in sorted(names - _names(signal)))
    yield from _mistyped(ours)


def _mistyped(attributes: Iterable) -> Iterator[str]:
    """Attributes with a value of another type than the one that is promised (docs/telemetry.schema.json)."""
    for attribute in attributes:
        declared, found = _TYPES.get(attribute.key), _type(attribute.value)
        # What is beyond the limit of an attribute's values stands for many.
        if declared and found and found != declared and attribute.value.string_value != OTHER:
            yield f"attribute {attribute.key} is of type {found}, declared as {declared}"


def _type(value) -> str | None:
    """An array is as its first item is."""
    if value.WhichOneof("value") != "array_value":
        return _KINDS.get(value.WhichOneof("value"))
    items = value.array_value.values
    return f"{_type(items[0])}[]" if items else None


def _span(span) -> Iterator[str]:
    yield from _unknown("span", span.attributes)
    for event in span.events:
        known = _EVENTS.get(event.name)
        if known is None:
            if not _APPLICATION.match(event.name):
                yield f"event {event.name}"
        else:
            yield from (f"{event.name}: {pair.key}" for pair in event.attributes if pair.key not in known)


def _log(record) -> Iterator[str]:
    yield from _unknown("log", record.attributes)


def _metric(metric) -> Iterator[str]:
    declared = _METRICS.get(metric.name) or _gauge(metric)
    if declared is None:
        yield f"metric {metric.name}"
        return
    data = metric.WhichOneof("data")
    is_monotonic = metric.sum.is_monotonic if data == "sum" else None
    if (data, is_monotonic) != _DATA[declared.kind] or metric.unit != declared.unit:
        yield f"metric {metric.name} as a {data} in {metric.unit}"
    known = {*declared.attributes, "otel.metric.overflow"}
    for point in getattr(metric, data).data_points:
        yield from _mistyped(point.attributes)
        yield from (f"{metric.name}: {pair.key}" for pair in point.attributes if pair.key not in known)


def _gauge(metric) -> semconv.Metric | None:
    """The metric of a business gauge, which no code declares: its name and fields are somebody's own."""
    if not metric.name.startswith(gauges.PREFIX):
        return None
    found = {pair.key for point in metric.gauge.data_points for pair in point.attributes}
    fields = (
        name.removeprefix(gauges.LABEL_PREFIX) for name in found if name.startswith(gauges.LABEL_PREFIX)
    )
    return gauges.metric(metric.name.removeprefix(gauges.PREFIX), metric.unit, metric.description, fields)

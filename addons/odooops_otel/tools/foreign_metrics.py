"""Metrics of other libraries without secrets in the values of their attributes.

They come from the SDK's encoder as an ``ExportMetricsServiceRequest``. Two series that are told apart by nothing but
a secret become one: a receiver refuses two points of the same series.
"""

from __future__ import annotations

from collections.abc import Iterable

from .foreign import sanitize_attributes
from .redact import DEFAULT, Policy


def sanitize(message, policy: Policy = DEFAULT) -> None:
    """Change a message in place."""
    for resource in message.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                kind = metric.WhichOneof("data")
                if kind:
                    _sanitize_points(kind, getattr(metric, kind).data_points, policy)


def _sanitize_points(kind: str, points, policy: Policy) -> None:
    kept: dict[tuple, object] = {}
    for point in points:
        sanitize_attributes(point.attributes, policy)
        for exemplar in getattr(point, "exemplars", ()):
            sanitize_attributes(exemplar.filtered_attributes, policy)
        key = tuple(sorted((item.key, item.value.SerializeToString()) for item in point.attributes))
        if key in kept:
            _merge(kind, kept[key], point)
        else:
            kept[key] = point
    if len(kept) < len(points):
        _replace(points, kept.values())


def _merge(kind: str, into, point) -> None:
    """Add what may be added up; of states one is left, as nothing says what they are together."""
    if kind == "sum":
        _add(into, point)
    elif kind == "histogram" and list(into.explicit_bounds) == list(point.explicit_bounds):
        counts = [ours + theirs for ours, theirs in zip(into.bucket_counts, point.bucket_counts, strict=True)]
        into.bucket_counts[:] = counts
        into.count += point.count
        into.sum += point.sum
        into.min, into.max = min(into.min, point.min), max(into.max, point.max)
    into.start_time_unix_nano = min(into.start_time_unix_nano, point.start_time_unix_nano)


def _add(into, point) -> None:
    """The sum of two numbers, whole or not."""
    if into.WhichOneof("value") == point.WhichOneof("value") == "as_int":
        into.as_int += point.as_int
    else:
        into.as_double = _number(into) + _number(point)


def _number(point) -> float:
    return float(getattr(point, point.WhichOneof("value") or "as_int"))


def _replace(points, kept: Iterable) -> None:
    copies = []
    for point in kept:
        copy = type(point)()
        copy.CopyFrom(point)
        copies.append(copy)
    del points[:]
    points.extend(copies)

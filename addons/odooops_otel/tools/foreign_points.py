"""Metrics of other libraries without secrets in the values of their attributes.

They come from the SDK's encoder as an ``ExportMetricsServiceRequest``. Two series that are told apart by nothing but
a secret become one: a receiver refuses two points of the same series.
"""

from __future__ import annotations

from .foreign import sanitize_attributes
from .foreign_metrics import merged
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
    for point in points:
        sanitize_attributes(point.attributes, policy)
        for exemplar in getattr(point, "exemplars", ()):
            sanitize_attributes(exemplar.filtered_attributes, policy)
    kept = merged(kind, points)
    if len(kept) < len(points):
        del points[:]
        points.extend(kept)

"""Metrics of other libraries within the limits of ours: attributes of a metric, values of an attribute, series.

They come from the SDK's encoder as messages of ``opentelemetry.proto``, cumulative and each time all of them. The SDK
knows no limit: an id in an attribute would be a series for each record. What is beyond a limit is added up in one
series, so that totals stay right, and the same values stay themselves from one export to the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from . import metrics

MAX_ATTRIBUTES = 10
# Text of an example.
MAX_TEXT = 200

Place = tuple[str, str]


class Limits:
    """What has been seen so far.

    :param on_overflow: called with metric, attribute, an example and how many series more than in the last export
        found no room; the attribute is ``metrics.OVERFLOW`` where the metric has too many series
    """

    def __init__(self, on_overflow: Callable[[str, str, str, int], None]):
        self._on_overflow = on_overflow
        self._values: dict[Place, set[bytes]] = {}
        self._series: dict[str, set[bytes]] = {}
        self._folded: Counter[Place] = Counter()
        self._examples: dict[Place, str] = {}

    def apply(self, message) -> None:
        """Change an ``ExportMetricsServiceRequest`` or ``MetricsData`` in place."""
        before, self._folded = self._folded, Counter()
        for metric in _metrics(message):
            self._limit(metric)
        for place, series in self._folded.items():
            if series > before[place]:
                self._on_overflow(*place, self._examples[place], series - before[place])

    def cardinality(self) -> Iterator[tuple[str, str, int, int]]:
        """Metric, attribute, number of values and their limit; then each metric with its series."""
        for (metric, attribute), values in list(self._values.items()):
            yield metric, attribute, len(values), metrics.MAX_VALUES
        for metric, series in list(self._series.items()):
            yield metric, metrics.OVERFLOW, len(series), metrics.MAX_POINTS

    def _limit(self, metric) -> None:
        kind = metric.WhichOneof("data")
        points = getattr(metric, kind).data_points
        folded = self._folded.total()
        for point in points:
            self._cut(metric.name, point)
        if self._folded.total() > folded:
            kept = merged(kind, points)
            del points[:]
            points.extend(kept)

    def _cut(self, name: str, point) -> None:
        for attribute in point.attributes[MAX_ATTRIBUTES:]:
            self._report(name, attribute.key, attribute)
        del point.attributes[MAX_ATTRIBUTES:]
        for attribute in point.attributes:
            if not _has_room(
                self._values.setdefault((name, attribute.key), set()),
                attribute.value.SerializeToString(),
                metrics.MAX_VALUES,
            ):
                self._report(name, attribute.key, attribute)
                attribute.value.string_value = metrics.OTHER
        if not _has_room(self._series.setdefault(name, set()), _key(point), metrics.MAX_POINTS):
            self._report(name, metrics.OVERFLOW, *point.attributes)
            del point.attributes[:]
            point.attributes.add(key=metrics.OVERFLOW).value.bool_value = True

    def _report(self, metric: str, name: str, *attributes) -> None:
        self._folded[metric, name] += 1
        if (metric, name) not in self._examples:
            values = (
                getattr(each.value, each.value.WhichOneof("value") or "string_value") for each in attributes
            )
            self._examples[metric, name] = ", ".join(map(str, values))[:MAX_TEXT]


def _has_room(seen: set[bytes], value: bytes, limit: int) -> bool:
    """Whether a value is among those seen, or may become one of them."""
    if value not in seen:
        if len(seen) >= limit:
            return False
        seen.add(value)
    return True


def _metrics(message) -> Iterator:
    for resource in message.resource_metrics:
        for scope in resource.scope_metrics:
            yield from scope.metrics


def _key(point) -> bytes:
    return b"".join(sorted(attribute.SerializeToString() for attribute in point.attributes))


def merged(kind: str, points) -> list:
    """One point for each set of attributes."""
    kept: dict[bytes, object] = {}
    for point in points:
        key = _key(point)
        if key in kept:
            _MERGES.get(kind, _keep_newest)(kept[key], point)
        else:
            kept[key] = type(point)()
            kept[key].CopyFrom(point)
    return list(kept.values())


def _keep_newest(into, point) -> None:
    """Of states, which cannot be added up, and of kinds of histograms that the SDK does not make by itself."""
    if point.time_unix_nano > into.time_unix_nano:
        into.CopyFrom(point)


def _add_number(into, point) -> None:
    """Both are integers or both are floats, but for a library that changes its mind."""
    total = _number(into) + _number(point)
    setattr(into, "as_int" if isinstance(total, int) else "as_double", total)


def _number(point) -> float:
    return getattr(point, point.WhichOneof("value") or "as_int")


def _add_histogram(into, point) -> None:
    if list(into.explicit_bounds) != list(point.explicit_bounds):
        return
    into.min, into.max = min(into.min, point.min), max(into.max, point.max)
    into.count += point.count
    into.sum += point.sum
    for index, count in enumerate(point.bucket_counts):
        into.bucket_counts[index] += count


_MERGES = {"sum": _add_number, "histogram": _add_histogram}

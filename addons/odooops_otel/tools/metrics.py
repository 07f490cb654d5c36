"""Aggregation in place: a recording is an addition in a dictionary.

An instrument keeps one point for each combination of attribute values (its *key*, a tuple in
the order of the metric's declaration, None where the attribute is absent). The fast path is one
dictionary lookup; limits are checked only when a new combination appears.

Points are cumulative since the process started, or since those before it in its place. Callers serialise access with
one lock.
"""

from __future__ import annotations

import bisect
import functools
import operator
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple

from . import otlp
from .semconv import Metric

Key = tuple[str | int | None, ...]

# An attribute that takes more values than this is a mistake (an id in a route): the rest is
# counted under one value, and the overflow is counted by metric and attribute.
MAX_VALUES = 1000
# The product of attributes is bounded too, at the OpenTelemetry SDK's overflow attribute.
# https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits
MAX_POINTS = 10_000
OTHER = "other"
OVERFLOW = "otel.metric.overflow"
# The key of the point that takes what is beyond MAX_POINTS: shorter than any other key.
_OVERFLOW_KEY: Key = ()


class Export(NamedTuple):
    """The body of an OTLP ``Metric`` and the number of its points."""

    body: bytes
    points: int


class Point:
    """One series: a histogram's buckets, or a sum."""

    __slots__ = (
        "attributes_body",
        "buckets",
        "exemplars",
        "told_buckets",
        "told_total",
        "total",
        "was_exported",
    )

    def __init__(self, size: int, attributes_body: bytes):
        self.buckets = [0] * size
        self.total = 0
        # By bucket, as otlp.exemplar() takes them: most are replaced before they are sent.
        self.exemplars: dict[int, tuple[float, int, bytes, bytes]] = {}
        self.attributes_body = attributes_body
        self.was_exported = False
        # What the last export has said.
        self.told_buckets, self.told_total = self.buckets[:], 0

    def absorb(self, other: Point) -> None:
        """Count also what another one has counted and not told yet: what it has told is counted under its name."""
        self.total += other.total - other.told_total
        untold = map(operator.sub, other.buckets, other.told_buckets)
        self.buckets[:] = map(operator.add, self.buckets, untold)
        self.exemplars |= other.exemplars


class Instrument:
    """A counter or a histogram with its points.

    :param on_overflow: called with (metric name, attribute name, value) for each recording whose value was
        replaced; the attribute is OVERFLOW where the metric has too many points, and the values are all of it
    :param redact: what is shown of an attribute's value, by its name; only asked for one that has not been seen
    """

    def __init__(
        self,
        metric: Metric,
        on_overflow: Callable[[str, str, str], None] | None = None,
        redact: Callable[[str, str | int], str | int] | None = None,
    ):
        self.metric = metric
        self.bounds = metric.bounds
        self.points: dict[Key, Point] = {}
        self._values: list[set] = [set() for _attribute in metric.attributes]
        self._on_overflow = on_overflow
        self._redact = redact
        self._field = 9 if metric.kind == "histogram" else 7
        self._bounds_body = otlp.bounds(metric.bounds)
        self._fresh: list[Point] = []
        # When counting began, ns since the epoch, where that was before the process started.
        self.since: int | None = None

    def add(self, key: Key, amount: float) -> None:
        """Count ``amount`` in the series of ``key``."""
        self.find(key).total += amount

    def record(self, key: Key, value: float) -> Point:
        """Put ``value`` into its bucket of the series of ``key``."""
        point = self.find(key)
        self.put(point, value)
        return point

    def record_all(self, key: Key, values: Collection[float]) -> None:
        """:meth:`record` for many values of one series."""
        point = self.find(key)
        for bucket in map(functools.partial(bisect.bisect_left, self.bounds), values):
            point.buckets[bucket] += 1
        point.total += sum(values)

    def put(self, point: Point, value: float) -> None:
        """Put ``value`` into its bucket: bucket i holds bounds[i-1] < value <= bounds[i]."""
        point.total += value
        point.buckets[bisect.bisect_left(self.bounds, value)] += 1

    def exemplify(self, point: Point, value: float, time: int, span_id: bytes, trace_id: bytes) -> None:
        """Keep the last example of each bucket until it has been exported."""
        point.exemplars[bisect.bisect_left(self.bounds, value)] = (value, time, span_id, trace_id)

    def find(self, key: Key) -> Point:
        """The series of ``key``, made when it is new."""
        return self.points.get(key) or self._limited_point(key)

    def redact_again(self) -> None:
        """Redact the series that there are: ``redact`` finds more than before.

        What becomes one is added up from the last export on. A series that began with all that its parts have told
        would look like as many events at once.
        """
        if self._redact is None:
            return
        points, self.points = self.points, {}
        self._values = [set() for _attribute in self.metric.attributes]
        shown = {key: tuple(map(self._limited, range(len(key)), key)) for key in points}
        self.points.update((key, point) for key, point in points.items() if shown[key] == key)
        for key, point in points.items():
            if shown[key] != key:
                self._limited_point(shown[key]).absorb(point)

    def _limited_point(self, key: Key) -> Point:
        key = tuple(self._limited(index, value) for index, value in enumerate(key))
        point = self.points.get(key)
        if point is None and len(self.points) >= MAX_POINTS:
            self._report(OVERFLOW, ", ".join(map(str, key)))
            key = _OVERFLOW_KEY
            point = self.points.get(key)
        if point is None:
            size = len(self.bounds) + 1 if self.bounds else 0
            point = self.points[key] = Point(size, self._encode(key))
        return point

    def _limited(self, index: int, value: str | int | None):
        seen = self._values[index]
        if value in seen or value is None:
            return value
        if self._redact is not None:
            value = self._redact(self.metric.attributes[index], value)
        if value in seen:
            return value
        if len(seen) < MAX_VALUES:
            seen.add(value)
            return value
        self._report(self.metric.attributes[index], str(value))
        return OTHER

    def _report(self, attribute: str, value: str) -> None:
        if self._on_overflow:
            self._on_overflow(self.metric.name, attribute, value)

    def cardinality(self) -> Iterator[tuple[str, int, int]]:
        """Each attribute with the number of its values and their limit, then OVERFLOW with that of the series."""
        for attribute, values in zip(self.metric.attributes, self._values, strict=True):
            yield attribute, len(values), MAX_VALUES
        if self.metric.attributes:
            yield OVERFLOW, len(self.points), MAX_POINTS

    def _encode(self, key: Key) -> bytes:
        if key == _OVERFLOW_KEY and self.metric.attributes:
            return otlp.attributes(self._field, {OVERFLOW: True})
        return otlp.attributes(self._field, zip(self.metric.attributes, key, strict=True))

    def export(self, start: int, previous: int, time: int, lock: AbstractContextManager) -> Export | None:
        """All series as an OTLP ``Metric``, or None while nothing was recorded.

        :param start: when the process started; where counting began before, that counts
        :param previous: when the last export that arrived was made, or ``start``
        :param lock: held for the copy of one point at a time, so that no request waits for an export
        """
        start = self.since or start
        with lock:
            points = list(self.points.values())
        bodies = [body for point in points for body in self._bodies(point, start, previous, time, lock)]
        if not bodies:
            return None
        encode = otlp.histogram if self.metric.kind == "histogram" else otlp.sum_
        return Export(
            encode(self.metric.name, self.metric.description, self.metric.unit, bodies), len(bodies)
        )

    def settle(self, *, arrived: bool) -> None:
        """Say what became of the last export: series that begin in it begin anew if it was lost."""
        for point in self._fresh:
            point.was_exported = arrived
        self._fresh.clear()

    def _bodies(self, point: Point, start: int, previous: int, time: int, lock) -> Iterator[bytes]:
        """A new series begins with a point at zero.

        Without it PromQL's ``rate`` and ``increase`` miss what was counted before the first
        export (the first error of a route, or all that a short-lived worker did), and a worker
        that takes over a slot may hide its restart by having counted more than its predecessor.
        """
        with lock:
            buckets, total = point.told_buckets, point.told_total = list(point.buckets), point.total
            exemplars, point.exemplars = point.exemplars, {}
        if not point.was_exported:
            # Of the same type: a series is of integers or of floats.
            yield self._body(point, [0] * len(buckets), type(total)(), (), start, previous)
            point.was_exported = True
            self._fresh.append(point)
        yield self._body(point, buckets, total, exemplars.values(), start, time)

    def _body(self, point: Point, buckets, total, exemplars, start: int, time: int) -> bytes:
        if self.metric.kind != "histogram":
            return otlp.number_point(total, start, time, point.attributes_body)
        return otlp.histogram_point(
            buckets=buckets,
            total=float(total),
            bounds_body=self._bounds_body,
            start=start,
            time=time,
            attributes_body=point.attributes_body,
            exemplars=[otlp.exemplar(*each) for each in exemplars],
        )

"""Statements as metrics, and as what a record says about its own: how many of each shape, and for how long.

Runs where the aggregator does; whoever calls holds its lock.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..tools import metrics, semconv
from ..tools.diagnosis import Tally
from ..tools.metrics import OTHER, Point
from ..tools.notable import NotableStatement
from ..tools.shape import Shape, Shapes
from . import table_modules

# Shapes of a database whose series are at hand.
MAX_SERIES = 2000


class Series(NamedTuple):
    """Where the statements of a shape are counted: by operation, and by table if there is one."""

    operation: Point
    time: Point | None
    number: Point | None


class StatementCounts:
    """The instruments for statements of a process.

    :param make: makes an instrument, with the limits of all
    """

    def __init__(self, make: Callable[[semconv.Metric], metrics.Instrument]):
        self.operations = make(semconv.DB_CLIENT_OPERATION_DURATION)
        self.table_time = make(semconv.SQL_TABLE_TIME)
        self.table_statements = make(semconv.SQL_TABLE_STATEMENTS)
        self.instruments = (self.operations, self.table_time, self.table_statements)
        self.shapes = Shapes()
        self.modules = table_modules.shared
        # By database, then by shape
        self._series: dict[str | None, dict[Shape, Series]] = {}
        # Where the statements go that another record has counted
        self._uncounted = Series(metrics.Point(len(self.operations.bounds) + 1, b""), None, None)

    def count(
        self, statements: Iterable[tuple[str, float, float]], database: str | None, *, is_counted: bool = True
    ) -> tuple[Tally, float]:
        """Put statements into the metrics.

        :param is_counted: not those that another record has counted
        :return: what they were, and their time together in s
        """
        tally: Tally = {}
        self.shapes.begin()
        known, read, bisect_left = self.shapes.known.get, self.shapes.read, bisect.bisect_left
        bounds, total = self.operations.bounds, 0.0
        for query, start, delay in statements:
            # The clock was set back meanwhile; a counter must not fall.
            if delay < 0.0:
                delay = 0.0
            shape = known(query) or read(query)
            entry = tally.get(shape)
            if entry is None:
                series = self._find(database, shape) if is_counted else self._uncounted
                entry = tally[shape] = [0, 0.0, start, start, series.operation.buckets, series]
            entry[0] += 1
            entry[1] += delay
            entry[3] = start + delay
            entry[4][bisect_left(bounds, delay)] += 1
            total += delay
        if is_counted:
            _add(tally)
        return tally, total

    def forget(self) -> None:
        """The instruments have other series now."""
        self._series.clear()

    def forget_database(self, database: str) -> None:
        """It is gone; what it has counted stays."""
        self._series.pop(database, None)
        self.modules.forget(database)

    def count_failed(
        self, statements: Iterable[NotableStatement], database: str | None, *, is_counted: bool = True
    ) -> tuple[Tally, float]:
        """As :meth:`count`, of statements that raised: what waited for a lock and was refused took its time, too."""
        tally: Tally = {}
        total = 0.0
        for failed in statements:
            shape, seconds = self.shapes.of(failed.text), max(failed.duration, 0.0)
            entry = tally.setdefault(shape, [0, 0.0, failed.start, failed.start])
            entry[0] += 1
            entry[1] += seconds
            entry[3] = failed.start + seconds
            total += seconds
            if is_counted:
                key = (semconv.POSTGRESQL, database, shape.operation, failed.error_type)
                self.operations.record(key, seconds)
                _add_to_table(self._find(database, shape), 1, seconds)
        return tally, total

    def _find(self, database: str | None, shape: Shape) -> Series:
        """The series of a shape, one look-up for all."""
        known = self._series.setdefault(database, {})
        return known.get(shape) or self._make(known, database, shape)

    def _make(self, known: dict[Shape, Series], database: str | None, shape: Shape) -> Series:
        operation = self.operations.find((semconv.POSTGRESQL, database, shape.operation, None))
        if not shape.table:
            return Series(operation, None, None)
        modules = self.modules.of(database)
        # One that is of no model has no name here: it may be temporary, one of thousands.
        table = shape.table if shape.table in modules else OTHER
        key = (table, modules.get(shape.table), database)
        found = Series(operation, self.table_time.find(key), self.table_statements.find(key))
        # Without its models yet, the next statement of the shape asks again.
        if modules:
            if len(known) >= MAX_SERIES:
                known.clear()
            known[shape] = found
        return found


def _add(tally: Tally) -> None:
    """The sums, one addition a shape."""
    for count, seconds, _first, _last, _buckets, series in tally.values():
        series.operation.total += seconds
        _add_to_table(series, count, seconds)


def _add_to_table(series: Series, count: int, seconds: float) -> None:
    if series.time is not None:
        series.time.total += seconds
        series.number.total += count

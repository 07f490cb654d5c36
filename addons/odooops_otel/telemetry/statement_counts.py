"""Statements as metrics, and as what a record says about its own: how many of each shape, and for how long.

Runs where the aggregator does; whoever calls holds its lock.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable

from ..tools import metrics, semconv, statement
from ..tools.diagnosis import Tally
from ..tools.metrics import OTHER, Point
from ..tools.notable import NotableStatement
from ..tools.shape import Shape, Shapes
from .table_modules import TableModules

# Shapes of a database whose series are at hand.
MAX_POINTS = 2000


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
        self.modules = TableModules()
        # By database, then by shape: the series of time and number
        self._points: dict[str | None, dict[Shape, tuple[Point, Point]]] = {}
        self._uncounted = [0] * (len(self.operations.bounds) + 1)

    def count(
        self, statements: list[tuple[str, float, float]], database: str | None, *, is_counted: bool = True
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
                buckets = self._buckets(database, shape.operation) if is_counted else self._uncounted
                entry = tally[shape] = [0, 0.0, start, buckets]
            entry[0] += 1
            entry[1] += delay
            entry[3][bisect_left(bounds, delay)] += 1
            total += delay
        if is_counted:
            self._add(tally, database)
        return tally, total

    def count_failed(self, statements: list[NotableStatement], database: str | None) -> None:
        for failed in statements:
            key = (semconv.POSTGRESQL, database, statement.operation(failed.text), failed.error_type)
            self.operations.record(key, max(failed.duration, 0.0))

    def _buckets(self, database: str | None, operation: str) -> list[int]:
        return self._operation(database, operation).buckets

    def _operation(self, database: str | None, operation: str) -> Point:
        return self.operations.find((semconv.POSTGRESQL, database, operation, None))

    def _add(self, tally: Tally, database: str | None) -> None:
        """The sums, one look-up a shape."""
        points = self._points.setdefault(database, {})
        for shape, (count, seconds, _start, _buckets) in tally.items():
            self._operation(database, shape.operation).total += seconds
            if shape.table:
                time, number = points.get(shape) or self._table(points, database, shape)
                time.total += seconds
                number.total += count

    def _table(self, points: dict, database: str | None, shape: Shape) -> tuple[Point, Point]:
        """The series of a table. One that is of no model has no name here: it may be temporary, one of thousands."""
        modules = self.modules.of(database)
        is_known = shape.table in modules
        key = (shape.table if is_known else OTHER, modules.get(shape.table), database)
        found = self.table_time.find(key), self.table_statements.find(key)
        # Without its models yet, the next statement of the shape asks again.
        if modules:
            if len(points) >= MAX_POINTS:
                points.clear()
            points[shape] = found
        return found

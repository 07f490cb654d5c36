"""Statements as metrics, and as what a record says about its own: how many of each shape, and for how long.

Runs where the aggregator does; whoever calls holds its lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ..tools import metrics, semconv
from ..tools.diagnosis import Tally
from ..tools.metrics import OTHER, Point
from ..tools.notable import NotableStatement
from ..tools.shape import Shape, Shapes
from ..tools.statements import Statements, Sums
from . import faults, table_modules

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
    :param make_sums: makes what statements are put together in (telemetry/compiled.py)
    """

    def __init__(self, make: Callable[[semconv.Metric], metrics.Instrument], make_sums: Callable = Sums):
        self._make_sums = make_sums
        # By database, what has been added since it was told
        self._sums: dict[str | None, Sums] = {}
        # Records whose statements these are
        self._added = 0
        # Those of one record, empty between one and the next
        self._own = make_sums(())
        self.operations = make(semconv.DB_CLIENT_OPERATION_DURATION)
        self.table_time = make(semconv.SQL_TABLE_TIME)
        self.table_statements = make(semconv.SQL_TABLE_STATEMENTS)
        self.instruments = (self.operations, self.table_time, self.table_statements)
        self.shapes = Shapes()
        # By database, until the next time that somebody is told
        self._modules: dict[str | None, Mapping[str, str | None]] = {}
        # By database, then by shape
        self._series: dict[str | None, dict[Shape, Series]] = {}

    def add(self, sent: Statements, database: str | None) -> float:
        """Count statements, when :meth:`tell` is called; their seconds together."""
        sums = self._sums.get(database)
        if sums is None:
            sums = self._sums[database] = self._make_sums(self.operations.bounds)
        self._added += 1
        return sums.add(sent)

    def tell(self) -> None:
        """Have the instruments count what was added: texts are few, and records many."""
        self.shapes.begin(self._added)
        self._added = 0
        try:
            # A report of ours may run SQL, and that comes back to us with another database.
            for database, sums in list(self._sums.items()):
                self._tell(database, sums)
        finally:
            self._modules.clear()

    def _tell(self, database: str | None, sums: Sums) -> None:
        for group in sums.take():
            try:
                self._count(database, *group)
            except Exception:
                faults.report("Telemetry could not count a statement; Odoo is not affected.")

    def _count(
        self, database: str | None, text: str, count: int, seconds: float, _first: float, _end: float, buckets
    ) -> None:
        series = self._find(database, self.shapes.of(text))
        series.operation.total += seconds
        counted = series.operation.buckets
        for bucket, number in buckets:
            counted[bucket] += number
        _add_to_table(series, count, seconds)

    def tally(self, sent: Statements) -> Tally:
        """What statements are, by their shape."""
        self._own.take()
        self._own.add(sent)
        self.shapes.begin()
        return self._own.tally(self.shapes.known, self.shapes.read)

    def modules_of(self, database: str | None) -> Mapping[str, str | None]:
        """Modules by table: looked up once for many records."""
        modules = self._modules.get(database)
        if modules is None:
            modules = self._modules[database] = table_modules.shared.of(database)
        return modules

    def seconds(self, sent: Statements) -> float:
        """Those of statements that somebody else counts."""
        seconds = self._own.add(sent)
        self._own.take()
        return seconds

    def forget(self) -> None:
        """The instruments have other series now."""
        self._series.clear()

    def forget_database(self, database: str) -> None:
        """It is gone; what it has counted stays."""
        self.tell()
        self._series.pop(database, None)
        self._sums.pop(database, None)
        table_modules.shared.forget(database)

    def count_failed(
        self, raised: Iterable[NotableStatement], database: str | None, *, is_counted: bool = True
    ) -> tuple[Tally, float]:
        """Count statements that raised: what waited for a lock and was refused took its time, too.

        :param is_counted: not those that another record has counted
        :return: what they were, and their time together in s
        """
        tally: Tally = {}
        total = 0.0
        for failed in raised:
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
        modules = self.modules_of(database)
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


def _add_to_table(series: Series, count: int, seconds: float) -> None:
    if series.time is not None:
        series.time.total += seconds
        series.number.total += count

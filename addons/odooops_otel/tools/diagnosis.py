"""What the statements of a request or job say about it: those that repeat themselves, and where its time went.

A statement that is sent again and again with other values ("N+1": one for a list and one more for each of its
entries) is the most common reason why something in Odoo is slow, and the easiest to mend, once somebody says where.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from . import otlp, semconv
from .place import Place
from .shape import Shape
from .shares import Shares

# From so many on it is a repetition. Lines of code: telemetry/lines.py.
MIN_REPEATED = 5
MAX_REPEATED = 3
# Shapes that are told apart in one record.
MAX_SHAPES = 1000
# What is done to records; savepoints, for one, come in pairs with other statements.
_COUNTED = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "MERGE", "VALUES", "COPY"})

_COUNT = operator.itemgetter(0)

# By shape: how many, seconds together, when the first began and the last ended (s since the epoch).
Tally = dict[Shape, list]


class Repetition(NamedTuple):
    """Statements of one shape, and the line of code that sent (most of) them, if it was seen."""

    shape: Shape
    count: int
    seconds: float
    start: float
    place: Place | None
    is_remembered: bool = False  # it was seen in another request or job of the kind

    def attributes(self) -> dict[str, otlp.Value]:
        """Those of its event."""
        told = {
            "db.query.summary": self.shape.summary,
            "db.query.text": self.shape.text,
            "odoo.sql.count": self.count,
            "odoo.sql.time": self.seconds,
        }
        if self.is_remembered:
            told["odoo.sql.repeated.remembered"] = True
        return told | code(self.place)


def code(place: Place | None) -> dict[str, otlp.Value]:
    """A line of code as attributes. https://opentelemetry.io/docs/specs/semconv/code/"""
    if place is None:
        return {}
    return {
        "code.file.path": place.file,
        "code.line.number": place.line,
        "code.function.name": place.function,
    }


def merge(tally: Tally, more: Tally) -> None:
    """Add what another part of the same record was; shapes beyond the limit lose their text."""
    for shape, (count, seconds, start, end, *_rest) in more.items():
        entry = tally.get(shape)
        if entry is None and len(tally) >= MAX_SHAPES:
            shape = _vague(tally, shape)
            entry = tally.get(shape)
        if entry is None:
            tally[shape] = [count, seconds, start, end]
        else:
            entry[0] += count
            entry[1] += seconds
            entry[2:] = min(entry[2], start), max(entry[3], end)


def _vague(tally: Tally, shape: Shape) -> Shape:
    """The one of an operation that takes what is too much."""
    found = (each for each in tally if not each.text and each.operation == shape.operation)
    return next(found, None) or Shape(shape.operation, "", "")


def has_repetitions(tally: Tally) -> bool:
    """Whether there is any: most requests repeat nothing."""
    return max(map(_COUNT, tally.values()), default=0) >= MIN_REPEATED


def repetitions(tally: Tally, lines: Iterable[tuple[Shape | None, Place]]) -> list[Repetition]:
    """The shapes that repeat themselves and took most time, at most MAX_REPEATED.

    :param lines: where statements came from, as far as it was looked for
    """
    found = [
        (shape, entry)
        for shape, entry in tally.items()
        if entry[0] >= MIN_REPEATED and shape.text and shape.operation in _COUNTED
    ]
    found.sort(key=lambda each: (each[1][1], each[1][0]), reverse=True)
    told = found[:MAX_REPEATED]
    places = _most_common({shape: {} for shape, _entry in told}, lines)
    return [Repetition(shape, *entry[:3], places.get(shape)) for shape, entry in told]


def _most_common(
    counts: dict[Shape, dict[Place, int]], lines: Iterable[tuple[Shape | None, Place]]
) -> dict[Shape, Place]:
    """Where most of the statements of each shape came from."""
    for shape, place in lines:
        if (counted := counts.get(shape)) is not None:
            counted[place] = counted.get(place, 0) + 1
    return {shape: max(counted, key=counted.get) for shape, counted in counts.items() if counted}


def attributes(found: Sequence[Repetition], shares: Shares) -> dict[str, otlp.Value]:
    """Those of the span of a record: the repetition that took most time, and the shares of tables and modules."""
    told: dict[str, otlp.Value] = {}
    if found:
        worst = found[0]
        told = {
            "odoo.sql.repeated.count": worst.count,
            "odoo.sql.repeated.time": worst.seconds,
            "odoo.sql.repeated.summary": worst.shape.summary,
        }
        if worst.place is not None:
            told["odoo.sql.repeated.place"] = str(worst.place)
        if worst.is_remembered:
            told["odoo.sql.repeated.remembered"] = True
    tables, modules = shares
    if tables[0]:
        told["odoo.sql.table.names"], told["odoo.sql.table.times"] = tables
    if modules[0]:
        told["odoo.sql.module.names"], told["odoo.sql.module.times"] = modules
    return told


def events(found: Sequence[Repetition]) -> list[tuple[str, dict[str, otlp.Value], int]]:
    """Name, attributes and time (ns since the epoch) of the event of each repetition."""
    return [(semconv.REPEATED_EVENT, each.attributes(), int(each.start * 1e9)) for each in found]

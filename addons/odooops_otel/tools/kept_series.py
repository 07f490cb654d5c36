"""Series of a counter that go on with the next process: what is kept of them, and how another continues them.

A row is a key and what was counted: ``["http.server.request.duration", "http.route", 7]``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .metrics import Instrument

# Series that are kept, those that have counted most; others begin at zero again.
MAX_SERIES = 100

Row = list[Any]


def rows(counter: Instrument) -> list[Row]:
    """What the last export says of a counter, the series first that have counted most."""
    told = [[*key, point.told_total] for key, point in list(counter.points.items()) if point.told_total]
    return sorted(told, key=lambda row: (-row[-1], row[:-1]))[:MAX_SERIES]


def go_on(counter: Instrument, found: Any) -> None:
    """Have a counter continue what another process has told; nothing of it where that are no rows of such a counter."""
    if not _are_rows(found, len(counter.metric.attributes)):
        return
    for *key, total in found[:MAX_SERIES]:
        point = counter.find(tuple(key))
        point.total = point.told_total = total
        # It does not begin at zero: who received it would take it for one that was reset.
        point.was_exported = True


def _are_rows(found: Any, attributes: int) -> bool:
    return isinstance(found, list) and all(_is_row(row, attributes) for row in found)


def _is_row(row: Any, attributes: int) -> bool:
    if not isinstance(row, list) or len(row) != attributes + 1:
        return False
    return _are_texts(row[:-1]) and type(row[-1]) is int and row[-1] > 0


def _are_texts(key: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in key)

"""Which tables, and which modules, took most of the time that a record's statements took."""

from __future__ import annotations

from collections.abc import Mapping

from .shape import Shape

# Names, and the seconds of each, the greatest first.
Greatest = tuple[tuple[str, ...], tuple[float, ...]]
Shares = tuple[Greatest, Greatest]
NOTHING: Shares = (((), ()), ((), ()))
# Of each, in what is told of a record.
MAX_SHARES = 5


def shares(tally: Mapping[Shape, list], modules: Mapping[str, str | None], most: int) -> Shares:
    """Those of tables and of modules, at most so many of each.

    ``native/`` has the same, compiled; this module's tests hold the two equal.

    :param tally: by shape: how many statements, seconds together, and what else is known
    :param modules: the module that a table belongs to
    """
    by_table: dict[str, float] = {}
    by_module: dict[str, float] = {}
    for shape, (_count, seconds, *_rest) in tally.items():
        if table := shape.table:
            by_table[table] = by_table.get(table, 0.0) + seconds
            if module := modules.get(table):
                by_module[module] = by_module.get(module, 0.0) + seconds
    return _greatest(by_table, most), _greatest(by_module, most)


def _greatest(seconds: Mapping[str, float], most: int) -> Greatest:
    names = sorted(seconds, key=seconds.get, reverse=True)[:most]
    return tuple(names), tuple([seconds[name] for name in names])

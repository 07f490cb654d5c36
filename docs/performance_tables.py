"""Tables of what benchmarks measured (``tests/perf/*.py --json``)."""

from collections.abc import Iterable, Mapping, Sequence

from markdown_table import table

Row = Mapping[str, object]


def tables(rows: Sequence[Row]) -> str:
    """A table for each set of labels, a line for each case, a column for each figure; then where it ran."""
    kinds: dict[tuple[str, ...], list[Row]] = {}
    machines = []
    for row in rows:
        if "load" in row:
            machines.append(row)
        else:
            kinds.setdefault(tuple(row["labels"]), []).append(row)
    parts = [pivot(names, found) for names, found in kinds.items()]
    return "\n".join([*parts, *map(ran_on, machines)])


def pivot(names: Sequence[str], rows: Iterable[Row]) -> str:
    """One table: ``names`` are the labels, which come first."""
    cases: dict[tuple[str, ...], dict[str, str]] = {}
    figures: dict[str, None] = {}
    for row in rows:
        figures[row["figure"]] = None
        cases.setdefault(tuple(row["labels"].values()), {})[row["figure"]] = cell(row)
    head = [*names, *figures]
    lines = [[*case, *(found.get(figure, "") for figure in figures)] for case, found in cases.items()]
    return table(head, lines)


def cell(row: Row) -> str:
    """Value, noise and goal; bold where the goal is missed."""
    unit = f" {row['unit']}" if row["unit"] else ""
    noise = f" ± {number(row['noise'])}" if row["noise"] is not None else ""
    value = f"{number(row['value'])}{noise}{unit}"
    value = value if row["met"] else f"**{value}**"
    bound = "≥" if row["at_least"] else "≤"
    return value if row["goal"] is None else f"{value} ({bound} {number(row['goal'])})"


def number(value: float) -> str:
    """Three digits that count, and no more before the point than there are."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def ran_on(row: Row) -> str:
    """The line below the tables."""
    machine = f"{row['value']:.0f} processors, Python {row['python']}"
    if "call" in row:
        machine += f", {row['call']:g} ns for a call of an empty function"
    return f"{machine}; load when it began: {row['load']:g}\n"

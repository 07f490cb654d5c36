"""Data as it is printed: tables and details for people, JSON and YAML for programs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from .colour import Palette
from .text import clean, table

FORMATS = ("table", "json", "ndjson", "yaml")
# Where a command has a page of its own; it comes as text.
MARKDOWN = "markdown"
KIB = 1024
NOTHING = "-"
TOLD = {"waiting": "not computed yet", "good": "told", "suspended": "switched off"}
PLAIN = Palette(is_on=False)


@dataclass(frozen=True)
class Column:
    """One column of a table, or one line of the details of a single thing.

    ``kind`` is "text", "moment" (ISO 8601, shown in local time), "size" (bytes), "seconds", or "told" (the state of a
    gauge, in the words of Odoo's list).
    """

    head: str
    key: str
    kind: str = "text"
    is_detail: bool = False
    """Whether a table leaves it out."""


def data(found: Any, output: str) -> str:
    """What was found for programs; "" for an empty list as ndjson."""
    if output == "yaml":
        return yaml.safe_dump(found, sort_keys=False, allow_unicode=True, default_flow_style=False).rstrip()
    if output == "ndjson":
        return "\n".join(map(compact, found if isinstance(found, list) else [found]))
    return json.dumps(found, indent=2, ensure_ascii=False)


def compact(found: Any) -> str:
    """One thing as JSON on one line."""
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def rows(found: Sequence[dict[str, Any]], columns: Iterable[Column], palette: Palette) -> str:
    """A line for each; columns that are empty in all of them are left out."""
    shown = [column for column in columns if not column.is_detail and _is_filled(column, found)]
    lines = [[cell(row.get(column.key), column.kind) for column in shown] for row in found]
    heads = [column.head.upper() for column in shown]
    head, *body = table([heads, *lines]).splitlines()
    # Coloured after it was aligned: escapes have no width.
    return "\n".join([palette.head(head), *(palette.states(line) for line in body)])


def row(found: dict[str, Any], columns: Iterable[Column], palette: Palette) -> str:
    """One line of a table without its head, for what comes bit by bit."""
    cells = [cell(found.get(column.key), column.kind) for column in columns if not column.is_detail]
    return palette.states(clean("  ".join(cells)))


def details(found: dict[str, Any], columns: Sequence[Column], palette: Palette) -> str:
    """One thing, a line for each of its columns that is not empty."""
    shown = [column for column in columns if _is_filled(column, [found])]
    width = max((len(column.head) for column in shown), default=0)
    lines = []
    for column in shown:
        first, *more = cell(found[column.key], column.kind).splitlines() or [""]
        lines.append(f"{clean(column.head).ljust(width)}  {palette.states(clean(first))}")
        # Set in, text of others cannot pass for a line of its own.
        lines += [f"{'':{width}}  {clean(line)}" for line in more]
    return "\n".join(lines)


def cell(value: Any, kind: str) -> str:
    """One value as text."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if kind == "moment":
        return local(str(value))
    if kind == "size":
        return size(value)
    if kind == "seconds":
        return seconds(value)
    if kind == "told":
        return TOLD.get(value, str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(cell(item, kind) for item in value)
    return compact(value) if isinstance(value, dict) else str(value)


def local(text: str) -> str:
    """A moment of ISO 8601 in local time with its offset; what is none stays as it is."""
    try:
        at = datetime.fromisoformat(text).astimezone()
    except ValueError:
        return text
    offset = at.strftime("%z")
    return f"{at:%Y-%m-%d %H:%M:%S}{offset[:3]}:{offset[3:]}"


def size(number: float) -> str:
    """Bytes with a fitting unit: "1.5 GiB"."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(number) < KIB:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= KIB
    return f"{number:.1f} TiB"


def seconds(number: float) -> str:
    """A length of time: "3.2 s", "4 min 5 s", "2 h 5 min"."""
    if number < 60:
        return f"{number:.3g} s"
    minutes, rest = divmod(round(number), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _is_filled(column: Column, found: Sequence[dict[str, Any]]) -> bool:
    return any(row.get(column.key) not in (None, "", [], {}) for row in found)

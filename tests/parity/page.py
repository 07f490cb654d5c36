#!/usr/bin/env python3
"""Writes docs/operations.md from the rows: ``python3 tests/parity/page.py``."""

import functools
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "docs"))

from markdown_table import table  # noqa: E402
from operations import OPERATIONS  # noqa: E402
from operations.table import Button, Call, Cli, Delete, Dialog, Form, Menu, No, Operation, Schedule, Yaml  # noqa: E402

PAGE = ROOT / "docs" / "operations.md"
HEAD = """\
# Everything that can be done, and every way to do it

<!-- Written by tests/parity/page.py from tests/parity/operations; tests/e2e/test_operations.py runs each cell. -->

Nothing can be done in the backend alone: each row is an operation, and it has the same effect and asks for the same
role whichever way it is called. XML-RPC, JSON-RPC and `/json/2` take the method and the arguments by name;
[the command line](cli.md) uses `/json/2`; YAML is [configuration as code](configuration.md).

"""
COLUMNS = (
    "Operation",
    "Least role",
    "Backend",
    "XML-RPC, JSON-RPC, `/json/2`",
    "`odooops …`",
    "YAML",
    "Scheduled action",
)


def page(operations: tuple[Operation, ...] = OPERATIONS) -> str:
    """The page: a table, then the reasons for what is empty."""
    reasons: list[str] = []
    rows = [_row(operation, reasons) for operation in operations]
    notes = "".join(
        f"{number}. {reason[0].upper()}{reason[1:]}.\n" for number, reason in enumerate(reasons, 1)
    )
    return f"{HEAD}{table(COLUMNS, rows)}\n## Why some cells are empty\n\n{notes}"


def _row(operation: Operation, reasons: list[str]) -> list[str]:
    cells = (operation.ui, operation.call, operation.cli, operation.yaml, operation.schedule)
    ways = [_cell(cell, reasons) for cell in cells]
    return [f"{operation.does}<br>`{operation.name}`", operation.role, *ways]


def _cell(cell: object, reasons: list[str]) -> str:
    match cell:
        case No(reason):
            if reason not in reasons:
                reasons.append(reason)
            return f"– ({reasons.index(reason) + 1})"
        case Call(model, method):
            return f"`{model}` `{method}`"
        case Cli(words):
            return f"`{' '.join(word.upper().strip('{}') if word[0] == '{' else word for word in words)}`"
        case Yaml(section, text):
            return f"`{section}`, {'applied' if text else 'exported'}"
        case Schedule(action):
            return f"`{action.partition('.')[2]}`"
    return _place(cell)


def _place(cell: object) -> str:
    """Where in the backend."""
    match cell:
        case Menu(menu):
            return _path(menu)
        case Form(menu, on=on):
            return f"{_path(menu)}, {'Edit' if on else 'New'}"
        case Delete(menu):
            return f"{_path(menu)}, Delete"
        case Dialog(menu):
            return f"{_path(menu)}, dialog"
        case Button(view, method):
            return f"button `{method}` of `{view.partition('.')[2]}`"
    raise TypeError(cell)


def _path(menu: str) -> str:
    """The names of a menu and those above it, but for the application's own."""
    addon, _dot, name = menu.partition(".")
    names = []
    while name in (items := _menus(addon)) and (parent := items[name].get("parent")):
        names.insert(0, items[name].get("name"))
        # A menu may be below one of another addon.
        addon, name = parent.split(".") if "." in parent else (addon, parent)
    return " › ".join(names) or f"`{menu}`"


@functools.cache
def _menus(addon: str) -> dict[str, ElementTree.Element]:
    file = ROOT / "addons" / addon / "views" / f"{addon}_menus.xml"
    return {item.get("id"): item for item in ElementTree.parse(file).iter("menuitem")}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""The access table as a page of Markdown: ``docs/access.md``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

TITLES = {
    "viewer": "Viewer",
    "operator": "Operator",
    "auditor": "Auditor",
    "admin": "Administrator",
    "everybody": "everybody",
    "records": "by records",
    "": "**nobody said**",
}
HEAD = """\
# Who may do what

Made of the rights that Odoo checks; a test fails when it is out of date. [roles.md](roles.md) says what the roles are
for and how they are given.

A role stands for those that include it, too: viewers are included in every other role, operators in administrators. A
role that was given in some environments holds in those.
"""
MODELS = """\
## Records

By the backend, XML-RPC, JSON-RPC and `/json/2` alike. "–" is nobody: such records are made by what happens.
"""
METHODS = """\
## Methods

"By records" means: what the table above says about the records it is called on. "Everywhere" means: the role has to be
held in all environments.
"""
ROUTES = """\
## Routes
"""
NOTHING = "None.\n"


def render(table: Mapping[str, Sequence[Mapping]]) -> str:
    """The page of a table that ``odooops.access.get_access_table()`` returned."""
    parts = [
        HEAD,
        MODELS,
        _table(("Model", "Read", "Write", "Create", "Delete", "Which"), map(_model, table["models"])),
        METHODS,
        _table(("Model", "Method", "Role", "Everywhere", "Does"), map(_method, table["methods"])),
        ROUTES,
        _table(("Path", "Verbs", "Signed in as", "Role"), map(_route, table["routes"])),
    ]
    return "\n".join(parts)


def _model(row: Mapping) -> tuple[str, ...]:
    holders = [_roles(row["operations"][operation]) for operation in ("read", "write", "create", "unlink")]
    return (f"`{row['model']}`", *holders, "; ".join(row["rules"]) or "all")


def _method(row: Mapping) -> tuple[str, ...]:
    everywhere = "yes" if row["everywhere"] else ""
    return (f"`{row['model']}`", f"`{row['method']}`", TITLES[row["role"]], everywhere, row["summary"])


def _route(row: Mapping) -> tuple[str, ...]:
    return (f"`{row['path']}`", ", ".join(row["verbs"]) or "any", row["auth"], TITLES[row["role"]])


def _roles(roles: Sequence[str]) -> str:
    return ", ".join(TITLES.get(role, role) for role in roles) or "–"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose columns are as wide as their widest cell, the way prettier writes it."""
    cells = [head, *([cell.replace("|", r"\|") for cell in row] for row in rows)]
    if len(cells) == 1:
        return NOTHING
    widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(head))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "".join(f"| {line} |\n" for line in lines)

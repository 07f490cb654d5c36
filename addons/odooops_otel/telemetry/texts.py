"""Statements as text: Odoo's hooks are given what was executed, which may be bytes or a composition of psycopg2's."""

from __future__ import annotations

from psycopg2 import sql

# Characters of a statement that are kept while its record waits: execute_values() makes statements of megabytes.
MAX_TEXT = 4096


def short_text(query: str | bytes | sql.Composable) -> str:
    """The beginning of a statement. Values of a composition are left out, names are quoted."""
    if isinstance(query, bytes):
        return query[:MAX_TEXT].decode("utf-8", "replace")
    return str(query[:MAX_TEXT] if isinstance(query, str) else _compose(query)[:MAX_TEXT])


def _compose(part: sql.Composable) -> str:
    if isinstance(part, sql.Composed):
        return "".join(map(_compose, part.seq))
    if isinstance(part, sql.SQL):
        return part.string
    if isinstance(part, sql.Identifier):
        return ".".join('"{}"'.format(name.replace('"', '""')) for name in part.strings)
    return "%s"

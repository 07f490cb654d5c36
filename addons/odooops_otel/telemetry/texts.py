"""Statements as text: Odoo's hooks are given what was executed, which may be bytes or a composition of psycopg2's."""

from __future__ import annotations

from psycopg2 import sql

from ..tools.statements import Statements

# Characters of a statement that are kept while its record waits: execute_values() makes statements of megabytes.
MAX_TEXT = 4096


# Texts that are held once, and how long they may be: a longer one has values in it, and does not come again.
MAX_SHARED = 1000
MAX_SHARED_TEXT = 2000


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


class Shared:
    """The same few texts that come again and again, each time as another object: one of each is held.

    ``sys.intern`` would do, but never lets go of a text again in some versions of Python 3.12.
    """

    def __init__(self):
        self._known: dict[str, str] = {}

    def share(self, statements: Statements) -> None:
        """Have statements hold the texts that are held here."""
        statements.share(self._known, MAX_SHARED_TEXT)
        # Begin anew when there are too many.
        if len(self._known) > MAX_SHARED:
            self._known.clear()

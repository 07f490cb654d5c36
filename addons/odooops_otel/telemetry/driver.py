"""``ODOOOPS_SQL=driver``: spans of statements from the PostgreSQL driver, also of connections that are not Odoo's.

For diagnosis: each statement costs some thirty microseconds, kept or not. Statements are counted by
Odoo's hooks all the same.
"""

from __future__ import annotations

from opentelemetry.instrumentation.psycopg2 import CursorTracer, Psycopg2Instrumentor

from .recorder import MAX_TEXT

_get_statement = CursorTracer.get_statement


def instrument() -> None:
    """Have connections that are opened from now on make spans."""
    CursorTracer.get_statement = _beginning(_get_statement)
    Psycopg2Instrumentor().instrument()


def uninstrument() -> None:
    Psycopg2Instrumentor().uninstrument()
    CursorTracer.get_statement = _get_statement


def _beginning(original):
    """Rows of an INSERT are megabytes, and bytes: their beginning says all that is told of them."""

    def get_statement(self, cursor, args):
        text = original(self, cursor, args)[:MAX_TEXT]
        return text.decode("utf-8", "replace") if isinstance(text, bytes) else text

    return get_statement

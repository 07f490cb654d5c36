"""Spans of statements from the PostgreSQL driver, also of connections that are not Odoo's.

For diagnosis: each statement costs some thirty microseconds, kept or not. Statements are counted by Odoo's hooks all
the same. ``driver_choice`` says which connections are traced, and when.
"""

from __future__ import annotations

import threading
import weakref

import psycopg2
from opentelemetry.instrumentation.psycopg2 import CursorTracer, DatabaseApiIntegration, Psycopg2Instrumentor

from .texts import MAX_TEXT

_get_statement = CursorTracer.get_statement
# By connection what made its cursors before.
_traced: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def trace(connection) -> None:
    """Have cursors that the connection makes from now on make spans."""
    with _lock:
        if connection in _traced:
            return
        CursorTracer.get_statement = _beginning
        own = connection.cursor_factory
        _integration().wrapped_connection(_adopting(connection), (), {"cursor_factory": own} if own else {})
        _traced[connection] = own


def untrace(connection) -> None:
    """Have its cursors be as they were; those of somebody else stay."""
    with _lock:
        if connection in _traced:
            connection.cursor_factory = _traced.pop(connection)


def uninstrument() -> None:
    """Leave the driver as it was."""
    for connection in list(_traced):
        untrace(connection)
    CursorTracer.get_statement = _get_statement


def _integration() -> DatabaseApiIntegration:
    return DatabaseApiIntegration(
        Psycopg2Instrumentor.__module__,  # who makes the spans, not who chose it
        Psycopg2Instrumentor._DATABASE_SYSTEM,
        connection_attributes=Psycopg2Instrumentor._CONNECTION_ATTRIBUTES,
        connect_module=psycopg2,
    )


def _adopting(connection):
    """In place of what would open a connection: gives one that is open what it would have got."""

    def connect(*, cursor_factory):
        connection.cursor_factory = cursor_factory
        return connection

    return connect


def _beginning(self, cursor, args):
    """Rows of an INSERT are megabytes, and bytes: their beginning says all that is told of them."""
    text = _get_statement(self, cursor, args)[:MAX_TEXT]
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text

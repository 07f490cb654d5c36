"""Statements that raised: Odoo's hooks see only those that did not, but the exception knows where it came from.

What an application catches by itself is seen where it goes on: a transaction in which a statement has failed takes
no other until it has been rolled back, to a savepoint or as a whole. No statement that succeeds pays for that.
"""

from __future__ import annotations

import inspect
import sys

import psycopg2

from odoo import sql_db

from ..tools import failure
from ..tools.notable import NotableStatement
from . import faults, runtime
from .lines import place_at
from .patch import wrap
from .record import Record, current
from .record_statements import backend_pid
from .texts import short_text


def instrument() -> None:
    wrap(sql_db.Savepoint, "__exit__", _exit)
    wrap(sql_db.Cursor, "rollback", _rollback)


def _exit(original):
    def __exit__(self, exc_type, exc_val, exc_tb):
        if exc_val is not None and (record := current.get()) is not None:
            note_failed(record, exc_val)
        return original(self, exc_type, exc_val, exc_tb)

    return __exit__


def _rollback(original):
    def rollback(self):
        # Within an ``except`` there is something to be found.
        error = sys.exc_info()[1]
        if error is not None and (record := current.get()) is not None:
            note_failed(record, error)
        return original(self)

    return rollback


def note_backend(record: Record, cursor) -> None:
    """Note PostgreSQL's process that a record's transaction is in."""
    try:
        record.backend_pid = backend_pid(cursor)
    except Exception:
        faults.report("Telemetry could not tell the backend of a transaction; the request goes on.")


def note_failed(record: Record, error: BaseException) -> None:
    """Note the statement that an exception comes from, if it comes from one."""
    try:
        for each in failure.chain(error):
            if isinstance(each, psycopg2.Error) and (statement := _statement_of(each)):
                record.add_failed_statement(statement)
    except Exception:
        faults.report("Telemetry could not note a statement that failed; the request is not affected.")


def _statement_of(error: psycopg2.Error) -> NotableStatement | None:
    """What ``Cursor.execute`` was about to do when this was raised."""
    code = inspect.unwrap(sql_db.Cursor.execute).__code__
    traceback, place = error.__traceback__, None
    while traceback and traceback.tb_frame.f_code is not code:
        place = place_at(traceback.tb_frame, traceback.tb_lineno) or place
        traceback = traceback.tb_next
    if not traceback:
        return None
    # Parameters are among the variables, too; they are not looked at.
    found = traceback.tb_frame.f_locals
    statement = NotableStatement(
        short_text(found["query"]),
        found["start"],
        found["delay"],
        backend_pid(found["self"]),
        place,
    )
    statement.is_slow = (
        runtime.active is not None and statement.duration >= runtime.active.settings.slow_statement
    )
    statement.error_type, statement.code = failure.type_name(error), error.pgcode
    return statement

"""Statements that raised: Odoo's hooks see only those that did not, but the exception knows where it came from.

One that the application catches by itself is not seen.
"""

from __future__ import annotations

import inspect

import psycopg2

from odoo import sql_db

from ..tools import failure
from . import faults
from .record import FailedStatement, Record
from .recorder import short_text


def note_failed(record: Record, error: BaseException) -> None:
    """Note the statement that an exception comes from, if it comes from one."""
    try:
        for each in failure.chain(error):
            if isinstance(each, psycopg2.Error) and (statement := _statement_of(each)):
                record.add_failed_statement(statement)
    except Exception:
        faults.report("Telemetry could not note a statement that failed; the request is not affected.")


def _statement_of(error: psycopg2.Error) -> FailedStatement | None:
    """What ``Cursor.execute`` was about to do when this was raised."""
    code = inspect.unwrap(sql_db.Cursor.execute).__code__
    traceback = error.__traceback__
    while traceback and traceback.tb_frame.f_code is not code:
        traceback = traceback.tb_next
    if not traceback:
        return None
    # Parameters are among the variables, too; they are not looked at.
    found = traceback.tb_frame.f_locals
    text = short_text(found["query"], found["self"])
    return FailedStatement(text, found["start"], found["delay"], failure.type_name(error), error.pgcode)

"""COPY: Odoo's cursor hands it to the driver past its own ``execute``, so no hook hears of it."""

from __future__ import annotations

import time

from odoo import sql_db

from . import faults
from .patch import add
from .record import current

# The methods of psycopg2's cursor, and the statement that each of them sends for a table.
_COPIES = {
    "copy_from": 'COPY "{}" FROM STDIN',
    "copy_to": 'COPY "{}" TO STDOUT',
    "copy_expert": None,  # which is given it
}


def instrument() -> None:
    for name, statement in _COPIES.items():
        add(sql_db.Cursor, name, _copy(name, statement))


def _copy(name: str, statement: str | None):
    def copy(self, *args, **kwargs):
        started = time.time()
        result = getattr(self._obj, name)(*args, **kwargs)
        _note(self, statement, started, args, kwargs)
        return result

    copy.__name__ = copy.__qualname__ = name
    return copy


def _note(cursor, statement: str | None, started: float, args: tuple, kwargs: dict) -> None:
    """Have it counted as any other statement of the request or job."""
    record = current.get()
    if record is None or record.hook is None:
        return
    try:
        if statement is None:
            text = kwargs["sql"] if "sql" in kwargs else args[0]
        else:
            text = statement.format(kwargs["table"] if "table" in kwargs else args[1])
        record.hook(cursor, text, None, started, time.time() - started)
    except Exception:
        faults.report("Telemetry could not count a COPY; Odoo is not affected.")

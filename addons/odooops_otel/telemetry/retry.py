"""Attempts: Odoo runs a request again when a concurrent transaction was in the way, or it has to write after all."""

from __future__ import annotations

from psycopg2.errors import ReadOnlySqlTransaction

from odoo.service import model as service_model

from ..tools import failure
from . import cache, statements
from .patch import wrap
from .record import current


def instrument() -> None:
    wrap(service_model, "retrying", _retrying)


def _retrying(original):
    def retrying(func, env):
        record = current.get()
        if record is None:
            return original(func, env)
        failed_with = ""

        def attempt():
            nonlocal failed_with
            if failed_with:
                record.retry(failed_with)
            statements.note_backend(record, env.cr)
            cache.note_lookups(record, env.cr)
            try:
                result = func()
                # As Odoo does next; then it finds nothing to do. Most conflicts come to light here.
                if not env.cr._closed:
                    env.cr.flush()
                return result
            except Exception as error:
                failed_with = failure.type_name(error)
                statements.note_failed(record, error)
                raise
            finally:
                cache.count_lookups(record)

        try:
            return original(attempt, env)
        except ReadOnlySqlTransaction as error:
            # http.Request._serve_db runs it once more, with a cursor that may write.
            if env.cr.readonly:
                record.retry(failure.type_name(error))
            raise

    return retrying

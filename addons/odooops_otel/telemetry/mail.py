"""Mail: what is sent and taken in, and (asked by the leader) what waits.

Its parts in the addon ``mail`` are there once a registry has been loaded that has it (:func:`instrument_loaded`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..tools import failure, otlp, semconv
from ..tools.observation import Observation
from . import runtime
from .measuring import Measured
from .patch import wrap, wrap_once

_FETCHMAIL = "odoo.addons.mail.models.fetchmail"
_THREAD = "odoo.addons.mail.models.mail_thread"

# Those that have been sent are many, and mostly deleted.
_QUEUE = """
    SELECT state,
           count(*),
           coalesce(extract(epoch FROM now() AT TIME ZONE 'UTC' - min(greatest(create_date, scheduled_date)) FILTER (
               WHERE scheduled_date IS NULL OR scheduled_date <= now() AT TIME ZONE 'UTC'
           )), 0)::float8
      FROM mail_mail
     WHERE state IN ('outgoing', 'exception')
  GROUP BY state
"""


def instrument() -> None:
    wrap(IrMail_Server, "send_email", _send_email)


def instrument_loaded() -> None:
    """Wrap what the addon ``mail`` brings, if it has been imported."""
    if fetchmail := sys.modules.get(_FETCHMAIL):
        wrap_once(fetchmail.FetchmailServer, "_connect__", _connect)
    if thread := sys.modules.get(_THREAD):
        wrap_once(thread.MailThread, "message_process", _message_process)


def _send_email(original):
    def send_email(self, message, *args, **kwargs):
        if runtime.active is None:
            return original(self, message, *args, **kwargs)
        attributes = {"db.namespace": self.env.cr.dbname}
        with Measured(semconv.MAIL_SEND_DURATION, "mail send", attributes, otlp.KIND_CLIENT):
            try:
                return original(self, message, *args, **kwargs)
            except Exception as error:
                # Odoo raises an exception of its own for all that the server may say.
                attributes["error.type"] = failure.type_name(error.__context__ or error)
                raise

    return send_email


def _message_process(original):
    def message_process(self, *args, **kwargs):
        if runtime.active is None:
            return original(self, *args, **kwargs)
        attributes = {"db.namespace": self.env.cr.dbname}
        with Measured(semconv.MAIL_RECEIVE_DURATION, "mail receive", attributes):
            return original(self, *args, **kwargs)

    return message_process


def _connect(original):
    def _connect__(self, *args, **kwargs):
        if runtime.active is None:
            return original(self, *args, **kwargs)
        attributes = {"odoo.mail.protocol": self.server_type, "db.namespace": self.env.cr.dbname}
        with Measured(semconv.MAIL_CONNECT_DURATION, "mail connect", attributes, otlp.KIND_CLIENT):
            return original(self, *args, **kwargs)

    return _connect__


def observe(cursor) -> Iterator[Observation]:
    """The queue of a database; asked by its leader."""
    cursor.execute("SELECT to_regclass('mail_mail') IS NOT NULL", log_exceptions=False)
    if not cursor.fetchone()[0]:
        return
    cursor.execute(_QUEUE, log_exceptions=False)
    database, found = cursor.dbname, {state: rest for state, *rest in cursor.fetchall()}
    counts = {(state, database): found.get(state, (0,))[0] for state in ("outgoing", "exception")}
    yield Observation(semconv.MAIL_QUEUE_LENGTH, counts)
    yield Observation(semconv.MAIL_QUEUE_AGE, {(database,): max(found.get("outgoing", (0, 0.0))[1], 0.0)})

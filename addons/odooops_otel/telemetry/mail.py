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
# A server that is archived, not confirmed or only documented (a script of a mail server's) is not asked by Odoo.
_FETCHING = """
    SELECT count(*) FILTER (WHERE error_date IS NULL),
           count(*) FILTER (WHERE error_date IS NOT NULL),
           coalesce(extract(epoch FROM now() AT TIME ZONE 'UTC' - min(coalesce(date, write_date))), 0)::float8
      FROM fetchmail_server
     WHERE active AND state = 'done' AND server_type != 'local'
"""
# What Odoo calls mail that it does not fetch.
_HANDED_IN = "local"
# Of the servers that this process has fetched from, by database and id: mail is taken in within a cursor of its own.
_protocols: dict[tuple[str, int], str] = {}


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
        attributes = {"odoo.mail.protocol": _protocol(self.env), "db.namespace": self.env.cr.dbname}
        with Measured(semconv.MAIL_RECEIVE_DURATION, "mail receive", attributes):
            thread_id = original(self, *args, **kwargs)
            attributes["odoo.mail.result"] = "taken" if thread_id else "ignored"
            return thread_id

    return message_process


def _protocol(env) -> str:
    server = env.context.get("default_fetchmail_server_id")
    return _protocols.get((env.cr.dbname, server), _HANDED_IN)


def _connect(original):
    def _connect__(self, *args, **kwargs):
        if runtime.active is None:
            return original(self, *args, **kwargs)
        database, protocol = self.env.cr.dbname, self.server_type
        _protocols[database, self.id] = protocol
        attributes = {"odoo.mail.protocol": protocol, "db.namespace": database}
        with Measured(semconv.MAIL_CONNECT_DURATION, "mail connect", attributes, otlp.KIND_CLIENT):
            return original(self, *args, **kwargs)

    return _connect__


def observe(cursor) -> Iterator[Observation]:
    """The queue of a database, and the servers that its mail is fetched from; asked by its leader."""
    cursor.execute("SELECT to_regclass('mail_mail') IS NOT NULL", log_exceptions=False)
    if not cursor.fetchone()[0]:
        return
    yield from _observe_queue(cursor)
    yield from _observe_fetching(cursor)


def _observe_queue(cursor) -> Iterator[Observation]:
    cursor.execute(_QUEUE, log_exceptions=False)
    database, found = cursor.dbname, {state: rest for state, *rest in cursor.fetchall()}
    counts = {(state, database): found.get(state, (0,))[0] for state in ("outgoing", "exception")}
    yield Observation(semconv.MAIL_QUEUE_LENGTH, counts)
    yield Observation(semconv.MAIL_QUEUE_AGE, {(database,): max(found.get("outgoing", (0, 0.0))[1], 0.0)})


def _observe_fetching(cursor) -> Iterator[Observation]:
    cursor.execute(_FETCHING, log_exceptions=False)
    database, (well, failing, age) = cursor.dbname, cursor.fetchone()
    counts = {("ok", database): well, ("failing", database): failing}
    yield Observation(semconv.MAIL_FETCH_SERVERS, counts)
    yield Observation(semconv.MAIL_FETCH_AGE, {(database,): max(age, 0.0)})

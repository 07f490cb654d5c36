"""Odoo's log: as lines of JSON in the place where it is written, or sent by OTLP; or both, or neither.

The JSON lines are written by the handlers that Odoo itself has put in place (standard error, ``logfile``, syslog);
only their formatter is replaced. What is said before this addon is loaded is in Odoo's own format.
"""

from __future__ import annotations

import logging
import threading

from odoo.modules.registry import Registry

from ..tools import failure, log, otlp
from ..tools.redact import DEFAULT, Policy
from ..tools.settings import Settings
from . import faults, patch, runtime
from .record import Ended, Record, current, ended

# Whose lines are about requests that have ended: the servers for HTTP, prefork and threaded, and evented.
_ACCESS = frozenset({"werkzeug", "longpolling"})
# Their entries are about sending, and would be sent in turn.
_NOT_SENT = ("odoo.addons.odooops_otel", "opentelemetry")
_traceback = logging.Formatter().formatException


def instrument(settings: Settings) -> None:
    """Do with Odoo's log what the settings say."""
    root = logging.getLogger()
    if settings.log_format == "json":
        for handler in root.handlers:
            # The handler that writes into the database has none and keeps its columns.
            if handler.formatter is not None:
                patch.undo_later(lambda handler=handler, own=handler.formatter: handler.setFormatter(own))
                handler.setFormatter(JsonFormatter(settings.policy))
    if settings.sends_own_log:
        handler = OtlpHandler()
        root.addHandler(handler)
        patch.undo_later(lambda: root.removeHandler(handler))


class JsonFormatter(logging.Formatter):
    """A line of JSON an entry, whatever the entry is; redacted by a policy."""

    def __init__(self, policy: Policy = DEFAULT):
        super().__init__()
        self._policy = policy

    def format(self, record: logging.LogRecord) -> str:
        try:
            return log.json_line(entry_of(record), self._policy)
        except Exception as error:
            return log.json_line(_unreadable(record, error), self._policy)


class OtlpHandler(logging.Handler):
    """Hands entries to the sender of the process, where there is one. The prefork master has none."""

    def emit(self, record: logging.LogRecord) -> None:
        telemetry = runtime.active
        if telemetry is None or telemetry.logs is None or _is_about_sending(record.name):
            return
        try:
            telemetry.logs.offer(entry_of(record))
        except Exception:
            faults.report("Telemetry could not take a log entry; Odoo is not affected.")


def entry_of(record: logging.LogRecord) -> log.Entry:
    """What the logging module and the thread know of an entry; found out once, by the first handler that asks."""
    entry = getattr(record, "odooops_entry", None)
    if entry is None:
        entry = record.odooops_entry = _entry(record)
    return entry


def _entry(record: logging.LogRecord) -> log.Entry:
    place, body = _place(record), log.message(record.msg, record.args, record.name)
    if record.name in _ACCESS:
        body = log.access_line(body, place.route if place else None)
    return log.Entry(
        int(record.created * 1e6) * 1000,
        # Not levelname: Odoo's coloured formatter writes into it.
        logging.getLevelName(record.levelno),
        log.severity_number(record.levelno),
        record.name,
        log.shorten(body),
        _attributes(record, place),
        place.trace_id if place else b"",
        place.span_id if place else b"",
    )


def _place(record: logging.LogRecord) -> Record | Ended | None:
    """The request or job that an entry belongs to. An access line is written when its request has ended."""
    place = current.get()
    if place is None and record.name in _ACCESS:
        place = ended.get()
        ended.set(None)
    return place


def _attributes(record: logging.LogRecord, place: Record | Ended | None) -> dict[str, otlp.Value]:
    found: dict[str, otlp.Value] = {"process.pid": record.process}
    # Somebody who calls says what the database is called before anybody knows whether there is one.
    database = getattr(record, "dbname", None)
    # Odoo's thread keeps the user until its next request.
    user = getattr(threading.current_thread(), "uid", None) if place else None
    if database in Registry.registries:
        found["db.namespace"] = str(database)
    if user:
        found["user.id"] = str(user)
    if performance := getattr(record, "perf_info", ""):
        found.update(log.performance(performance))
    found.update(_exception(record))
    return found


def _exception(record: logging.LogRecord) -> dict[str, otlp.Value]:
    found = {}
    if record.exc_info and record.exc_info[1]:
        found["exception.type"] = failure.type_name(record.exc_info[1])
        # As logging's own formatter does: the handler of Odoo's database reads it.
        record.exc_text = record.exc_text or _traceback(record.exc_info)
    if trace := "\n".join(filter(None, (record.exc_text, record.stack_info))):
        found["exception.stacktrace"] = log.shorten(trace)
    return found


def _unreadable(record: logging.LogRecord, error: Exception) -> log.Entry:
    """In place of an entry whose message or arguments raise when they are looked at."""
    return log.Entry(
        int(record.created * 1e6) * 1000,
        logging.getLevelName(record.levelno),
        log.severity_number(record.levelno),
        record.name,
        f"a message from {record.pathname}:{record.lineno} that cannot be shown: {type(error).__name__}",
        {"process.pid": record.process},
    )


def _is_about_sending(logger: str) -> bool:
    return any(logger == name or logger.startswith(f"{name}.") for name in _NOT_SENT)

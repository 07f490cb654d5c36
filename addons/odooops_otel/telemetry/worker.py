"""When the telemetry of a process starts, by the kind of process.

| process           | starts                                   | ends                                    |
|-------------------|------------------------------------------|-----------------------------------------|
| prefork master    | never: it forks, and threads do not fork | –                                       |
| HTTP, cron worker | after ``Worker.start``, in the child     | at exit; not when killed                |
| evented           | at load: it is not forked but executed   | never: the master kills it              |
| threaded, shell   | at load                                  | at exit, before a reload                |
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import odoo
from odoo.service import server
from odoo.tools import config

from . import faults, runtime
from .patch import wrap

_WORKER_TYPES = {"WorkerHTTP": "http", "WorkerCron": "cron"}


def instrument(start: Callable[[str], None]) -> None:
    """Call ``start`` with the worker type, now or when a worker starts."""
    wrap(server.Worker, "start", lambda original: _start_after(original, start))
    wrap(server, "_reexec", _stop_before)
    if odoo.evented:
        start("evented")
    elif "odoo.cli.shell" in sys.modules:
        start("shell")
        _count_statements_of(threading.current_thread())
    elif not config["workers"] and not config["stop_after_init"]:
        start("threaded")


def _start_after(original, start):
    def start_worker(self):
        original(self)
        try:
            start(_WORKER_TYPES.get(type(self).__name__, "worker"))
        except Exception:
            faults.report("Telemetry could not be started; the worker goes on.")

    return start_worker


def _stop_before(original):
    """A threaded server that reloads replaces its program: nothing runs at exit."""

    def reexec(*args, **kwargs):
        runtime.stop()
        return original(*args, **kwargs)

    return reexec


def _count_statements_of(thread: threading.Thread) -> None:
    """A shell has no requests: its statements are counted as they come."""

    def hook(cursor, query, _params, _start, delay):
        try:
            if runtime.active:
                runtime.active.recorder.count_statement(query, delay, cursor.dbname)
        except Exception:
            faults.report("Telemetry could not count a statement; the shell goes on.")

    thread.query_hooks = [*getattr(thread, "query_hooks", ()), hook]

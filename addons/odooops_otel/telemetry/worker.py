"""When the telemetry of a process starts and how it ends, by the kind of process.

| process           | starts                                   | ends                                    |
|-------------------|------------------------------------------|-----------------------------------------|
| prefork master    | never: it forks, and threads do not fork | –                                       |
| HTTP, cron worker | after ``Worker.start``, in the child     | at exit; not when killed                |
| evented           | at load: it is not forked but executed   | when told by SIGTERM (evented.py)       |
| threaded, shell   | at load                                  | at exit, before a reload                |
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

import psutil

import odoo
from odoo.service import server
from odoo.tools import config

from . import faults, runtime
from .patch import wrap

_WORKER_TYPES = {"WorkerHTTP": "http", "WorkerCron": "cron"}


def instrument(start: Callable[[str], None]) -> None:
    """Call ``start`` with the worker type, now or when a worker starts."""
    wrap(server.Worker, "start", lambda original: _start_after(original, start))
    wrap(server.Worker, "stop", _end_before)
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


def _end_before(original):
    """The slot is told why the worker ends; what is left is sent at exit."""

    def stop(self):
        try:
            if runtime.active:
                runtime.active.slot.end(exit_reason(self))
        except Exception:
            faults.report("Telemetry could not tell how the worker ended.")
        return original(self)

    return stop


def exit_reason(worker: server.Worker) -> str:
    """Which of Odoo's limits ended a worker, asked for when it has left its loop (``Worker.check_limits``)."""
    if worker.alive:
        return "error"  # it left its loop by an exception
    if worker.request_count >= worker.request_max:
        return "limit_request"
    limit = config["limit_memory_soft"]
    if limit and server.memory_info(psutil.Process(os.getpid())) > limit:
        return "limit_memory_soft"
    age = time.monotonic() - getattr(worker, "alive_time", time.monotonic())
    if 0 < config["limit_time_worker_cron"] < age:
        return "limit_time_worker_cron"
    return "stopped"


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

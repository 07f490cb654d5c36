"""The evented process sends what it has counted before it ends: Odoo's master would kill it without a word.

The master tells it by SIGTERM first, as Odoo itself does when it takes too much memory, and waits for as long as the
last attempt to send may take. After a reload it is another master's child; and systemd tells all processes of a
service at once, so that it may be told twice.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal

import odoo
from odoo.service import server

from . import faults, runtime
from .patch import wrap

# Seconds that the shutdown of telemetry takes at most.
PATIENCE = 2.0
_is_ending = False


def instrument() -> None:
    wrap(server.PreforkServer, "stop_workers_gracefully", _tell_before)
    if odoo.evented:
        _obey()


def _tell_before(original):
    def stop_workers_gracefully(self):
        try:
            if self.long_polling_pid is not None:
                _tell(self.long_polling_pid)
        except Exception:
            faults.report("Telemetry could not tell the evented process to end; it is killed as ever.")
        return original(self)

    return stop_workers_gracefully


def _tell(pid: int) -> None:
    """Have a process end, whoever's child it is. It is left to be reaped by whoever does so."""
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGTERM)
            # It can be read from once the process has ended.
            select.select([descriptor], [], [], PATIENCE)
        finally:
            os.close(descriptor)


def _obey() -> None:
    """End by SIGTERM as ever, but not before telemetry has. Another's handler stays."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        import gevent  # which only this process needs

        gevent.signal_handler(signal.SIGTERM, _end)


def _end() -> None:
    """In a greenlet of its own: those that send go on meanwhile, and who is told again does not end them."""
    global _is_ending
    if _is_ending:
        return
    _is_ending = True
    try:
        runtime.stop()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)

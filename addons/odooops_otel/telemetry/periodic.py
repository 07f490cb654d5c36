"""A thread of ours: it does something again and again, in a process whose signals and exit are Odoo's."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import odoo

from . import faults


class Periodic(threading.Thread):
    """Does its :meth:`step` each ``interval`` seconds until it is closed, and a last time then."""

    def __init__(self, interval: float, name: str):
        super().__init__(name=name, daemon=True)
        self._interval = interval
        self._wake = threading.Event()
        self._deadline: float | None = None
        # Seconds of CPU that its steps took. A greenlet has no clock of its own: 0 in the evented process.
        self.cpu_time = 0.0

    def step(self, deadline: float | None) -> None:
        """What it does; the last time with a deadline of the monotonic clock."""
        raise NotImplementedError

    def start(self) -> None:
        # Odoo's main thread waits for signals in join(); one that lands in this thread would not
        # wake it. A thread inherits its maker's mask; run() must not set one, since in the evented
        # process it is a greenlet of the main thread.
        masked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, masked)

    def run(self) -> None:
        while not self._wake.wait(self._interval):
            self._timed(self.step, None)
        self._timed(self.step, self._deadline)

    def _timed(self, function: Callable, *args) -> None:
        began = time.thread_time()
        function(*args)
        if not odoo.evented:
            self.cpu_time += time.thread_time() - began

    def close(self, timeout: float) -> None:
        """Begin to end, without waiting for it."""
        self._deadline = time.monotonic() + timeout
        self._wake.set()

    def shutdown(self, timeout: float) -> None:
        """End, waiting for it at most ``timeout`` seconds."""
        self.close(timeout)
        self.join(timeout)

    @staticmethod
    def guarded(function: Callable, *args) -> None:
        """Call it; a bug of ours is told, and the thread goes on."""
        try:
            function(*args)
        except Exception:
            faults.report("Telemetry could not be gathered or sent; Odoo is not affected.")

"""A thread of ours: it does something again and again, in a process whose signals and exit are Odoo's."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import odoo

from . import faults

# Work of ours in one go, and how long requests have the interpreter's lock for themselves then (s). A thread that
# computes is only asked for the lock after sys.getswitchinterval() (5 ms), each time a request comes back from
# PostgreSQL: one request would wait for all that is done.
TURN, REST = 0.001, 0.005
# s of a step after which it hurries: threads that compute all the time leave little of the lock to who rests.
CALM = 1.0


class Periodic(threading.Thread):
    """Does its :meth:`step` each ``interval`` seconds until it is closed, and a last time then."""

    def __init__(self, interval: float, name: str):
        super().__init__(name=name, daemon=True)
        self._interval = interval
        self._wake = threading.Event()
        self._deadline: float | None = None
        # Seconds of CPU that its steps took. A greenlet has no clock of its own: 0 in the evented process.
        self.cpu_time = 0.0
        # When it began to work, or went on after a rest, and from when on it does not rest in this step
        self._turn = self._hurry_at = 0.0

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

    @property
    def is_tired(self) -> bool:
        """Whether, within a step, it has worked for so long that others should get a turn."""
        now = time.perf_counter()
        return now - self._turn >= TURN and now < self._hurry_at

    def rest(self) -> None:
        """Let others have their turn; not when it closes."""
        if self._deadline is None:
            time.sleep(REST)
        self._turn = time.perf_counter()

    def _timed(self, function: Callable, *args) -> None:
        began, self._turn = time.thread_time(), time.perf_counter()
        self._hurry_at = self._turn + CALM
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


def tired() -> Periodic | None:
    """The thread that calls, if it is one of ours and should rest; a request that does our work is not."""
    thread = threading.current_thread()
    return thread if isinstance(thread, Periodic) and thread.is_tired else None

"""The thread that aggregates what has ended, whatever the receiver does.

It is not the sender's: a receiver that hangs holds that one for as long as a request may take. What gathered meanwhile
would be aggregated by the next request that ends.
"""

from __future__ import annotations

from collections.abc import Callable

from .periodic import Periodic

# It has nothing to send: the end of a process waits for it no longer than it takes.
SHUTDOWN_TIMEOUT = 0.3


class Drainer(Periodic):
    """Calls ``drain`` each ``interval`` seconds until :meth:`shutdown`."""

    def __init__(self, drain: Callable[[], None], interval: float):
        super().__init__(interval, "odooops.telemetry.drainer")
        self._drain = drain

    def step(self, deadline: float | None) -> None:
        self.guarded(self._drain)

    def shutdown(self, timeout: float = SHUTDOWN_TIMEOUT) -> None:
        super().shutdown(timeout)

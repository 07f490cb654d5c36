"""The thread that sends: it takes what waits, snapshots the metrics, retries, and counts losses.

Requests never wait for it. A receiver that is down costs drops that are counted by reason, and
at most ``SHUTDOWN_TIMEOUT`` seconds when the process ends.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from ..tools import backoff
from .periodic import Periodic
from .slot import Slot
from .transport import Outcome

_logger = logging.getLogger(__name__)

SHUTDOWN_TIMEOUT = 1.5
STEP_TIME = 0.5
# What could not be delivered for as long is given up; newer data is worth more.
MAX_AGE = 300.0
_REPORT_EVERY = 300.0


class Batch(NamedTuple):
    """A request's body and how many spans or points it carries."""

    body: bytes
    items: int


class Source(Protocol):
    """Where batches of one signal come from."""

    signal: str

    def take(self, *, is_closing: bool) -> Batch | None: ...
    def settle(self, *, arrived: bool) -> None: ...
    def waiting(self) -> int: ...


class Exporter:
    """Sends the batches of one signal, one at a time and in order; keeps the one that failed.

    :param on_attempt: called with the signal, the seconds that it took and the outcome of each attempt to send
    """

    def __init__(
        self,
        source: Source,
        post: Callable[[bytes, float], Outcome],
        slot: Slot,
        timeout: float,
        on_attempt: Callable[[str, float, Outcome], None] = lambda signal, seconds, outcome: None,
    ):
        self._source = source
        self._on_attempt = on_attempt
        self._post = post
        self._slot = slot
        self._timeout = timeout
        self._pending: Batch | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._since = 0.0
        self._reported_at = -_REPORT_EVERY
        # Why the last request failed; empty while things are delivered.
        self.problem = ""

    @property
    def signal(self) -> str:
        return self._source.signal

    def step(self, clock: Callable[[], float], deadline: float | None = None) -> None:
        """Send what is there and due. With a deadline (closing) everything is due, tried once.

        Without one it returns after STEP_TIME, since there is always more to send when the
        receiver is slow: the other signal waits for its turn.
        """
        until = deadline or clock() + STEP_TIME
        while clock() < until:
            if self._pending is None:
                self._pending = self._source.take(is_closing=deadline is not None)
                self._since = clock()
            if self._pending is None or (deadline is None and clock() < self._retry_at):
                return
            timeout = self._timeout if deadline is None else max(0.1, min(self._timeout, deadline - clock()))
            if not self._try(self._pending, clock, timeout):
                return

    def unsent(self) -> int:
        """Items that would be lost if the process ended now."""
        return (self._pending.items if self._pending else 0) + self._source.waiting()

    def _try(self, batch: Batch, clock: Callable[[], float], timeout: float) -> bool:
        began = time.perf_counter()
        outcome = self._post(batch.body, timeout)
        seconds = time.perf_counter() - began
        self.problem = outcome.problem
        goes_on = self._judge(outcome, batch, clock)
        # Only now: what waits is known again.
        self._on_attempt(self.signal, seconds, outcome)
        return goes_on

    def _judge(self, outcome: Outcome, batch: Batch, clock: Callable[[], float]) -> bool:
        """Count what became of a batch; whether the next may follow at once."""
        if outcome.is_taken:
            self._slot.add(self.signal, "sent", amount=batch.items)
            if self._failures:
                _logger.info(
                    "Telemetry: %s are delivered again after %d failures.", self.signal, self._failures
                )
            self._finish(arrived=True)
            return True
        self._slot.add(self.signal, "failed")
        self._failures += 1
        self._report(outcome, clock())
        if not outcome.is_retryable:
            self._slot.add(self.signal, "dropped", "refused", amount=batch.items)
            # Receivers take the good part of a request they refuse: it is not begun anew.
            self._finish(arrived=True, keep_failures=True)
            return True
        if clock() - self._since >= MAX_AGE:
            self._slot.add(self.signal, "dropped", "expired", amount=batch.items)
            self._finish(arrived=False, keep_failures=True)
        self._retry_at = clock() + backoff.delay(self._failures, random.random(), outcome.retry_after)
        return False

    def _finish(self, *, arrived: bool, keep_failures: bool = False) -> None:
        self._pending = None
        self._source.settle(arrived=arrived)
        if not keep_failures:
            self._failures = 0
            self._retry_at = 0.0

    def _report(self, outcome: Outcome, now: float) -> None:
        """One line at once and then each five minutes, not one a failure."""
        if now - self._reported_at < _REPORT_EVERY:
            return
        self._reported_at = now
        _logger.warning(
            "Telemetry: %s cannot be delivered (%s). Odoo is not affected; losses are counted in "
            "odooops_telemetry_dropped_total. Check that the receiver of OTEL_EXPORTER_OTLP_%s_ENDPOINT runs.",
            self.signal,
            outcome.problem,
            self.signal.upper(),
        )


class Sender(Periodic):
    """Steps the exporters, each ``interval`` seconds until :meth:`shutdown`."""

    def __init__(self, exporters: list[Exporter], interval: float, name: str = "odooops.telemetry"):
        super().__init__(interval, name)
        self._exporters = exporters

    def shutdown(self, timeout: float = SHUTDOWN_TIMEOUT) -> None:
        """Send what is left, for at most ``timeout`` seconds; the caller counts the rest as dropped."""
        super().shutdown(timeout)

    def step(self, deadline: float | None) -> None:
        for done, exporter in enumerate(self._exporters):
            left = len(self._exporters) - done
            self.guarded(exporter.step, time.monotonic, deadline and self._share(deadline, left))

    @staticmethod
    def _share(deadline: float, left: int) -> float:
        """The deadline of the first of ``left`` exporters: a silent receiver does not use up another's time."""
        now = time.monotonic()
        return now + (deadline - now) / left

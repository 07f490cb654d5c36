"""When the next batch of a source is due."""

from __future__ import annotations

import time
from collections.abc import Callable

# Somebody looks when a batch is due by the monotonic clock; NTP may slow the other one down by 0.05 %.
TOLERANCE = 0.999


class Schedule:
    """Batches that wait for a while, or until there is a full one.

    :param delay: seconds between two batches
    :param clock: ns since the epoch
    """

    def __init__(self, delay: float, clock: Callable[[], int] = time.time_ns):
        self._delay = int(delay * 1e9 * TOLERANCE)
        self._clock = clock
        self.taken = clock()
        """When the last batch was taken, or the first began to wait: ns since the epoch."""

    def take(self, *, at_once: bool = False) -> bool:
        """Whether a batch is due, which then counts as taken now.

        :param at_once: without waiting any longer: there is a full one, or the process ends
        """
        now = self._clock()
        # A clock that was set back must not stop the batches until it has caught up.
        if not at_once and 0 <= now - self.taken < self._delay:
            return False
        self.taken = now
        return True

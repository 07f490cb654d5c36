"""Odoo's pools of database connections: how full they are, and what it took to get a connection.

Each process has one pool for transactions that may write and, with a replica, one for those that only read.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator

from odoo import sql_db

from ..tools import semconv
from ..tools.metrics import Instrument
from ..tools.observation import Observation

# Waits that the drainer has not counted yet; it does so each 2.5 s. Who brings more has them counted.
MAX_PENDING = 10_000
NAMES = {False: "read_write", True: "read_only"}


class Connections:
    """What borrowing took and how often there was nothing to borrow; ``pool.py`` tells.

    :param drain: has what waits counted, without waiting for who is at it
    """

    def __init__(self, drain: Callable[[], None] = lambda: None):
        self._drain = drain
        self.waits = Instrument(semconv.DB_CLIENT_CONNECTION_WAIT_TIME)
        # Seconds, by whether it was the pool of those that only read
        self.pending: dict[bool, collections.deque[float]] = {each: collections.deque() for each in NAMES}
        self.timeouts: collections.Counter[bool] = collections.Counter()

    def add(self, seconds: float, *, is_readonly: bool) -> None:
        """Have a wait counted, soon."""
        pending = self.pending[is_readonly]
        pending.append(seconds)
        if len(pending) > MAX_PENDING:
            self._drain()

    def drain(self) -> None:
        """Count what was borrowed; whoever calls holds the aggregator's lock."""
        # One for each time that a request borrows a connection: those of a pool together.
        for is_readonly, pending in self.pending.items():
            # Others may come meanwhile.
            if values := [pending.popleft() for _ in range(len(pending))]:
                self.waits.record_all((NAMES[is_readonly],), values)

    def observe(self, start: int) -> Iterator[Observation]:
        """The pools as they are now.

        :param start: when counting began, ns since the epoch
        """
        pools = [pool for pool in (sql_db._Pool, sql_db._Pool_readonly) if pool]
        counts = {}
        for pool in pools:
            connections = list(pool._connections)
            used = sum(connection._pool_in_use for connection in connections)
            counts[NAMES[pool.readonly], "used"] = used
            counts[NAMES[pool.readonly], "idle"] = len(connections) - used
        yield Observation(semconv.DB_CLIENT_CONNECTION_COUNT, counts, start)
        limits = {(NAMES[pool.readonly],): pool._maxconn for pool in pools}
        yield Observation(semconv.DB_CLIENT_CONNECTION_MAX, limits, start)
        timeouts = {(NAMES[pool.readonly],): self.timeouts[pool.readonly] for pool in pools}
        yield Observation(semconv.DB_CLIENT_CONNECTION_TIMEOUTS, timeouts, start)

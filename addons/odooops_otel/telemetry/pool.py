"""Borrowing from Odoo's connection pool: how long it took, and that the pool was full."""

from __future__ import annotations

import time

from odoo import sql_db

from . import runtime
from .patch import wrap

_perf_counter = time.perf_counter


def instrument() -> None:
    wrap(sql_db.ConnectionPool, "borrow", _borrow)


def _borrow(original):
    def borrow(self, connection_info):
        telemetry = runtime.active
        if telemetry is None:
            return original(self, connection_info)
        connections = telemetry.recorder.connections
        started = _perf_counter()
        try:
            connection = original(self, connection_info)
        except sql_db.PoolError:
            connections.timeouts[self._readonly] += 1
            raise
        connections.pending.append((self._readonly, _perf_counter() - started))
        return connection

    return borrow

"""Connections to the database: what it took to borrow one of Odoo's pool, and that they are ready for who uses them."""

from __future__ import annotations

import time

import psycopg2

from odoo import sql_db

from . import driver_choice, runtime
from .patch import wrap

_perf_counter = time.perf_counter


def instrument() -> None:
    wrap(sql_db.ConnectionPool, "borrow", _borrow)
    wrap(psycopg2, "connect", _connect)


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
        connections.add(_perf_counter() - started, is_readonly=self._readonly)
        driver_choice.prepare(telemetry, connection, connection_info.get("database"))
        return connection

    return borrow


def _connect(original):
    """Connections of other code; those of a pool are looked at each time that they are borrowed."""

    def connect(*args, **kwargs):
        connection = original(*args, **kwargs)
        telemetry = runtime.active
        if telemetry is not None and kwargs.get("connection_factory") is not sql_db.PsycoConnection:
            driver_choice.prepare(telemetry, connection, kwargs.get("dbname") or kwargs.get("database"))
        return connection

    return connect

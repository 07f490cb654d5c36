"""Databases that cannot be reached are asked less and less often: each attempt is a line in PostgreSQL's log."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable
from typing import NamedTuple

import psycopg2

from odoo.modules.registry import Registry

# Seconds until the next attempt: after the first failure, and at most. Twice as long after each.
FIRST_PAUSE = 15.0
MAX_PAUSE = 300.0


class Failure(NamedTuple):
    """When the next attempt is due (s of the clock), how long that was put off, and with which models it failed."""

    again: float
    pause: float
    registry: weakref.ref | None


class Failures:
    """What has failed, by database. One that is not there is not asked again until Odoo has loaded it anew.

    :param clock: seconds
    """

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._failures: dict[str, Failure] = {}

    def is_waiting(self, database: str) -> bool:
        failure = self._failures.get(database)
        if failure is None:
            return False
        if failure.registry is not None and failure.registry() is not Registry.registries.get(database):
            del self._failures[database]
            return False
        return self._clock() < failure.again

    def note(self, database: str, error: Exception) -> None:
        before = self._failures.get(database)
        pause = min(2 * before.pause, MAX_PAUSE) if before else FIRST_PAUSE
        if is_missing(database, error):
            pause = math.inf
        registry = Registry.registries.get(database)
        reference = weakref.ref(registry) if registry is not None else None
        self._failures[database] = Failure(self._clock() + pause, pause, reference)

    def forget(self, database: str) -> None:
        self._failures.pop(database, None)


def is_missing(database: str, error: Exception) -> bool:
    """Whether there is no database of that name: dropped, or renamed.

    While connecting, psycopg2 tells no SQLSTATE (3D000), but what PostgreSQL says. Where that is not in English, the
    pauses grow as for any failure.
    """
    return isinstance(error, psycopg2.OperationalError) and f'database "{database}" does not exist' in str(
        error
    )

"""What PostgreSQL's processes were seen doing: the statements that run for a while, and those that wait for a lock.

https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from . import otlp, statement

# Blockers that are told of a wait; and seconds by which clocks of processes on one machine may differ.
MAX_BLOCKERS = 5
TOLERANCE = 0.02


class Unreadable(Exception):
    """No sightings, or those of another version."""


class Blocker(NamedTuple):
    """A session that holds what another waits for."""

    pid: int
    state: str | None  # active, idle in transaction, …
    application: str | None  # odoo-<process id>, if it is Odoo's
    query: str  # its last, or present, statement without values

    def __str__(self) -> str:
        return f"{self.pid} ({self.application or '?'}, {self.state or '?'}): {self.query or '?'}"


class Wait(NamedTuple):
    """That a session waits for a lock: for what (``wait_event``), for how many seconds by now, and who has it."""

    event: str
    seconds: float
    blockers: tuple[Blocker, ...]

    def attributes(self) -> dict[str, otlp.Value]:
        return {
            "odoo.sql.lock_wait.event": self.event,
            "odoo.sql.lock_wait.time": self.seconds,
            "odooops.postgresql.blocking.pids": [each.pid for each in self.blockers],
            "odooops.postgresql.blocking.sessions": [str(each) for each in self.blockers],
        }


class Sighting(NamedTuple):
    """A session at a moment (s since the epoch, by the clock of who looked)."""

    at: float
    pid: int
    query_id: int | None
    wait: Wait | None


def blocker(pid: int, state: str | None, application: str | None, query: str | None) -> Blocker:
    """From a row of ``pg_stat_activity``, whose query holds values."""
    return Blocker(pid, state, application, statement.normalize(query or ""))


def during(sightings: Iterable[Sighting], pid: int, start: float, end: float) -> list[Sighting]:
    """Those of a session within a period: it runs one statement at a time."""
    return [each for each in sightings if each.pid == pid and start - TOLERANCE <= each.at <= end + TOLERANCE]


def dump(sightings: Sequence[Sighting]) -> str:
    """As :func:`load` reads them."""
    return json.dumps(sightings)


def load(text: str) -> list[Sighting]:
    """
    :raises Unreadable: for what :func:`dump` has not written
    """
    try:
        return [_sighting(*fields) for fields in json.loads(text)]
    except (TypeError, ValueError) as error:
        raise Unreadable from error


def _sighting(at: float, pid: int, query_id: int | None, wait: list | None) -> Sighting:
    if wait is None:
        return Sighting(at, pid, query_id, None)
    event, seconds, blockers = wait
    return Sighting(at, pid, query_id, Wait(event, seconds, tuple(Blocker(*each) for each in blockers)))


class Waits:
    """Waits of one database from one look to the next."""

    def __init__(self):
        self._open: dict[int, tuple[str, str, float]] = {}

    def update(self, seen: Iterable[tuple[int, str, str, float]]) -> list[tuple[str, str, float]]:
        """Waits that have ended since the last look, as far as they were seen: event, table, seconds.

        :param seen: those of now: session, event, table, seconds so far
        """
        now = {pid: (event, table, seconds) for pid, event, table, seconds in seen}
        # A shorter wait of the same session is another one.
        ended = [old for pid, old in self._open.items() if pid not in now or now[pid][2] < old[2]]
        self._open = now
        return ended

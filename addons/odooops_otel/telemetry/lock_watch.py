"""Looks each second at what PostgreSQL's sessions do: which statements run long, who waits for a lock, and for whom.

The leader of a database looks, and a process on each other machine, with its own connection: one query over
``pg_stat_activity``; only when somebody waits, a second one. What is shorter than the distance between two looks is
seen by chance.

Odoo's role sees the sessions of its own; of those of others only that they are there, unless it is a member of
``pg_read_all_stats``. Ids of statements come from PostgreSQL 14 on, with ``compute_query_id = on``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from odoo import sql_db

from ..tools import activity, semconv, statement
from ..tools.activity import Sighting, Wait, Waits
from ..tools.observation import Observation

TIMEOUT = "1s"
# Sessions that are told of in one look, and the age from which a statement is looked at.
MAX_SESSIONS = 200
_SESSIONS = """
    SELECT pid, {query_id}, query, wait_event, {waiting},
           CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) END
      FROM pg_stat_activity
     WHERE datname = current_database()
       AND state = 'active'
       AND backend_type = 'client backend'
       AND pid <> pg_backend_pid()
       AND (wait_event_type = 'Lock' OR query_start < clock_timestamp() - interval '200 milliseconds')
     LIMIT 200
"""
# What a session waits for since when: PostgreSQL 14.
_WAITING = """
    (SELECT extract(epoch FROM clock_timestamp() - min(waitstart))::float8
       FROM pg_locks WHERE NOT granted AND pg_locks.pid = pg_stat_activity.pid)
"""
_SINCE_START = "extract(epoch FROM clock_timestamp() - query_start)::float8"
_BLOCKERS = "SELECT pid, state, application_name, query FROM pg_stat_activity WHERE pid = ANY(%s)"


class LockWatch:
    """What was seen of one database.

    :param measure: counts a value in a metric's series
    :param clock: seconds since the epoch
    """

    def __init__(self, measure: Callable, clock: Callable[[], float] = time.time):
        self._measure = measure
        self._clock = clock
        self._waits = Waits()

    def look(self, cursor: sql_db.Cursor) -> tuple[list[Sighting], Observation]:
        """The sessions at this moment, and how many of them wait."""
        rows = _ask(cursor)
        blockers = _blockers(cursor, rows)
        cursor.commit()
        at = self._clock()
        sightings, waiting = [], []
        for pid, query_id, query, event, seconds, blocking in rows:
            wait = None
            if blocking is not None:
                held = [blockers[each] for each in blocking[: activity.MAX_BLOCKERS] if each in blockers]
                wait = Wait(event or "", seconds or 0.0, tuple(held))
                waiting.append((pid, wait.event, statement.table(query or ""), wait.seconds))
            sightings.append(Sighting(at, pid, query_id, wait))
        return sightings, self._tell(cursor.dbname, waiting)

    def _tell(self, database: str, waiting: list[tuple[int, str, str, float]]) -> Observation:
        for event, table, seconds in self._waits.update(waiting):
            self._measure(semconv.LOCK_WAIT_DURATION, (event, table or None, database), seconds)
        return Observation(semconv.LOCK_WAIT_SESSIONS, {(database,): len(waiting)})


def _ask(cursor: sql_db.Cursor) -> list[tuple]:
    is_new = cursor._cnx.server_version >= 14_00_00
    query = _SESSIONS.format(
        query_id="query_id" if is_new else "NULL", waiting=_WAITING if is_new else _SINCE_START
    )
    cursor.execute("SELECT set_config('statement_timeout', %s, true)", [TIMEOUT], log_exceptions=False)
    cursor.execute(query, log_exceptions=False)
    return cursor.fetchall()


def _blockers(cursor: sql_db.Cursor, rows: list[tuple]) -> dict[int, activity.Blocker]:
    pids = sorted({pid for row in rows for pid in row[-1] or ()})
    if not pids:
        return {}
    cursor.execute(_BLOCKERS, [pids], log_exceptions=False)
    return {row[0]: activity.blocker(*row) for row in cursor.fetchall()}

"""What is true of a database and not of a process (mails that wait, jobs that are overdue): one process tells it.

Each process tries for each database it has loaded to get a lock of PostgreSQL's; the one that has it looks every
INTERVAL seconds, by a connection of its own out of Odoo's pool, in a thread of its own, with a time limit for each
statement. Nothing is asked when metrics are read. PostgreSQL takes the lock back when the connection ends, however
the process does, and the next that tries gets it.

Each second it looks at the sessions of the databases that it leads (lock_watch.py), by the same connection. What it
sees is of use to the processes of its own machine; on each other machine one process looks as well, for them, and
tells nothing of the database.

The lock belongs to a session. A pool of connections between Odoo and PostgreSQL that hands out sessions by
transaction (PgBouncer's ``transaction`` mode) lets several processes believe that they lead; they tell the same.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator

import psycopg2

from odoo import sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

from ..tools import semconv
from ..tools.observation import Observation
from . import faults
from .activity import Activity
from .failures import Failures
from .lock_watch import LockWatch
from .measurements import Measurements
from .periodic import Periodic

INTERVAL = 15.0  # s
WATCH_INTERVAL = 1.0  # s
STATEMENT_TIMEOUT = "5s"
# Each database that a process leads takes a connection of its pool: at most so many, and this part of the pool.
MAX_DATABASES = 8
POOL_SHARE = 8
# To give up the lock; PostgreSQL takes it back all the same.
SHUTDOWN_TIMEOUT = 0.1
# Of no meaning but that nobody else has it: pg_locks shows it as classid and objid.
LOCK = 0x6F64_6F6F_6F70_7301
# What is asked of each database, with a cursor that has a time limit; whoever has something to tell adds to it.
questions: list[Callable[[sql_db.Cursor], Iterator[Observation]]] = []


class Leader(Periodic):
    """Tries to lead, and tells what it finds, until it is shut down.

    :param activity: where it leaves what it has seen of sessions, for all processes of the machine
    """

    def __init__(
        self,
        measurements: Measurements,
        activity: Activity,
        interval: float = INTERVAL,
        clock: Callable[[], float] = time.monotonic,
    ):
        super().__init__(interval, "odooops.telemetry.leader")
        self._measurements, self._activity = measurements, activity
        self._states = measurements.states
        self._leads: dict[str, sql_db.Cursor] = {}
        # Those that it looks at for its machine alone, while another machine's process leads.
        self._visits: dict[str, sql_db.Cursor] = {}
        self._watches: dict[str, LockWatch] = {}
        self._failures = Failures(clock)

    def run(self) -> None:
        seconds = 0.0
        while not self._wake.wait(WATCH_INTERVAL):
            seconds += WATCH_INTERVAL
            if seconds >= self._interval:
                seconds = 0.0
                self._timed(self.step, None)
            self._timed(self.watch)
        self._timed(self.step, self._deadline)

    def step(self, deadline: float | None) -> None:
        served = [] if deadline is not None else _databases()
        for database in {*self._leads, *self._visits} - set(served):
            self._give_up(database)
        served = [database for database in served if not self._failures.is_waiting(database)]
        # Those it has nothing to do with yet in another order each time: there may be more than it may ask for.
        others = random.sample(served, len(served))
        for database in list(dict.fromkeys((*self._leads, *self._visits, *others)))[: _limit()]:
            self.guarded(self._guard, self._look, database)

    def watch(self) -> None:
        """Look at the sessions of the databases that it leads, or looks at for its machine."""
        for database in [*self._leads, *self._visits]:
            self.guarded(self._guard, self._watch, database)

    def _watch(self, database: str) -> None:
        leads = self._leads.get(database)
        look = self._watches.get(database)
        if look is None:
            look = self._watches[database] = LockWatch(self._measurements.add if leads else _tell_nobody)
        sightings, waiting = look.look(leads or self._visits[database])
        if leads:
            self._states[_sessions_of(database)] = [waiting]
        if self._activity.claim(database):
            self._activity.add(database, sightings)

    def close(self, timeout: float = SHUTDOWN_TIMEOUT) -> None:
        super().close(timeout)

    def shutdown(self, timeout: float = SHUTDOWN_TIMEOUT) -> None:
        if self.is_alive():
            super().shutdown(timeout)

    def _look(self, database: str) -> None:
        cursor = self._leads.get(database) or self._try(database)
        if cursor is not None:
            self._states[database] = _ask(cursor)

    def _guard(self, function: Callable[[str], None], database: str) -> None:
        """Call it; when it fails another process may lead."""
        try:
            function(database)
            self._failures.forget(database)
        except Exception as error:
            # One that is lost is looked for at once; what cannot be had at all, later.
            if database not in self._leads and database not in self._visits:
                self._failures.note(database, error)
            self._give_up(database)
            # The database restarts, is dropped, or its pool is full: the next time, or another process.
            if not isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError | sql_db.PoolError):
                raise

    def _try(self, database: str) -> sql_db.Cursor | None:
        """A cursor that holds the lock, or None where another process has it."""
        cursor = self._visits.get(database) or sql_db.db_connect(database).cursor()
        try:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK], log_exceptions=False)
            is_leading = cursor.fetchone()[0]
            cursor.commit()
        except Exception:
            cursor.close()
            raise
        if not is_leading:
            self._visit(database, cursor)
            return None
        # From now on it tells what it sees.
        self._watches.pop(database, None)
        self._visits.pop(database, None)
        self._leads[database] = cursor
        self._activity.claim(database)
        return cursor

    def _visit(self, database: str, cursor: sql_db.Cursor) -> None:
        """Keep the connection if nobody else on this machine looks at the database."""
        if self._activity.claim(database):
            self._visits[database] = cursor
        else:
            cursor.close()

    def _give_up(self, database: str) -> None:
        self._states.pop(database, None)
        self._states.pop(_sessions_of(database), None)
        self._watches.pop(database, None)
        self._activity.forget(database)
        if visit := self._visits.pop(database, None):
            with contextlib.suppress(psycopg2.Error):
                visit.close()
        cursor = self._leads.pop(database, None)
        if cursor is None:
            return
        # Back in the pool it would go on holding the lock.
        with contextlib.suppress(psycopg2.Error):
            cursor.rollback()
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK], log_exceptions=False)
            cursor.commit()
        with contextlib.suppress(psycopg2.Error):
            cursor.close()


def _sessions_of(database: str) -> str:
    """The name of what is told of its sessions; no database has a name with a line break."""
    return f"{database}\nsessions"


def _tell_nobody(*_measured) -> None:
    """The leader counts what all see."""


def _limit() -> int:
    """How many databases a process may lead, look at or ask for at a time."""
    return max(1, min(MAX_DATABASES, config["db_maxconn"] // POOL_SHARE))


def _databases() -> list[str]:
    """The databases that this process serves by now."""
    return [name for name, registry in list(Registry.registries.items()) if registry.ready]


def _ask(cursor: sql_db.Cursor) -> list[Observation]:
    """What there is to tell of a database. An answer that does not come in time is missing, the others are told."""
    found = [Observation(semconv.TELEMETRY_LEADER, {(cursor.dbname,): 1})]
    for question in list(questions):
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true)", [STATEMENT_TIMEOUT], log_exceptions=False
        )
        try:
            found += question(cursor)
            cursor.commit()
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            if cursor._cnx.closed:
                raise
            cursor.rollback()
        except Exception:
            faults.report("Telemetry could not ask a database something; Odoo is not affected.")
            cursor.rollback()
    return found

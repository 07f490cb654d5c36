"""What the rules of sampling and of redaction say in each database that this process serves, without a restart.

Rules are records. What reads them comes with the models (``sources``); here it is asked again when something has
changed, by the threads that aggregate and never by a request. That something has changed a process learns by what it
looks at anyway: Odoo compares the numbers of its caches with those of the database at the start of each request and
job, and whoever changes a rule invalidates a cache. So the first request after a change is decided by the new rules,
in every process.
"""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple, Protocol

import psycopg2

from odoo import sql_db
from odoo.modules.registry import Registry

from ..tools.sampling_rules import Policy, policy_of
from ..tools.settings import Settings
from . import faults

# Seconds that a thread waits for another one that reads: it then goes by what is known.
WAIT = 1.0
# Seconds until what could not be read is read again, and until a database that was not there is asked again.
RETRY = 60.0
RETRY_AWAY = 5.0
# It restarts, is dropped, or its pool is full.
_AWAY = (psycopg2.OperationalError, psycopg2.InterfaceError, sql_db.PoolError)
# It is there, but somebody holds its rules locked for longer than we wait, as an upgrade does.
_LOCKED = (psycopg2.errors.QueryCanceled, psycopg2.errors.LockNotAvailable)


class Source(Protocol):
    """Reads what a database says, as ``tools.sampling_rules.policy_of`` and ``tools.redaction_rules.together`` take it.

    None where it has no such rules.
    """

    def version(self, registry: Registry) -> object:
        """Something else after a change. Costs next to nothing, and asks no database."""

    def read_redaction(self, registry: Registry) -> Iterable[Mapping] | None: ...

    def read_policy(self, registry: Registry) -> Mapping | None: ...


class Follower(Protocol):
    """Told what databases say of redaction (``redaction.Redaction``)."""

    def follow(self, database: str, rules: Iterable[Mapping] | None) -> None: ...

    def serve(self, databases: Collection[str]) -> Collection[str]:
        """Told which databases there are by now; says which of those before have been gone for a while."""


# By name of the database; models/ adds those that have rules.
sources: dict[str, Source] = {}
# Called with the name of a database that this process has not served for a while, by those that keep something of each.
forgetters: list[Callable[[str], object]] = []


class Failure(NamedTuple):
    """What could not be read: of which version, when to try again (s of the clock), whether the database is away."""

    version: object
    again: float
    is_away: bool


class Policies:
    """One for each database that has rules, and the process's own for all others.

    :param slot: name of the process's slot
    """

    def __init__(self, settings: Settings, slot: str = "", clock: Callable[[], float] = time.monotonic):
        self._settings, self._slot, self._clock = settings, slot, clock
        self.default = self._make(None)
        self._policies: dict[str, Policy] = {}
        # What holds, and what could not be read, by the kind of the rules and the database
        self._versions: dict[tuple[str, str], object] = {}
        self._failed: dict[tuple[str, str], Failure] = {}
        self.redaction: Follower | None = None
        self._lock = threading.Lock()
        # Whether any database has a rule that chooses the driver: else requests are not looked at on their way.
        self.has_driver_rules = False

    def find(self, database: str | None) -> Policy:
        return self._policies.get(database, self.default)

    @property
    def unread(self) -> set[tuple[str, str]]:
        """Whose rules could not be read or followed, and of which kind they are: what they said before still holds.

        A database that is away has no requests that they were for.
        """
        return {key for key, failure in list(self._failed.items()) if not failure.is_away}

    def refresh(self) -> None:
        """Read again what has changed. What cannot be read now stays as it is until the next time."""
        if not self._lock.acquire(timeout=WAIT):
            return
        try:
            registries = Registry.registries.snapshot
            for database in self.redaction.serve(registries.keys()) if self.redaction else ():
                self._forget(database)
            self._drop_all_but(registries.keys())
            for registry in registries.values():
                if registry.ready:
                    self._refresh(registry)
        except Exception:
            faults.report("Telemetry could not read its rules of the database; Odoo is not affected.")
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Have everything be read the next time, whatever has changed."""
        self._versions.clear()
        self._failed.clear()

    def _drop_all_but(self, databases: Collection[str]) -> None:
        """Have those that are gone be read anew, should they come back."""
        for noted in (self._versions, self._failed):
            for key in [key for key in noted if key[1] not in databases]:
                del noted[key]

    def _forget(self, database: str) -> None:
        """Keep nothing of a database that has been gone for a while: it was dropped, or renamed."""
        sources.pop(database, None)
        if self._policies.pop(database, None):
            self._look_for_driver_rules()
        for forget in list(forgetters):
            forget(database)

    def _refresh(self, registry: Registry) -> None:
        source = sources.get(registry.db_name)
        if source is None:
            return
        version = source.version(registry)
        # Each by itself: what keeps secrets does not wait for what saves room.
        for rules, read in (("redaction", self._read_redaction), ("sampling", self._read_sampling)):
            key = rules, registry.db_name
            if version != self._versions.get(key) and not self._is_waiting(key, version):
                self._read(key, version, functools.partial(read, source, registry))

    def _is_waiting(self, key: tuple[str, str], version: object) -> bool:
        """Whether this has failed a moment ago. Another version may be another matter."""
        failure = self._failed.get(key)
        return failure is not None and failure.version == version and self._clock() < failure.again

    def _read(self, key: tuple[str, str], version: object, read: Callable[[], None]) -> None:
        try:
            read()
        except Exception as error:
            is_away = isinstance(error, _AWAY) and not isinstance(error, _LOCKED)
            again = self._clock() + (RETRY_AWAY if is_away else RETRY)
            self._failed[key] = Failure(version, again, is_away)
            if is_away:
                return
            faults.report(
                f"Telemetry could not read the rules of {key[0]} of {key[1]}; Odoo is not affected."
            )
        else:
            # Last: what could not be followed is read again.
            self._versions[key] = version
            self._failed.pop(key, None)

    def _read_redaction(self, source: Source, registry: Registry) -> None:
        if self.redaction:
            self.redaction.follow(registry.db_name, source.read_redaction(registry))

    def _read_sampling(self, source: Source, registry: Registry) -> None:
        self._policies[registry.db_name] = self._make(source.read_policy(registry))
        self._look_for_driver_rules()

    def _look_for_driver_rules(self) -> None:
        self.has_driver_rules = any(policy.has_driver_rules for policy in list(self._policies.values()))

    def _make(self, stored: Mapping | None) -> Policy:
        return policy_of(self._settings, stored, self._slot, os.getpid())

"""What the rules of sampling and of redaction say in each database that this process serves, without a restart.

Rules are records. What reads them comes with the models (``sources``); here it is asked again when something has
changed, by the threads that aggregate and never by a request. That something has changed a process learns by what it
looks at anyway: Odoo compares the numbers of its caches with those of the database at the start of each request and
job, and whoever changes a rule invalidates a cache. So the first request after a change is decided by the new rules,
in every process.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

import psycopg2

from odoo import sql_db
from odoo.modules.registry import Registry

from ..tools.sampling_rules import Policy, policy_of
from ..tools.settings import Settings
from . import faults

# Seconds that a thread waits for another one that reads: it then goes by what is known.
WAIT = 1.0


class Source(Protocol):
    """Reads what a database says, as ``tools.sampling_rules.policy_of`` and ``redaction.Redaction`` take it."""

    def version(self, registry: Registry) -> object:
        """Something else after a change. Costs next to nothing, and asks no database."""

    def read_policy(self, registry: Registry) -> Mapping | None: ...


# By name of the database; models/ adds those that have rules.
sources: dict[str, Source] = {}


class Policies:
    """One for each database that has rules, and the process's own for all others.

    :param slot: name of the process's slot
    """

    def __init__(self, settings: Settings, slot: str = ""):
        self._settings, self._slot = settings, slot
        self.default = self._make(None)
        self._policies: dict[str, Policy] = {}
        self._versions: dict[str, object] = {}
        # Told of each database what it says, for what is no sampling.
        self.follow: Callable[[str, Mapping | None], None] = lambda database, stored: None
        self._lock = threading.Lock()
        # Whether any database has a rule that chooses the driver: else requests are not looked at on their way.
        self.has_driver_rules = False

    def find(self, database: str | None) -> Policy:
        return self._policies.get(database, self.default)

    def refresh(self) -> None:
        """Read again what has changed. What cannot be read now stays as it is until the next time."""
        if not sources or not self._lock.acquire(timeout=WAIT):
            return
        try:
            for registry in Registry.registries.snapshot.values():
                if registry.ready:
                    self._refresh(registry)
        except Exception:
            faults.report("Telemetry could not read its rules of the database; Odoo is not affected.")
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Have everything be read the next time, whatever has changed."""
        self._versions.clear()

    def _refresh(self, registry: Registry) -> None:
        name = registry.db_name
        source = sources.get(name)
        if source is None or (version := source.version(registry)) == self._versions.get(name):
            return
        try:
            stored = source.read_policy(registry)
        except (psycopg2.OperationalError, psycopg2.InterfaceError, sql_db.PoolError):
            # It restarts, is dropped, or its pool is full.
            return
        except Exception:
            # Asking again each second would not help.
            self._versions[name] = version
            raise
        self._policies[name] = self._make(stored)
        self._versions[name] = version
        self.has_driver_rules = any(policy.has_driver_rules for policy in list(self._policies.values()))
        self.follow(name, stored)

    def _make(self, stored: Mapping | None) -> Policy:
        return policy_of(self._settings, stored, self._slot, os.getpid())

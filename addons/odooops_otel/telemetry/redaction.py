"""What rules of redaction add to the policy of this process, without a restart.

A process has one policy for all that it says: what is said in a thread is not always of a known database, and a rule
only ever takes more out. So it redacts what the rules of any database say that it serves.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping

from ..tools.redact import Policy
from ..tools.redaction_rules import Additions, together, union
from .recorder import Recorder

_logger = logging.getLogger(__name__)

# Seconds that rules hold on after their database has gone: what was recorded of it may wait to be sent, and one that
# only made room for another comes back.
KEEP = 3600.0


class Redaction:
    """Follows the rules of all databases.

    :param policy: the one that everything in this process uses
    """

    def __init__(self, policy: Policy, recorder: Recorder, clock: Callable[[], float] = time.monotonic):
        self._policy, self._recorder, self._clock = policy, recorder, clock
        self._additions: dict[str, Additions] = {}
        # Names of stored rules that do not hold, by database.
        self._refused: dict[str, tuple[str, ...]] = {}
        # When each database was last served, in s of the clock.
        self._served: dict[str, float] = {}
        self._is_new = False
        # Names and patterns that there is no room for; ``left_out`` counts rules that are refused as well.
        self._crowded_out = 0

    @property
    def left_out(self) -> int:
        """How many names, patterns and rules are not in force."""
        return self._crowded_out + sum(map(len, list(self._refused.values())))

    @property
    def refused(self) -> dict[str, int]:
        """How many stored rules are not in force, by database; the database says of each why."""
        return {database: len(names) for database, names in list(self._refused.items()) if names}

    def follow(self, database: str, rules: Iterable[Mapping] | None) -> None:
        """Have what a database says now hold: the fields of its rules, if it has any."""
        self._served[database] = self._clock()
        found = together(rules or ())
        self._additions[database] = found.additions
        self._note_refused(database, found.refused)
        self._hold()

    def serve(self, databases: Collection[str]) -> list[str]:
        """Forget what databases said that this process no longer serves, and keep the names of the others.

        Returns those that it has not served for :data:`KEEP`: nothing of them is kept any more.
        """
        now = self._clock()
        self._served.update(dict.fromkeys(databases, now))
        gone = [name for name, served in self._served.items() if now - served > KEEP]
        for name in gone:
            del self._served[name]
            self._refused.pop(name, None)
            self._recorder.forget_database(name)
        self._policy.keep(self._served.keys())
        if [name for name in gone if self._additions.pop(name, None)]:
            self._hold()
        return gone

    def _note_refused(self, database: str, names: tuple[str, ...]) -> None:
        """Tell once of rules that were stored and are not taken any more: the database shows them as active."""
        if names and names != self._refused.get(database):
            _logger.error(
                "Telemetry: rules of redaction of %s are not in force, as their patterns look too far by now or are "
                "none: %s. See docs/redaction.md.",
                database,
                ", ".join(names),
            )
        self._refused[database] = names

    def _hold(self) -> None:
        found = union(self._additions.values())
        if found.left_out > self._crowded_out:
            _logger.error(
                "Telemetry: %s names and patterns of redaction are not in force, as the databases of this process have "
                "too many together. See docs/redaction.md.",
                found.left_out,
            )
        self._crowded_out = found.left_out
        # Should the rest fail, it is done the next time.
        self._is_new |= self._policy.add(*found.additions)
        if self._is_new:
            self._recorder.redact_again()
            self._is_new = False

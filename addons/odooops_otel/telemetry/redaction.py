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
        # When each database was last served, in s of the clock.
        self._served: dict[str, float] = {}
        self._is_new = False
        # Names and patterns that there is no room for.
        self.left_out = 0

    def follow(self, database: str, rules: Iterable[Mapping] | None) -> None:
        """Have what a database says now hold: the fields of its rules, if it has any."""
        self._served[database] = self._clock()
        self._additions[database] = together(rules or ())
        self._hold()

    def serve(self, databases: Collection[str]) -> None:
        """Forget what databases said that this process no longer serves, and keep the names of the others."""
        now = self._clock()
        self._served.update(dict.fromkeys(databases, now))
        gone = [name for name, served in self._served.items() if now - served > KEEP]
        for name in gone:
            del self._served[name]
        self._policy.keep(self._served.keys())
        if [name for name in gone if self._additions.pop(name, None)]:
            self._hold()

    def _hold(self) -> None:
        found = union(self._additions.values())
        if found.left_out > self.left_out:
            _logger.error(
                "Telemetry: %s names and patterns of redaction are not in force, as the databases of this process have "
                "too many together. See docs/redaction.md.",
                found.left_out,
            )
        self.left_out = found.left_out
        # Should the rest fail, it is done the next time.
        self._is_new |= self._policy.add(*found.additions)
        if self._is_new:
            self._recorder.redact_again()
            self._is_new = False

"""What rules of redaction add to the policy of this process, without a restart.

A process has one policy for all that it says: what is said in a thread is not always of a known database, and a rule
only ever takes more out. So it redacts what the rules of any database say that it serves.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..tools.redact import Policy
from ..tools.redaction_rules import Additions, together, union
from .recorder import Recorder


class Redaction:
    """Follows the rules of all databases.

    :param policy: the one that everything in this process uses
    """

    def __init__(self, policy: Policy, recorder: Recorder):
        self._policy, self._recorder = policy, recorder
        self._additions: dict[str, Additions] = {}

    def follow(self, database: str, stored: Mapping | None) -> None:
        """Have what a database says now hold: ``redaction`` of it is a list of the fields of its rules."""
        self._additions[database] = together(stored["redaction"]) if stored else Additions()
        if self._policy.add(*union(self._additions.values())):
            self._recorder.redact_again()

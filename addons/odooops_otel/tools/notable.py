"""Statements that are told one by one, the slow and the failed, with where they came from and what they waited for."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from . import otlp, semconv
from .activity import Sighting, Wait
from .diagnosis import code
from .place import Place

# Slow statements of one record that are told so.
MAX_SLOW = 20


@dataclasses.dataclass(slots=True)
class NotableStatement:
    """As in ``Record.statements``, with PostgreSQL's process that ran it and the line of code that sent it."""

    text: str
    start: float  # s since the epoch
    duration: float  # s
    backend_pid: int | None
    place: Place | None
    is_slow: bool = True
    # The class of the exception that it raised, and SQLSTATE, if PostgreSQL said something
    error_type: str | None = None
    code: str | None = None
    # Sightings of it while it ran, in their order (tools/activity.py)
    sightings: Sequence[Sighting] = ()

    @property
    def query_id(self) -> int | None:
        """PostgreSQL's, where it computes one and somebody looked while the statement ran."""
        return next((each.query_id for each in self.sightings if each.query_id), None)

    @property
    def wait(self) -> Wait | None:
        """The longest wait for a lock that was seen."""
        waits = [each.wait for each in self.sightings if each.wait]
        return max(waits, key=lambda wait: wait.seconds, default=None)

    def attributes(self) -> dict[str, otlp.Value | None]:
        return {
            "odoo.sql.slow": self.is_slow or None,
            "odooops.postgresql.backend.pid": self.backend_pid,
            "odooops.postgresql.query.id": str(self.query_id) if self.query_id else None,
            **code(self.place),
            "error.type": self.error_type,
            "db.response.status_code": self.code,
        }

    def events(self) -> list[tuple[int, str, dict[str, otlp.Value | None]]]:
        """The wait for a lock: time in ns since the epoch, name, attributes."""
        seen = [each for each in self.sightings if each.wait is self.wait]
        if not seen or self.wait is None:
            return []
        return [(int(seen[0].at * 1e9), semconv.LOCK_WAIT_EVENT, self.wait.attributes())]


def add(found: list[NotableStatement], statement: NotableStatement) -> None:
    """Put it among the slowest of its record."""
    if len(found) < MAX_SLOW:
        found.append(statement)
        return
    fastest = min(range(len(found)), key=lambda index: found[index].duration)
    if found[fastest].duration < statement.duration:
        found[fastest] = statement

"""What the ORM did within one request or job: by operation and model, without a trace of the single call.

*Own time* is that of a call without the calls of the ORM within it, so that the own times of a request add up to
what it spent in the ORM, statements included. What addons do around a call in their overrides is theirs.
"""

from __future__ import annotations

import heapq
import operator
from collections.abc import Callable

from . import semconv
from .metrics import OTHER, Instrument, Point

# Operations on models that are told apart in one request; a module upgrade meets all models there are.
MAX_ENTRIES = 1000
# Of a kept request: those that took most time become spans, and what took less than this many seconds does not.
MAX_SPANS = 20
MIN_SPAN_TIME = 0.001
# Calls that have ended and wait for the one that they belong to, before neighbours are put together. One that began in
# the midst of what was put together does not know of it: that is at most such a part of its own duration.
MAX_ENDED = 1000
MAX_PART = 1 / 16

# Operation (see telemetry/orm.py), model, number of records, and when it began and ended in seconds of a clock.
Call = tuple[str, str, int, float, float]


# By operation and model: [calls, records, own seconds, when the first began, when the last ended], the last two in
# seconds of the clock of the calls.
Entries = dict[tuple[str, str], list]
# What is told of a kept record, each becomes a span: entries by operation and model.
Work = list[tuple[tuple[str, str], list]]


class Calls(list):
    """Calls in the order in which they ended, those within a call before it, and the sums of those before.

    ``native/`` has the same, compiled; this module's tests hold the two equal.

    :param limit: entries that are told apart
    :param other: the model of the rest
    """

    __slots__ = ("_ended", "_entries", "_limit", "_other")

    def __init__(self, limit: int = MAX_ENTRIES, other: str = OTHER):
        super().__init__()
        self._limit, self._other = limit, other
        # Beginning and duration of calls that have ended, those within them taken out.
        self._ended: list[tuple[float, float]] = []
        self._entries: Entries = {}

    def fold(self) -> None:
        """Sum up what there is; not in the request's thread, which may add some meanwhile."""
        calls = self[:]
        if not calls:
            return
        del self[: len(calls)]
        ended, entries = self._ended, self._entries
        for operation, model, records, began, end in calls:
            inner = 0.0
            while ended and ended[-1][0] >= began:
                inner += ended.pop()[1]
            duration = end - began
            ended.append((began, duration))
            place = operation, model
            entry = entries.get(place)
            if entry is None:
                if len(entries) < self._limit:
                    entries[place] = [1, records, duration - inner, began, end]
                    continue
                entry = entries.setdefault((operation, self._other), [0, 0, 0.0, began, end])
            entry[0] += 1
            entry[1] += records
            entry[2] += duration - inner
            if began < entry[3]:
                entry[3] = began
            if end > entry[4]:
                entry[4] = end
        if len(ended) > MAX_ENDED:
            self._put_together(end)

    def _put_together(self, now: float) -> None:
        """Neighbours that together are short for how long ago they were: few are left, however many there were."""
        ended = self._ended
        kept = ended[:1]
        for index in range(1, len(ended)):
            began, duration = kept[-1]
            following = ended[index + 1][0] if index + 1 < len(ended) else now
            if following - began <= MAX_PART * (now - began):
                kept[-1] = began, duration + ended[index][1]
            else:
                kept.append(ended[index])
        if len(kept) > MAX_ENDED:
            # Of a clock that does not rise: no time is right.
            del kept[: -MAX_ENDED // 2]
        self._ended = kept

    def entries(self) -> Entries:
        """The sums of all calls; no call follows."""
        self.fold()
        self._ended.clear()
        return self._entries

    def longest(self, least: float, most: int) -> Work:
        """What took at least so many seconds, in the order in which it began; of many the longest. No call follows."""
        found = [each for each in self.entries().items() if each[1][2] >= least]
        # Of those that took as long the first.
        found.sort(key=_began)
        if len(found) > most:
            found = heapq.nlargest(most, found, key=lambda each: each[1][2])
            found.sort(key=_began)
        return found

    def absorb(self, other: Calls) -> None:
        """Add what others have counted."""
        for place, added in other.entries().items():
            entry = self._entries.get(place)
            if entry is None:
                self._entries[place] = added[:]
                continue
            entry[:3] = map(operator.add, entry[:3], added[:3])
            entry[3:] = min(entry[3], added[3]), max(entry[4], added[4])

    def take(self) -> Entries:
        """:meth:`entries`, and begin anew."""
        taken, self._entries = self.entries(), {}
        return taken


def _began(entry: tuple[tuple[str, str], list]) -> float:
    return entry[1][3]


class Counters:
    """The work of all requests and jobs of a process.

    :param make: makes an instrument, with the limits of all
    :param make_calls: makes what calls are summed up in (telemetry/compiled.py)
    """

    def __init__(self, make: Callable[[semconv.Metric], Instrument], make_calls: Callable[[], Calls] = Calls):
        self._make_calls = make_calls
        # By database, what has been added since it was told
        self._added: dict[str | None, Calls] = {}
        metrics = semconv.ORM_CALLS, semconv.ORM_RECORDS, semconv.ORM_TIME
        self.instruments = tuple(map(make, metrics))
        # By database, operation and model: one look-up instead of three; bounded as the instruments are.
        self._points: dict[str | None, dict[tuple[str, str], tuple[Point, ...]]] = {}

    def add(self, calls: Calls, database: str | None) -> None:
        """Count the calls of a record, when :meth:`tell` is called."""
        added = self._added.get(database)
        if added is None:
            added = self._added[database] = self._make_calls()
        added.absorb(calls)

    def tell(self) -> None:
        """Have the instruments count what was added: models are few, and records many."""
        for database, added in list(self._added.items()):
            self._count(added.take(), database)

    def _count(self, entries: Entries, database: str | None) -> None:
        known = self._points.setdefault(database, {})
        for key, (count, records, seconds, _first, _last) in entries.items():
            calls, touched, time = known.get(key) or self._find(known, key, database)
            calls.total += count
            touched.total += records
            # The clock is monotonic, but inner calls end in another order when a thread is shared.
            time.total += max(seconds, 0.0)

    def forget(self) -> None:
        """The instruments have other series now."""
        self._points.clear()

    def forget_database(self, database: str) -> None:
        """It is gone; what it has counted stays."""
        self.tell()
        self._points.pop(database, None)
        self._added.pop(database, None)

    def _find(self, known: dict, place: tuple[str, str], database: str | None) -> tuple[Point, ...]:
        operation, model = place
        key = model, operation, database
        found = tuple(instrument.find(key) for instrument in self.instruments)
        if all(key in instrument.points for instrument in self.instruments):
            known[place] = found
        return found

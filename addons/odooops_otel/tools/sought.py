"""Repeated statements whose line of code is not known yet, by the route, call or job that sends them.

A loop that is over within milliseconds is seldom met by a look now and then. But the next request of its kind will
most likely run it again, and what to look for is known by then. To look at each statement costs a request more than
all the rest of its telemetry, so a line that was found is told from then on, as one that is remembered, and sought
again after many records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from .diagnosis import MIN_REPEATED, Repetition
from .place import Place
from .shape import Shape

# Kinds of requests that are remembered; the one that came last longest ago makes room.
MAX_KINDS = 100
# Statements of a kind that are, and records that look for one in vain: no line of an addon sends it.
MAX_STATEMENTS = 5
MAX_TRIES = 3
# Records that look for one at all: those that do not run the loop have not looked in vain, but pay for it.
MAX_RECORDS = 20
# Records that are told a line from memory before it is sought again: the code may be another by now.
MAX_TOLD = 1000
# Records of all kinds after which a kind that has not come back is looked for no more: all others pay for it.
MAX_PASSED = 1000
# Which of the times that a record sends it are looked at: another line may send it first, but not as often.
LOOKS = (MIN_REPEATED, 2 * MIN_REPEATED, 4 * MIN_REPEATED)

# Where texts of a shape begin to differ: a literal, or the parameters, of which a list has more or fewer.
_VALUE = re.compile(r"['$]|%s|(?<!\w)\d")


class Statement:
    """A statement that is looked for: how its text begins, how often that was in vain, and its line if known."""

    __slots__ = ("beginning", "place", "records", "told", "tries")

    def __init__(self, beginning: str):
        self.beginning = beginning
        self.place: Place | None = None
        self.records = self.told = self.tries = 0

    @property
    def is_wanted(self) -> bool:
        is_open = self.place is None or self.told >= MAX_TOLD
        return is_open and self.tries < MAX_TRIES and self.records < MAX_RECORDS

    def find(self, place: Place, *, keeps: bool) -> None:
        """Somebody has seen its line.

        :param keeps: remember it, and seek no more for a while
        """
        self.tries = 0
        self.place = place if keeps else None
        if keeps:
            self.told = self.records = 0

    def miss(self) -> None:
        """Somebody has looked in vain. What that happens to again and again is not sent from where it was."""
        self.tries += 1
        if self.tries >= MAX_TRIES:
            self.place = None


class Sought:
    """What the records of a process look for.

    ``by_kind`` has the beginnings of texts, and only kinds that have some; each value is put in place as a whole, so
    that requests read it without a lock. Whoever changes it holds the aggregator's.
    """

    def __init__(self):
        self.by_kind: dict[str, tuple[str, ...]] = {}
        # The kind that came last is the last.
        self._noted: dict[str, dict[str, Statement]] = {}
        self._passed = 0
        self._came: set[str] = set()

    def note(
        self,
        kind: str,
        found: Iterable[Repetition],
        texts: Callable[[Shape], str | None],
        *,
        wanted: Collection[str],
        is_job: bool = False,
        is_mixed: bool = False,
    ) -> None:
        """Learn from what a record repeated.

        A line of code without a module is that of one server action, and of a request the next may run another. So it
        goes on being sought, but in a job.

        :param kind: of the record
        :param texts: a text of a shape, if there is one
        :param wanted: what the record knew to look for
        :param is_mixed: what runs in records of this kind is now this and now that: no line is remembered
        """
        noted = self._noted.pop(kind, {})
        for statement in noted.values():
            statement.records += statement.beginning in wanted
        for shape, place in ((each.shape, each.place) for each in found):
            statement = noted.get(shape.text)
            if statement is None:
                if place is None and len(noted) < MAX_STATEMENTS and (text := texts(shape)):
                    noted[shape.text] = Statement(beginning(text))
            elif place is not None:
                statement.find(place, keeps=not is_mixed and (is_job or place.module is not None))
            elif statement.beginning in wanted:
                statement.miss()
        if noted:
            self._noted[kind] = noted
            self._publish(kind, noted)

    def complete(self, kind: str, found: Iterable[Repetition]) -> list[Repetition]:
        """What a record repeated, with the lines that others of its kind have shown."""
        noted = self._noted.get(kind, {})
        return [self._completed(each, noted.get(each.shape.text)) for each in found]

    @staticmethod
    def _completed(repetition: Repetition, statement: Statement | None) -> Repetition:
        if repetition.place is not None or statement is None or statement.place is None:
            return repetition
        statement.told += 1
        return repetition._replace(place=statement.place, is_remembered=True)

    def pass_by(self) -> None:
        """A record of whatever kind has ended while something is sought.

        A kind that does not come back for long is sought no more: until they know what they are, all others look.
        """
        self._passed += 1
        if self._passed >= MAX_PASSED:
            for kind in self.by_kind.keys() - self._came:
                del self.by_kind[kind]
            self._passed = 0
            self._came.clear()

    def _publish(self, kind: str, noted: Mapping[str, Statement]) -> None:
        self._came.add(kind)
        wanted = tuple(each.beginning for each in noted.values() if each.is_wanted)
        if wanted:
            self.by_kind[kind] = wanted
        else:
            self.by_kind.pop(kind, None)
        if len(self._noted) > MAX_KINDS:
            oldest = next(iter(self._noted))
            del self._noted[oldest]
            self.by_kind.pop(oldest, None)


class Search:
    """What one record still looks for, and how often it has met it."""

    __slots__ = ("_met",)

    def __init__(self, wanted: Iterable[str]):
        self._met = dict.fromkeys(wanted, 0)

    def is_due(self, text: str) -> bool:
        """Whether the line of this statement is to be taken; asked at each one."""
        for wanted, met in self._met.items():
            if text.startswith(wanted):
                if met + 1 == LOOKS[-1]:
                    del self._met[wanted]
                else:
                    self._met[wanted] = met + 1
                return met + 1 in LOOKS
        return False

    @property
    def is_over(self) -> bool:
        """Whether everything was looked at."""
        return not self._met


def beginning(text: str) -> str:
    """What all texts of a statement begin with, whatever its values."""
    value = _VALUE.search(text)
    return text[: value.start()] if value else text

"""The statements of a record: a list, whose method is the hook of Odoo's cursors, and what becomes of it.

``native/`` has the same, compiled; this module's tests hold the two equal.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

# Text, start in s since the epoch, duration in s.
Statement = tuple[str, float, float]


class Group(NamedTuple):
    """Statements of one text. ``buckets`` has the number of a bucket and how many fell into it, as of bounds."""

    text: str
    count: int
    seconds: float
    first: float  # when the first began, s since the epoch
    end: float  # when the last ended
    buckets: Sequence[tuple[int, int]]


class Statements(list):
    """Statements in the order in which they ended.

    ``look`` is called with (cursor, query, start, delay) for each that ends after ``next_look`` (s since the epoch) or
    takes ``slow_after`` (s) or longer.
    """

    __slots__ = ("look", "next_look", "slow_after")

    def __init__(self, statements: Iterable[Statement] = ()):
        super().__init__(statements)
        self.look: Callable | None = None
        self.next_look = self.slow_after = math.inf

    def note(self, cursor, query, _params, start: float, delay: float) -> None:
        """The hook, called between one statement and the next.

        What a statement is, how long its text and how many there are is left to the drainer.
        """
        self.append((query, start, delay))
        # By itself, too: a clock that is set back does not reach the next look.
        if (start + delay >= self.next_look or delay >= self.slow_after) and self.look is not None:
            self.look(cursor, query, start, delay)

    def __getitem__(self, key):
        found = super().__getitem__(key)
        return Statements(found) if isinstance(key, slice) else found

    def shorten(self, limit: int, function: Callable[[object], str]) -> None:
        """Put ``function(text)`` in place of what is no text or has more than ``limit`` characters."""
        texts = [text for text, _start, _delay in self]
        if texts and (set(map(type, texts)) != {str} or max(map(len, texts)) > limit):
            # Others may be appended meanwhile.
            for index, text in enumerate(texts):
                if type(text) is not str or len(text) > limit:
                    self[index] = (function(text), *self[index][1:])

    def share(self, known: dict[str, str], limit: int) -> None:
        """Hold one object of each text that has at most ``limit`` characters, the one that ``known`` has."""
        one_of = known.setdefault
        self[:] = [
            (one_of(text, text) if len(text) <= limit else text, start, delay) for text, start, delay in self
        ]

    def text_size(self) -> int:
        """Characters of all texts."""
        return sum([len(text) for text, _start, _delay in self])


class Sums:
    """Statements by text, of one record or of many.

    :param bounds: of buckets: number i holds bounds[i-1] < duration <= bounds[i]
    """

    def __init__(self, bounds: tuple[float, ...]):
        self._bounds = bounds
        # By text: count, seconds, when the first began, when the last ended, buckets
        self._groups: dict[str, list] = {}

    def add(self, statements: Iterable[Statement]) -> float:
        """Count them; their seconds together."""
        groups, bounds, bisect_left, total = self._groups, self._bounds, bisect.bisect_left, 0.0
        for text, start, delay in statements:
            # The clock was set back meanwhile; a counter must not fall.
            if delay < 0.0:
                delay = 0.0
            found = groups.get(text)
            if found is None:
                found = groups[text] = [0, 0.0, start, start, {}]
            found[0] += 1
            found[1] += delay
            if start < found[2]:
                found[2] = start
            if start + delay > found[3]:
                found[3] = start + delay
            buckets, bucket = found[4], bisect_left(bounds, delay)
            buckets[bucket] = buckets.get(bucket, 0) + 1
            total += delay
        return total

    def take(self) -> list[Group]:
        """What was counted, in the order in which the first of each text came; begins anew."""
        groups, self._groups = self._groups, {}
        return [
            Group(text, count, seconds, first, end, tuple(sorted(buckets.items())))
            for text, (count, seconds, first, end, buckets) in groups.items()
        ]

    def tally(self, known: Mapping[str, object], read: Callable[[str], object]) -> dict:
        """What was counted, by what its texts are; begins anew.

        :param known: what a text is, as far as it is known
        :param read: says it of any other
        :return: count, seconds, when the first began and when the last ended, in a list
        """
        tally: dict = {}
        for text, count, seconds, first, end, _buckets in self.take():
            shape = known.get(text) or read(text)
            entry = tally.get(shape)
            if entry is None:
                tally[shape] = [count, seconds, first, end]
                continue
            entry[:2] = entry[0] + count, entry[1] + seconds
            entry[2:] = min(entry[2], first), max(entry[3], end)
        return tally

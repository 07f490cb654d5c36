"""Rules of redaction: what the people of a database add to the policy of :mod:`redact`, which takes nothing away.

A rule is of a kind: names of fields, parameters, headers and attributes whose values are withheld, or a regular
expression of what is taken out of every text.
"""

from __future__ import annotations

import itertools
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from . import extra_pattern
from .convert import InvalidValue
from .redact import REDACTED, Policy

NAME, PATTERN = KINDS = ("name", "pattern")
# Each costs at every text: rules of a kind that hold at once.
MAX_RULES = {NAME: 100, PATTERN: extra_pattern.MAX_PATTERNS}
MAX_LENGTH = extra_pattern.MAX_LENGTH
MAX_NAMES = extra_pattern.MAX_NAMES
MAX_STEPS = extra_pattern.MAX_STEPS_TOGETHER
# What a process looks for that serves many databases: beyond that a line of a log takes longer than a millisecond.
MAX_TOGETHER = {NAME: MAX_NAMES, PATTERN: 3 * extra_pattern.MAX_PATTERNS}


class Additions(NamedTuple):
    """What :meth:`redact.Policy.add` takes."""

    names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def policy(self, names: Iterable[str] = (), patterns: Iterable[str] = ()) -> Policy:
        """A policy of these and of what the environment of the process says."""
        return Policy((*names, *self.names), (*patterns, *self.patterns))


def read(kind: str, pattern: str) -> Additions:
    """What one rule adds.

    :raises InvalidValue: with the reason why it is not taken, as the end of a sentence
    """
    if not pattern.strip():
        raise InvalidValue("says nothing to look for")
    if kind == NAME:
        if not (names := extra_pattern.names(pattern)):
            raise InvalidValue("names nothing")
        return Additions(names=names)
    extra_pattern.check(pattern, "has a pattern")
    return Additions(patterns=(pattern,))


def together(rules: Iterable[Mapping[str, str]]) -> Additions:
    """What rules add, by their ``kind`` and ``pattern``; one that would not be taken today is none."""
    return _sum(_added(rule) for rule in rules)


def _added(rule: Mapping[str, str]) -> Additions:
    try:
        return read(rule["kind"], rule["pattern"])
    except InvalidValue:
        return Additions()


def steps(additions: Additions) -> int:
    """At most so many signs all patterns together look at from one sign of a text, in all their ways."""
    return sum(map(extra_pattern.steps, additions.patterns))


class Union(NamedTuple):
    """What several databases add together, and how many things of theirs there was no room for."""

    additions: Additions
    left_out: int


def union(several: Iterable[Additions]) -> Union:
    """What several databases add, each thing once, in an order that depends on nothing but what it is.

    At most :data:`MAX_TOGETHER`: first the first of each database, then the second, so that none takes all the room.
    """
    several = sorted(several)
    names, patterns = (_in_turn(group) for group in ([each[kind] for each in several] for kind in (0, 1)))
    kept = Additions((*sorted(names[: MAX_TOGETHER[NAME]]),), (*sorted(patterns[: MAX_TOGETHER[PATTERN]]),))
    return Union(kept, len(names) + len(patterns) - len(kept.names) - len(kept.patterns))


def _in_turn(groups: Iterable[tuple[str, ...]]) -> list[str]:
    found = dict.fromkeys(itertools.chain.from_iterable(itertools.zip_longest(*groups)))
    return [each for each in found if each is not None]


def fitting(
    rules: Iterable[Mapping[str, str]],
    text: str,
    name: str = "",
    make: Callable[[Additions], Policy] = Additions.policy,
) -> list[str]:
    """The ``name`` of each rule without which more of a text would leave.

    :param name: of the attribute whose value the text is
    :param make: makes the policy of a process of what rules add
    """
    added = [(rule["name"], _added(rule)) for rule in rules]
    shown = make(_sum(additions for _name, additions in added)).value(name, text)
    signs = "\n".join((text, urllib.parse.unquote(text, errors="replace"), name, REDACTED)).lower()
    return [
        rule
        for at, (rule, own) in enumerate(added)
        # A name that is nowhere finds nothing; to look for all of the others takes longer.
        if own.patterns or any(each.lower() in signs for each in own.names)
        if make(_sum(other for _name, other in added[:at] + added[at + 1 :])).value(name, text) != shown
    ]


def _sum(several: Iterable[Additions]) -> Additions:
    several = list(several)
    return Additions(
        tuple(name for each in several for name in each.names),
        tuple(pattern for each in several for pattern in each.patterns),
    )

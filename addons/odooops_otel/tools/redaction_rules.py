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
# And no further than one database may have it look: MAX_STEPS in all.
MAX_TOGETHER = {NAME: MAX_NAMES, PATTERN: 3 * extra_pattern.MAX_PATTERNS}


class Additions(NamedTuple):
    """What :meth:`redact.Policy.add` takes."""

    names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def policy(self, names: Iterable[str] = (), patterns: Iterable[str] = ()) -> Policy:
        """A policy of these and of what the environment of the process says."""
        return Policy((*names, *self.names), (*patterns, *self.patterns))


def read(kind: str, pattern: str, *, is_stored: bool = False) -> Additions:
    """What one rule adds.

    :param is_stored: it was taken once: how far a pattern looks is not asked
    :raises InvalidValue: with the reason why it is not taken, as the end of a sentence
    """
    if not pattern.strip():
        raise InvalidValue("says nothing to look for")
    if kind == NAME:
        if not (names := extra_pattern.names(pattern)):
            raise InvalidValue("names nothing")
        return Additions(names=names)
    extra_pattern.check(pattern, "has a pattern", is_stored=is_stored)
    return Additions(patterns=(pattern,))


def taken(rules: Iterable[Mapping[str, str]]) -> Additions:
    """What those rules add that would be taken today, by their ``kind`` and ``pattern``."""
    return _sum(filter(None, (_read_or_none(rule) for rule in rules)))


class Together(NamedTuple):
    """What rules add, and the names of those that are not in force."""

    additions: Additions
    refused: tuple[str, ...] = ()


def together(rules: Iterable[Mapping[str, str]]) -> Together:
    """What rules add that a database has stored, by their ``kind`` and ``pattern``.

    One that would not be taken today is refused. But where it only looks further than a pattern may by now, it holds
    as long as all together stay within :data:`MAX_STEPS`: an upgrade opens nothing that it need not.
    """
    rules = list(rules)
    holding = _holding(rules)
    refused = (rule.get("name", "") for rule, own in zip(rules, holding, strict=True) if own is None)
    return Together(_sum(filter(None, holding)), tuple(refused))


def refusals(rules: Iterable[Mapping[str, str]]) -> list[str]:
    """Why each rule of a database is not in force, as the end of a sentence; empty for one that is."""
    rules = list(rules)
    holding = _holding(rules)
    return ["" if own else _refusal(rule) for rule, own in zip(rules, holding, strict=True)]


def _refusal(rule: Mapping[str, str]) -> str:
    try:
        read(rule["kind"], rule["pattern"])
    except InvalidValue as reason:
        return str(reason)
    return ""


def _holding(rules: Iterable[Mapping[str, str]]) -> list[Additions | None]:
    """What each rule adds; None for one that is not in force."""
    found = [(rule, _read_or_none(rule)) for rule in rules]
    room = MAX_STEPS - sum(steps(own) for _rule, own in found if own)
    holding = []
    for rule, own in found:
        if own is None and (stored := _read_or_none(rule, is_stored=True)) and steps(stored) <= room:
            own, room = stored, room - steps(stored)
        holding.append(own)
    return holding


def _read_or_none(rule: Mapping[str, str], *, is_stored: bool = False) -> Additions | None:
    try:
        return read(rule["kind"], rule["pattern"], is_stored=is_stored)
    except InvalidValue:
        return None


def steps(additions: Additions) -> int:
    """At most so many signs all patterns together look at from one sign of a text, in all their ways."""
    return sum(map(extra_pattern.steps, additions.patterns))


class Union(NamedTuple):
    """What several databases add together, and how many things of theirs there was no room for."""

    additions: Additions
    left_out: int


def union(several: Iterable[Additions]) -> Union:
    """What several databases add, each thing once, in an order that depends on nothing but what it is.

    At most :data:`MAX_TOGETHER`, and patterns of :data:`MAX_STEPS`: first the first of each database, then the second,
    so that none takes all the room.
    """
    several = sorted(several)
    names, patterns = (_in_turn(group) for group in ([each[kind] for each in several] for kind in (0, 1)))
    kept = Additions((*sorted(names[: MAX_TOGETHER[NAME]]),), (*sorted(_within_reach(patterns)),))
    return Union(kept, len(names) + len(patterns) - len(kept.names) - len(kept.patterns))


def _in_turn(groups: Iterable[tuple[str, ...]]) -> list[str]:
    found = dict.fromkeys(itertools.chain.from_iterable(itertools.zip_longest(*groups)))
    return [each for each in found if each is not None]


def _within_reach(patterns: Iterable[str]) -> list[str]:
    """Those that there is room for; one that looks too far leaves it to those that come later."""
    found, room = [], MAX_STEPS
    for pattern in patterns:
        cost = extra_pattern.steps(pattern)
        if cost <= room and len(found) < MAX_TOGETHER[PATTERN]:
            found.append(pattern)
            room -= cost
    return found


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
    rules = list(rules)
    holding = _holding(rules)
    added = [(rule["name"], own) for rule, own in zip(rules, holding, strict=True) if own]
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

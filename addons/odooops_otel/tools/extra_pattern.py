"""What a site adds to the redaction: names, and regular expressions that cannot be slow.

A pattern is tried at every sign of every text. It is taken when at each sign it can go only so many ways, and so
far: no repetition without a limit, no repetition that multiplies another one, no look at what was found before.
"""

from __future__ import annotations

import re
from re import _constants as kinds, _parser as parser
from typing import NamedTuple

from .convert import InvalidValue

MAX_PATTERNS = 20
MAX_LENGTH = 300
# Names, all together: each is looked for in every text
MAX_NAMES = 500
# Ways that a pattern may take at one sign
MAX_WAYS = 1000
# The longest text that a pattern may fit, and the signs that it may look at from one sign, in all its ways. Each
# way may go on for as long as another one: a thousand ways of a thousand signs are a million for each sign of a text.
MAX_WIDTH = 1000
MAX_STEPS = 5000
# Of all patterns that hold at once
MAX_STEPS_TOGETHER = 20_000
_NAME = re.compile(r"[\w.:-]{2,100}", re.ASCII)
_REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT)


def names(value: str) -> tuple[str, ...]:
    """Names of fields, parameters and attributes, separated by commas."""
    found = tuple(filter(None, (name.strip() for name in value.split(","))))
    if not all(map(_NAME.fullmatch, found)):
        raise InvalidValue("is not a list of names of letters, digits and _ . : - with commas between")
    if len(found) > MAX_NAMES:
        raise InvalidValue(f"has more than {MAX_NAMES} names")
    return found


def patterns(value: str) -> tuple[str, ...]:
    r"""Regular expressions separated by spaces; a space within one is ``\s`` or ``\x20``."""
    found = tuple(value.split())
    if len(found) > MAX_PATTERNS:
        raise InvalidValue(f"has more than {MAX_PATTERNS} patterns")
    for number, pattern in enumerate(found, start=1):
        check(pattern, f"has a pattern (number {number})")
    if sum(map(steps, found)) > MAX_STEPS_TOGETHER:
        raise InvalidValue(
            f"has patterns that together look too far: {MAX_STEPS_TOGETHER} signs in all their ways"
        )
    return found


def check(pattern: str, subject: str, *, is_stored: bool = False) -> None:
    """
    :param is_stored: how far it looks is not asked: it was taken when that had wider limits, or none
    :raises InvalidValue: with the reason why a pattern is not taken
    """
    if len(pattern) > MAX_LENGTH:
        raise InvalidValue(f"{subject} of more than {MAX_LENGTH} signs")
    try:
        parsed = parser.parse(pattern)
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise InvalidValue(f"{subject} that is none: {error}") from None
    if not parsed.getwidth()[0]:
        raise InvalidValue(f"{subject} that fits nothing at all")
    cost = _cost(parsed, subject)
    if cost.ways > MAX_WAYS:
        raise InvalidValue(
            f"{subject} that can be read in more than {MAX_WAYS} ways: give repetitions a lower limit"
        )
    if not is_stored and (parsed.getwidth()[1] > MAX_WIDTH or cost.steps > MAX_STEPS):
        raise InvalidValue(
            f"{subject} that looks too far: at most {MAX_WIDTH} signs in one way, and {MAX_STEPS} in all its ways"
        )


def steps(pattern: str) -> int:
    """At most so many signs a pattern looks at from one sign of a text, in all its ways; of one that is taken."""
    return _cost(parser.parse(pattern), "").steps


class _Cost(NamedTuple):
    """In how many ways a pattern can be tried at one sign, and how many signs it looks at in all of them."""

    ways: int = 1
    steps: int = 1


def _cost(sequence, subject: str) -> _Cost:
    ways, steps = 1, 0
    for kind, argument in sequence:
        found = _cost_of(kind, argument, subject)
        steps += ways * found.steps
        ways *= found.ways
    return _Cost(ways, steps)


def _cost_of(kind, argument, subject: str) -> _Cost:
    if kind in _REPEATS:
        return _cost_of_repeat(*argument, subject)
    if kind is kinds.BRANCH:
        branches = [_cost(branch, subject) for branch in argument[1]]
        return _Cost(*map(sum, zip(*branches, strict=True)))
    if kind is kinds.SUBPATTERN:
        return _cost(argument[-1], subject)
    if kind is kinds.ATOMIC_GROUP:
        return _cost(argument, subject)
    if kind in (kinds.ASSERT, kinds.ASSERT_NOT):
        return _cost(argument[1], subject)
    if kind in (kinds.GROUPREF, kinds.GROUPREF_EXISTS):
        raise InvalidValue(f"{subject} that refers to what it found before")
    return _Cost()


def _cost_of_repeat(least, most, inner, subject: str) -> _Cost:
    if most is kinds.MAXREPEAT or most > MAX_WAYS:
        raise InvalidValue(f"{subject} that repeats without a limit: write {{0,100}} for *, {{1,100}} for +")
    once = _cost(inner, subject)
    if once.ways == 1:
        return _Cost(most - least + 1, most * once.steps)
    # The next one is tried after each way of all that were before.
    tries = [min(once.ways, 2 * MAX_WAYS) ** count for count in range(most + 1)]
    return _Cost(sum(tries[1:]), sum(tries[:-1]) * once.steps)

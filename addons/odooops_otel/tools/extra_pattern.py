"""What a site adds to the redaction: names, and regular expressions that cannot be slow.

A pattern is tried at every sign of every text. It is taken when at each sign it can go only so many ways, and so
far: no repetition without a limit, no repetition that multiplies another one, no look at what was found before.
"""

from __future__ import annotations

import re
from re import _constants as kinds, _parser as parser

from .convert import InvalidValue

MAX_PATTERNS = 20
MAX_LENGTH = 300
# Ways that a pattern may take at one sign
MAX_WAYS = 1000
_NAME = re.compile(r"[\w.:-]{2,100}", re.ASCII)
_REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT)


def names(value: str) -> tuple[str, ...]:
    """Names of fields, parameters and attributes, separated by commas."""
    found = tuple(filter(None, (name.strip() for name in value.split(","))))
    if not all(map(_NAME.fullmatch, found)):
        raise InvalidValue("is not a list of names of letters, digits and _ . : - with commas between")
    return found


def patterns(value: str) -> tuple[str, ...]:
    r"""Regular expressions separated by spaces; a space within one is ``\s`` or ``\x20``."""
    found = tuple(value.split())
    if len(found) > MAX_PATTERNS:
        raise InvalidValue(f"has more than {MAX_PATTERNS} patterns")
    for number, pattern in enumerate(found, start=1):
        check(pattern, f"has a pattern (number {number})")
    return found


def check(pattern: str, subject: str) -> None:
    """
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
    if _ways(parsed, subject) > MAX_WAYS:
        raise InvalidValue(
            f"{subject} that can be read in more than {MAX_WAYS} ways: give repetitions a lower limit"
        )


def _ways(sequence, subject: str) -> int:
    """In how many ways a pattern can be tried at one sign."""
    ways = 1
    for kind, argument in sequence:
        ways *= _ways_of(kind, argument, subject)
    return ways


def _ways_of(kind, argument, subject: str) -> int:
    if kind in _REPEATS:
        least, most, inner = argument
        if most is kinds.MAXREPEAT or most > MAX_WAYS:
            raise InvalidValue(
                f"{subject} that repeats without a limit: write {{0,100}} for *, {{1,100}} for +"
            )
        once = _ways(inner, subject)
        return (
            most - least + 1
            if once == 1
            else sum(min(once, 2 * MAX_WAYS) ** count for count in range(1, most + 1))
        )
    if kind is kinds.BRANCH:
        return sum(_ways(branch, subject) for branch in argument[1])
    if kind is kinds.SUBPATTERN:
        return _ways(argument[-1], subject)
    if kind is kinds.ATOMIC_GROUP:
        return _ways(argument, subject)
    if kind in (kinds.ASSERT, kinds.ASSERT_NOT):
        return _ways(argument[1], subject)
    if kind in (kinds.GROUPREF, kinds.GROUPREF_EXISTS):
        raise InvalidValue(f"{subject} that refers to what it found before")
    return 1

"""What is wrong with a configuration, and where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..credentials import without_userinfo

# Somebody who gets a hundred messages at once reads the first ten.
MAX_PROBLEMS = 50


class Problem(NamedTuple):
    """One thing to correct. ``line`` and ``column`` begin with 1; 0 when it stands nowhere in the text."""

    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        return f"{place}{self.path}: {self.message}" if self.path else f"{place}{self.message}"


class ConfigurationError(ValueError):
    """The text is no configuration. ``problems`` are all that were found, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(lines(self.problems)))


def lines(problems: Iterable[Problem]) -> list[str]:
    """A line for each problem, and one that counts those that are left out."""
    found = [str(problem) for problem in problems]
    left = len(found) - MAX_PROBLEMS
    return found[:MAX_PROBLEMS] + ([f"… and {left} more"] if left > 0 else [])


def dotted(path: Iterable[str | int]) -> str:
    """A path as people write it: ``gates.errors.environments[1]``; of a key that is an address no password."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return without_userinfo(text)

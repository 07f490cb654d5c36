"""Checks of a text that anybody may have written: each says what is wrong, and where, in one sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Any


class ReportError(ValueError):
    """The report cannot be used; the text says where it is not as it should be, and repeats none of its values."""


def members(value: Any, where: str, required: Collection[str], optional: Collection[str] = ()) -> dict:
    """``value``, an object with these members and no others."""
    if not isinstance(value, dict):
        raise ReportError(f"{where}: expected an object")
    for name in required:
        if name not in value:
            raise ReportError(f"{where}: {name} is missing")
    if value.keys() - {*required, *optional}:
        raise ReportError(f"{where}: has a member that is not known")
    return value


def items(value: Any, where: str, limit: int) -> list:
    """``value``, a list of at most ``limit`` items."""
    if not isinstance(value, list) or len(value) > limit:
        raise ReportError(f"{where}: expected a list of at most {limit}")
    return value


def number(value: Any, where: str, highest: float) -> float:
    """``value``, a number from 0 to ``highest``."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # A whole number may have more digits than a float can have.
    if not is_number or not 0 <= value <= highest or not math.isfinite(value):
        raise ReportError(f"{where}: expected a number from 0 to {highest:g}")
    return float(value)


def text(value: Any, where: str, longest: int) -> str:
    """``value``, a text of at most ``longest`` characters."""
    if not isinstance(value, str) or len(value) > longest:
        raise ReportError(f"{where}: expected a text of at most {longest} characters")
    return value


def one_of(value: Any, where: str, known: Collection[str]) -> str:
    """``value``, one of the texts that are ``known``."""
    if not isinstance(value, str) or value not in known:
        raise ReportError(f"{where}: expected one of {', '.join(sorted(known))}")
    return value


def like(value: Any, where: str, pattern: re.Pattern, expected: str) -> str:
    """``value``, a text that ``pattern`` describes as a whole; ``expected`` says it in words."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ReportError(f"{where}: expected {expected}")
    return value

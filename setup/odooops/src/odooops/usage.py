"""The parser of every command line of ours: a mistake is one line that says what to do, and numbers have limits."""

import argparse
import math
import re
import sys
from typing import NoReturn

from .text import one_line

EXIT_USAGE = 2


class Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are one line, without the usage, which --help shows."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        # What begins with a dash and a digit is a value: "--since -1h" is then told what a moment is.
        self._negative_number_matcher = re.compile(r"-\d")

    def error(self, message: str) -> NoReturn:
        """Ends the process with what is wrong, and where to read on."""
        name, _space, _rest = self.prog.partition(" ")
        print(f"{name}: {one_line(message, 600)}; {self.prog} --help says more", file=sys.stderr)
        raise SystemExit(EXIT_USAGE)


def share(text: str) -> float:
    """A share from 0 to 1; raises argparse.ArgumentTypeError."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r}: write a share from 0 to 1, such as 0.05 for 5 %")
    return value


def number(text: str) -> float:
    """A number, infinity and NaN excluded; raises argparse.ArgumentTypeError."""
    value = _number(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r}: write a number, such as 0.05 or 200")
    return value


def whole(text: str) -> int:
    """A whole number; raises argparse.ArgumentTypeError."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write a whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan

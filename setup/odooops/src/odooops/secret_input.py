"""A secret as it is handed over: at the terminal or by standard input, never as an argument that all can see."""

import getpass
import sys

from .nouns import UsageError
from .text import clean

MAX_CHARACTERS = 100_000


def read(what: str) -> str:
    """What was typed unseen, or what standard input holds; raises UsageError when it is empty."""
    value = getpass.getpass(f"{what}: ") if sys.stdin.isatty() else sys.stdin.read(MAX_CHARACTERS)
    if not (value := value.removesuffix("\n").removesuffix("\r")):
        raise UsageError(f"no {what} came: type it when asked, or hand it over by standard input")
    return value


def is_confirmed(question: str) -> bool:
    """Whether the person at the terminal says yes; raises UsageError when nobody is there."""
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Nobody can be asked here: say --yes")
    # Names and versions are others' text: it must not make another question of this one.
    print(f"{clean(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")

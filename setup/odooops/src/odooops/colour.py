"""Colours of a terminal, for people who want them: https://no-color.org"""

import re
from collections.abc import Mapping
from typing import TextIO

GREEN, RED, YELLOW, CYAN, BOLD = "32", "31", "33", "36", "1"
STATES = {
    GREEN: ("succeeded", "success", "passed", "healthy", "valid"),
    RED: ("failed", "failure", "expired", "refused"),
    YELLOW: ("running", "rolled_back", "expiring", "unknown"),
}
_CODES = {state: code for code, states in STATES.items() for state in states}
_STATE = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, _CODES))})(?![\w.-])")
_DIFFERENCE = {"+": GREEN, "-": RED, "~": YELLOW, "@": CYAN}


class Palette:
    """Adds colours, or none."""

    def __init__(self, is_on: bool):
        self.is_on = is_on

    def paint(self, text: str, code: str) -> str:
        """The text in one colour."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.is_on and text else text

    def head(self, line: str) -> str:
        """The head of a table."""
        return self.paint(line, BOLD)

    def states(self, line: str) -> str:
        """The first word of the line that is a state, in its colour."""
        return _STATE.sub(lambda found: self.paint(found[0], _CODES[found[0]]), line, count=1)

    def colour(self, text: str, what: str) -> str:
        """The text with its "states" or as a "difference", or with "nothing" in colour."""
        if what == "difference":
            return self.difference(text)
        return "\n".join(map(self.states, text.splitlines())) if what == "states" and self.is_on else text

    def difference(self, text: str) -> str:
        """Lines that begin with +, - and ~ as what is added, taken away and changed."""
        marks = ((line, _DIFFERENCE.get(line.lstrip()[:1])) for line in text.splitlines())
        return "\n".join(self.paint(line, code) if code else line for line, code in marks)


def choose(stream: TextIO, environ: Mapping[str, str], is_off: bool) -> Palette:
    """Colours for a terminal whose owner has not said no: by --no-color, NO_COLOR or TERM=dumb."""
    is_wanted = not is_off and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    return Palette(is_wanted and stream.isatty())

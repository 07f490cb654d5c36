"""Which line of code sends the same statement again and again: looked for while it runs, since nobody knows later.

Statements are told apart by their length. A text must be read as a whole to be compared or hashed, which costs the
request as much as all the rest of its statement; its length is at hand, and a list of values changes neither (Odoo
passes it as one parameter). Two statements of one length cost a look too many, and what was seen is told of the text it
was seen with.
"""

from __future__ import annotations

import types

from ..tools.place import Place, is_application
from . import faults
from .record import Record

# A request is watched once it takes a while (recorder.WATCH_AFTER).
# The line is looked for at the fifth statement of a length, the tenth, the twentieth, …
FIRST = 5
# A request whose statements are of all lengths: it is begun anew when there are more.
MAX_LENGTHS = 1000
# Lines that are kept of one request, and frames that are looked at to find one.
MAX_LINES = 32
MAX_FRAMES = 300

# Whether the code of a file is an application's; of as many files as there are.
_files: dict[str, bool] = {}


class Repeats:
    """What one record has sent so far; ``left`` says by length how many are to come before a line is looked for."""

    __slots__ = ("_next", "_record", "left")

    def __init__(self, record: Record):
        self.left: dict[int, int] = {}
        self._next: dict[int, int] = {}
        self._record = record

    def look(self, text: str, frame: types.FrameType | None) -> None:
        """Find the line that a statement comes from.

        :param frame: of the code that sent it, or of a function below that
        """
        try:
            length = len(text)
            count = self._next.get(length, FIRST)
            self.left[length], self._next[length] = count - 1, 2 * count
            record = self._record
            if record.lines is None:
                record.lines = []
            if len(record.lines) < MAX_LINES and (place := find_place(frame)):
                record.lines.append((text, place))
        except Exception:
            faults.report("Telemetry could not tell where a statement comes from; the request goes on.")

    def forget(self) -> None:
        """Begin anew if there are very many."""
        if len(self.left) > MAX_LENGTHS:
            self.left.clear()
            self._next.clear()


def find_place(frame: types.FrameType | None) -> Place | None:
    """The innermost line of an application at or above a frame."""
    for _ in range(MAX_FRAMES):
        if frame is None:
            return None
        if _is_application(frame):
            return _place(frame, frame.f_lineno)
        frame = frame.f_back
    return None


def place_at(frame: types.FrameType, line: int) -> Place | None:
    """A line of a frame, if it is an application's."""
    return _place(frame, line) if _is_application(frame) else None


def _place(frame: types.FrameType, line: int) -> Place:
    code = frame.f_code
    return Place(frame.f_globals.get("__name__"), code.co_filename, code.co_qualname, line)


def _is_application(frame: types.FrameType) -> bool:
    filename = frame.f_code.co_filename
    found = _files.get(filename)
    if found is None:
        found = is_application(frame.f_globals.get("__name__"))
        # Code without a file may bear a name of its own each time it is compiled.
        if filename.endswith(".py"):
            _files[filename] = found
    return found

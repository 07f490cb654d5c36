"""Which line of code sends a statement: looked for now and then while a request runs, since nobody knows later.

Telling statements apart while they run would cost a request as much as all the rest of its telemetry: their texts are
in no cache of the processor any more. So the line is taken of whatever statement runs at certain moments. What takes
most time is met most often. Which statements repeat themselves is found out later, by another thread, and a line that
was seen with one of them is its line.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING

from ..tools.place import Place, is_application
from . import faults

if TYPE_CHECKING:
    from .record import Record

# Seconds from one look to the next, and the part of what a request has taken so far that it grows to: a look costs
# some microseconds.
INTERVAL = 0.02
PART = 0.1
# Lines that are kept of one request, and frames that are looked at to find one.
MAX_LINES = 64
MAX_FRAMES = 300

# Whether the code of a file is an application's; of as many files as there are.
_files: dict[str, bool] = {}


def look(record: Record, text: str, frame: types.FrameType | None) -> None:
    """Note the line that a statement comes from.

    :param frame: of the code that sent it, or of a function below that
    """
    try:
        if record.lines is None:
            record.lines = []
        if len(record.lines) < MAX_LINES and (place := find_place(frame)):
            record.lines.append((text, place))
    except Exception:
        faults.report("Telemetry could not tell where a statement comes from; the request goes on.")


def next_look(began: float, now: float, at_most: float) -> float:
    """When to look again, in s since the epoch as the others.

    :param at_most: s that may pass until then: what takes longer is met in any case
    """
    return now + min(max(INTERVAL, PART * (now - began)), at_most)


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

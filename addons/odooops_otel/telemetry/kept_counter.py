"""A counter that goes on with the next process in its place, where the slot has no room for its series.

What all processes of a slot have sent and dropped stands in the slot's own file, a number for each counter. The counter
of limits that were reached has series by metric and attribute, which nobody knows beforehand. They are written into a
small file beside the slot, after each export that tells more and before that is sent: a successor that began with less
than has arrived would look like a counter that was reset, and all that it had counted would be counted once more.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from ..tools import kept_series
from ..tools.metrics import Instrument
from . import json_file


class KeptCounter:
    """Continues a counter at what those before have told, and keeps what this process tells.

    :param counter: one that has counted nothing so far
    :param since: when its slot was made, ns since the epoch
    """

    def __init__(self, counter: Instrument, path: Path, since: int):
        self._counter, self._path = counter, path
        counter.since = since
        # No file, or none of ours: then it begins at zero.
        with contextlib.suppress(OSError, ValueError):
            kept_series.go_on(counter, json.loads(path.read_text("utf-8")))
        self._written = kept_series.rows(counter)

    def keep(self) -> None:
        """Write what the last export says. Where that fails nothing is kept: a successor begins at zero."""
        rows = kept_series.rows(self._counter)
        if rows == self._written:
            return
        try:
            json_file.write(self._path, rows)
            self._written = rows
        except OSError:
            self._written = []
            with contextlib.suppress(OSError):
                self._path.unlink()

"""The settings of the server's own file, which ``ODOOOPS_CONFIG_FILE`` names: above the database, below variables.

The file has the format of a whole configuration, so that the same file can be applied; of it the section ``settings``
counts, in every process, within a second of a change (in the recorder within four) and without a restart. A file that
cannot be read has no effect and is reported: it never keeps Odoo from working.
"""

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from .tools.configuration.document import MAX_CHARACTERS, Document, parse
from .tools.configuration.problems import ConfigurationError, lines
from .tools.settings import Located

VARIABLE = "ODOOOPS_CONFIG_FILE"
# Seconds between two looks at the file: a setting may be read many times in one request.
LOOK_INTERVAL = 1.0
# A character of UTF-8 has four bytes at most.
MAX_BYTES = 4 * MAX_CHARACTERS


@dataclass(frozen=True, slots=True)
class Content:
    """The settings of the file by name, and what is wrong with the file."""

    path: str = ""
    values: dict[str, Located] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


class ServerFile:
    """The file as it was when it was looked at last; safe to be used by several threads."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._content = Content()
        self._mark = None
        self._looked_at = float("-inf")

    def look(self) -> Content:
        """What the file has now, or had up to LOOK_INTERVAL ago."""
        now = self._clock()
        if now - self._looked_at < LOOK_INTERVAL and self._content.path == os.environ.get(VARIABLE, ""):
            return self._content
        with self._lock:
            path = os.environ.get(VARIABLE, "")
            mark = (path, _mark(path))
            if mark != self._mark:
                self._content = _load(path)
                self._mark = mark
            self._looked_at = now
        return self._content


_file = ServerFile()
read = _file.look


def _mark(path: str):
    """Changes when the file does. A file that is written anew within one tick has another size or inode."""
    try:
        status = os.stat(path)
    except OSError as error:
        return error.errno
    return status.st_mtime_ns, status.st_size, status.st_ino


def _load(path: str) -> Content:
    if not path:
        return Content()
    try:
        with Path(path).open("rb") as file:
            return _settings(path, parse(file.read(MAX_BYTES).decode()))
    except OSError as error:
        problems = [error.strerror]
    except UnicodeDecodeError:
        problems = ["the file is not UTF-8 text"]
    except ConfigurationError as error:
        problems = lines(error.problems)
    return Content(path, {}, tuple(f"{path}: {problem}" for problem in problems))


def _settings(path: str, document: Document) -> Content:
    data = document.data.get("settings", {}) if isinstance(document.data, dict) else None
    if not isinstance(data, dict):
        problem = document.problem(("settings",), "expected a mapping of names and values")
        return Content(path, {}, (f"{path}: {problem}",))
    return Content(path, {name: Located(value, _where(path, document, name)) for name, value in data.items()})


def _where(path: str, document: Document, name: str) -> str:
    """The place of the setting's name: that of its value may be elsewhere, where an alias stands for it."""
    line, column = document.keys["settings", name]
    return f"{path}:{line}:{column}"

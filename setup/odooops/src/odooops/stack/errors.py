"""What the launcher says when it cannot go on: always one line that names the thing and the fix."""

import errno
import os
import shutil
from pathlib import Path

NO_SPACE_TEXT = "No space left on device"


class StackError(Exception):
    """A failure with a message for the person at the terminal; never needs a traceback."""


class NoSpaceError(StackError):
    """The file system is full."""

    def __init__(self, path: str | os.PathLike):
        existing = nearest_existing(Path(path))
        free = shutil.disk_usage(existing).free / 1e6
        super().__init__(
            f"no space left on the file system of {path} ({free:.0f} MB free): "
            "free some, or choose another place with --state DIR and ODOOOPS_CACHE, then run setup/up again"
        )


def nearest_existing(path: Path) -> Path:
    """The path itself or its closest ancestor that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def from_os_error(error: OSError, fallback: str | os.PathLike) -> StackError:
    """Translates an operating system error to a line; ``fallback`` is named when the error has no path."""
    path = error.filename or fallback
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpaceError(path)
    return StackError(f"{path}: {error.strerror or error}")

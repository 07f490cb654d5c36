"""One setup/up or setup/down at a time: an advisory lock that the kernel releases whatever happens."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import StackError


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Holds the lock at ``path`` together with others; waits for one that has it for itself."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
    with open(descriptor, "r+") as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        yield


@contextmanager
def exclusive(path: Path, wait: bool = False) -> Iterator[None]:
    """Holds the lock at ``path``; raises StackError when another process has it, unless told to wait."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
    with open(descriptor, "r+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            holder = stream.read().strip() or "unknown"
            raise StackError(
                f"another setup/up or setup/down (process {holder}) is at work on {path.parent}: "
                "wait until it ends, or choose another state with --state DIR"
            ) from None
        stream.seek(0)
        stream.truncate()
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        yield

"""Who listens on a port of this machine, as the kernel tells it (proc(5), /proc/net/tcp and /proc/PID/fd)."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

LISTEN = "0A"


def owner(port: int) -> str:
    """Who listens on ``port``, as far as this user may know."""
    wanted = _sockets(port)
    everybody = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    if pid := next((pid for pid in everybody if _has_any(pid, wanted)), None):
        with suppress(OSError):
            return f"{Path(f'/proc/{pid}/comm').read_text().strip()} (process {pid})"
    return "a process of another user"


def listens(pid: int, port: int) -> bool:
    """Whether this process or one of its descendants listens on ``port``."""
    wanted = _sockets(port)
    return any(_has_any(each, wanted) for each in _family(pid))


def has_old_connections(port: int) -> bool:
    """Whether connections of a server that has ended are still winding down there."""
    return any(fields[3] != LISTEN for fields in _connections(port))


def _family(pid: int) -> Iterator[int]:
    """A process and all that it has started and those have."""
    waiting = [pid]
    while waiting:
        yield (each := waiting.pop())
        with suppress(OSError):  # it ended meanwhile
            waiting += map(int, Path(f"/proc/{each}/task/{each}/children").read_text().split())


def _has_any(pid: int, sockets: Iterable[str]) -> bool:
    # Processes and their files come and go, and those of others are closed to us.
    with suppress(OSError):
        return any(_link(file) in sockets for file in Path(f"/proc/{pid}/fd").iterdir())
    return False


def _link(file: Path) -> str:
    try:
        return os.readlink(file)
    except OSError:
        return ""


def _sockets(port: int) -> set[str]:
    return {f"socket:[{fields[9]}]" for fields in _connections(port) if fields[3] == LISTEN}


def _connections(port: int) -> Iterator[list[str]]:
    """The kernel's lines about TCP sockets with that local port."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:] if Path(table).exists() else []:
            fields = line.split()
            if int(fields[1].rpartition(":")[2], 16) == port:
                yield fields

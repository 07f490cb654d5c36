"""Ports on the loopback interface: free ones, remembered ones, and who has a taken one."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

from .errors import StackError

LOOPBACK = "127.0.0.1"
WANTED = {
    "nginx": 8069,
    "odoo": 8169,
    "odoo-evented": 8172,
    "postgresql": 5433,
    "prometheus": 9090,
    "alertmanager": 9093,
    "vmagent": 8429,
    "postgres_exporter": 9187,
    "blackbox_exporter": 9115,
}
HIGHEST = 65535


def is_free(port: int) -> bool:
    """Whether a server could listen on that port now."""
    with socket.socket() as probe:
        # As the servers do: connections in TIME_WAIT must not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def parse_port(text: str) -> int:
    """The value of --port; raises StackError when it is not a port an unprivileged process can have."""
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= HIGHEST:
        raise StackError(f"--port {text}: not a port; choose a number from 1024 to {HIGHEST}")
    return int(text)


def choose(
    remembered: dict[str, int], port: int | None, usable: Callable[[int], bool] = is_free
) -> dict[str, int]:
    """A port for every server: ``port`` for nginx when given, else the remembered, else the next that is usable."""
    chosen: dict[str, int] = {"nginx": port} if port else {}
    for name, wanted in WANTED.items():
        if name in chosen:
            continue
        start = remembered.get(name, wanted)
        taken = set(chosen.values()) | {other for key, other in remembered.items() if key != name}
        candidates = [start, *range(wanted, HIGHEST + 1)]
        chosen[name] = next(n for n in candidates if n not in taken and usable(n))
    return chosen


def require_free(port: int) -> None:
    """Raises StackError with the owner's name when ``port`` is taken."""
    if is_free(port):
        return
    raise StackError(f"port {port} is taken by {owner(port)}: stop it, or choose another with --port N")


def owner(port: int) -> str:
    """Who listens on ``port``, as far as this user may know."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            links = {os.readlink(link) for link in (process / "fd").iterdir()}
            if links & {f"socket:[{inode}]" for inode in inodes}:
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:
            continue
    return "a process of another user"


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:] if Path(table).exists() else []:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes

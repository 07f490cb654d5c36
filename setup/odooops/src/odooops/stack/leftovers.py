"""What a supervisor that was killed left running: it holds the ports and the data of the state."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from .errors import StackError

# Set for the supervisor and so for every process below it.
MARK = "ODOOOPS_SUPERVISED"


def find(directory: Path) -> list[int]:
    """Processes of the state in that directory whose supervisor was killed."""
    mark, title = f"{MARK}={directory}".encode(), f" -p {directory / 'nginx'} ".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile, or is another user's
            marked = mark in (process / "environ").read_bytes().split(b"\0")
            # nginx writes its title over its environment.
            command = (process / "cmdline").read_bytes()
            if marked or (command.startswith(b"nginx: master process") and title in command):
                found.append(int(process.name))
    return found


def stop(directory: Path) -> bool:
    """Ends what a killed supervisor left running; returns whether there was anything."""
    if not find(directory):
        return False
    # SIGINT is PostgreSQL's fast shutdown and Odoo's graceful one; the exporters and nginx end by it as well.
    for signal_number, seconds in ((signal.SIGINT, 20), (signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        for pid in find(directory):
            _signal(pid, signal_number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not find(directory):
                return True
            time.sleep(0.2)
    raise StackError(f"processes of an earlier run do not end: {' '.join(map(str, find(directory)))}")


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)

"""Waiting until what was started works."""

import shutil
import time
from collections.abc import Callable

from . import health, odoo_log
from .errors import NoSpaceError, StackError
from .run import cause
from .state import State
from .supervisor import Supervisor

HEALTHY_SECONDS = 120
# A process that dies at each start is not waited for as long: a leftover that holds its port goes sooner.
GIVE_UP_SECONDS = 30
POLL_SECONDS = 0.1
FULL_BYTES = 1_000_000


def until_healthy(state: State, control: Supervisor, parts: list[dict]) -> None:
    """Waits until every part of components.json runs and passes its check; raises StackError."""
    for part in parts:
        # The evented process is a child of Odoo's.
        program = "odoo" if part["name"] == "odoo-evented" else part["name"]
        until(
            state, control, program, part["title"], lambda pid, part=part: health.passes(part["check"], pid)
        )


def until(state: State, control: Supervisor, program: str, title: str, check: Callable[[int], bool]) -> None:
    """Waits until a program runs and ``check(pid)`` is true; raises StackError early when it keeps failing."""
    started = time.monotonic()
    while True:
        info = control.processes().get(program, {})
        status, waited = info.get("statename", "STOPPED"), time.monotonic() - started
        if status == "RUNNING" and check(info["pid"]):
            return
        hopeless = status == "FATAL" or (status == "BACKOFF" and waited > GIVE_UP_SECONDS)
        if hopeless or waited > HEALTHY_SECONDS:
            if shutil.disk_usage(state.directory).free < FULL_BYTES:
                # Its log has no room for the reason.
                raise NoSpaceError(state.directory)
            raise StackError(f"{title} does not become healthy: {_last_words(state, program)}")
        time.sleep(POLL_SECONDS)


def _last_words(state: State, name: str) -> str:
    """The telling line at the end of a program's log, and where the log is."""
    file = state.log(name)
    text = file.read_text(errors="replace")[-4000:] if file.exists() else ""
    return f"{cause(odoo_log.readable(text)) or 'nothing in its log'} (log: {file})"

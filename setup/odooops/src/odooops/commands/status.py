"""``odooops status``: every process of the local stack, from the supervisor and from its own check."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..endpoints import components_of
from ..stack import health, leftovers
from ..stack.state import read_record
from ..stack.supervisor import Supervisor
from ..text import table

ADMIN_LOGIN = "admin"
# Name in the status → part of the stack whose address it is.
URLS = {
    name: name
    for name in (
        "alertmanager",
        "blackbox_exporter",
        "loki",
        "otelcol",
        "postgres_exporter",
        "prometheus",
        "tempo",
    )
} | {"odoo": "nginx"}
# Of an entry of components.json and the process that it is about.
HealthCheck = Callable[[dict[str, Any], int | None], bool]
RUNNING, UNHEALTHY = "running", "unhealthy"
ORPHANED = "orphaned"
DOWN_STATES = ("stopped", "exited", "fatal", "unknown")
ALL_HEALTHY, NOT_HEALTHY, NOTHING_UP = 0, 1, 3


@dataclass(frozen=True)
class Process:
    """One process; ``state`` is "running" (and its check passes), "unhealthy", "orphaned" (it runs,
    the supervisor was killed), or what the supervisor says."""

    name: str
    pid: int | None
    state: str
    version: str
    listen: str


@dataclass(frozen=True)
class Status:
    """The local stack: what to open, how to log in, what runs."""

    database: str | None
    admin_login: str
    admin_password_file: str
    urls: dict[str, str]
    processes: list[Process]


def status(directory: Path, check: HealthCheck = health.passes) -> Status:
    """The state of the stack in ``directory``."""
    record = read_record(directory)
    supervised = Supervisor(directory).processes()
    is_orphaned = not supervised and bool(leftovers.find(directory))
    parts = components_of(directory)
    listen = {part["name"]: part["listen"] for part in parts}
    return Status(
        database=record.get("database"),
        admin_login=ADMIN_LOGIN,
        admin_password_file=str(directory / "admin_password"),
        urls={name: f"http://{listen[part]}" for name, part in sorted(URLS.items()) if part in listen},
        processes=[_process(part, supervised, check, is_orphaned) for part in parts],
    )


def _process(
    component: dict[str, Any],
    supervised: dict[str, dict],
    check: HealthCheck,
    is_orphaned: bool,
) -> Process:
    name = component["name"]
    # The evented process is a child of Odoo's master, which starts it anew itself.
    info = supervised.get("odoo" if name == "odoo-evented" else name, {})
    state = info.get("statename", "STOPPED").lower()
    pid = info.get("pid") or None
    if state == "running" and not check(component["check"], pid):
        state = UNHEALTHY
    if is_orphaned and check(component["check"], None):
        state = ORPHANED
    if name == "odoo-evented" and pid:
        pid = _evented_child(pid)
    return Process(name, pid, state, component["version"], component["listen"])


def _evented_child(master: int) -> int | None:
    try:
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return next(
            (
                int(child)
                for child in children
                if b"\0gevent\0" in Path(f"/proc/{child}/cmdline").read_bytes()
            ),
            None,
        )
    except OSError:
        return None


def exit_code(result: Status) -> int:
    """0 when every part is healthy, 3 when nothing is up, else 1."""
    states = [process.state for process in result.processes]
    if all(state in DOWN_STATES for state in states):
        return NOTHING_UP
    return ALL_HEALTHY if all(state == RUNNING for state in states) else NOT_HEALTHY


def as_data(result: Status) -> dict[str, Any]:
    """The status for programs."""
    return asdict(result)


def as_table(result: Status) -> str:
    """The status for people."""
    if not result.processes:
        return "nothing is up; start it with setup/up"
    rows = [("PART", "STATE", "PID", "VERSION", "LISTEN")]
    rows += [(p.name, p.state, str(p.pid or "-"), p.version, p.listen) for p in result.processes]
    shown = table(rows)
    if any(process.state == ORPHANED for process in result.processes):
        shown += "\n\nthe supervisor died and what it started runs on: setup/up takes the stack over again"
    if exit_code(result) == NOTHING_UP:
        shown += "\n\nnothing is up: setup/up starts it"
    login = f"login {result.admin_login}, password in {result.admin_password_file}"
    return f"{shown}\n\nOdoo {result.urls.get('odoo', '-')}, {login}"

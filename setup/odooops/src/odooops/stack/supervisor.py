"""The supervisor of a state (PyPI: supervisor): starting it, and telling it what to do by its control socket."""

import http.client
import socket
import time
import xmlrpc.client
from pathlib import Path
from typing import Any

from . import leftovers, supervisor_conf
from .errors import StackError
from .files import write_atomic
from .programs import Program
from .run import run
from .state import State

# More than the longest stopwaitsecs, after which the supervisor kills.
STOP_SECONDS = 90


class _Connection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.host)


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path):
        super().__init__()
        self._path = str(path)

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _Connection(self._path, timeout=90)


class Supervisor:
    """The control interface of a state's supervisor."""

    def __init__(self, directory: Path):
        self._socket = directory / "run" / "supervisor.sock"
        self.rpc = xmlrpc.client.ServerProxy(
            "http://localhost", transport=_Transport(self._socket)
        ).supervisor

    def pid(self) -> int | None:
        """The supervisor's process id, None when it is not up."""
        try:
            return self.rpc.getPID()
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return None

    def processes(self) -> dict[str, dict[str, Any]]:
        """Name → supervisor's account of the process ("statename", "pid", "spawnerr", …); {} when nothing is up."""
        try:
            return {info["name"]: info for info in self.rpc.getAllProcessInfo()}
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return {}

    def state_of(self, name: str) -> str:
        """RUNNING, STARTING, BACKOFF, STOPPED, …"""
        return self.processes().get(name, {}).get("statename", "STOPPED")

    def is_running(self, name: str) -> bool:
        return self.state_of(name) in ("RUNNING", "STARTING")

    def start(self, name: str) -> None:
        """Starts a program; does nothing when it runs already."""
        try:
            self.rpc.startProcess(name, False)
        except xmlrpc.client.Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise StackError(f"{name} could not be started: {fault.faultString}") from None

    def stop(self, name: str, *, wait: bool = True) -> None:
        """Stops a program and waits until it is gone; does nothing when it is not running."""
        try:
            self.rpc.stopProcess(name, wait)
        except xmlrpc.client.Fault as fault:
            if "NOT_RUNNING" not in fault.faultString and "BAD_NAME" not in fault.faultString:
                raise StackError(f"{name} could not be stopped: {fault.faultString}") from None

    def stop_all(self) -> None:
        """Stops the programs, those of one priority together, the last started first."""
        priorities = {config["name"]: config["process_prio"] for config in self.rpc.getAllConfigInfo()}
        for priority in sorted(set(priorities.values()), reverse=True):
            names = [name for name in priorities if priorities[name] == priority]
            for name in names:
                self.stop(name, wait=False)
            # Asking also wakes the supervisor, which by itself looks after its children once a second.
            wait_for(
                lambda names=names: not self._alive(names), STOP_SECONDS, f"{', '.join(names)} do not stop"
            )

    def _alive(self, names: list[str]) -> bool:
        processes = self.processes()
        return any(processes.get(name, {}).get("pid") for name in names)

    def reload(self, name: str) -> None:
        """Tells a program to read its configuration again."""
        self.rpc.signalProcess(name, "HUP")

    def apply(self, only: set[str] | None = None) -> None:
        """Reads supervisord.conf again; stops what changed or went, or ``only`` those of it."""
        [groups] = self.rpc.reloadConfig()
        added, changed, removed = ([name for name in names if not only or name in only] for names in groups)
        for name in [*changed, *removed]:
            self.rpc.stopProcessGroup(name)
            self.rpc.removeProcessGroup(name)
        for name in [*added, *changed]:
            self.rpc.addProcessGroup(name)


def ensure(state: State, programs: list[Program], only: set[str] | None = None) -> None:
    """Writes the configuration and starts the supervisor, its programs not yet.

    One that runs already stops the programs that changed or went, or ``only`` those of them that are named.
    """
    write_atomic(state.path("run", "supervisord.conf"), supervisor_conf.render(state, programs), mode=0o600)
    supervisor = Supervisor(state.directory)
    if supervisor.pid():
        supervisor.apply(only)
        return
    arguments = [state.python, "-m", "supervisor.supervisord", "-c", state.path("run", "supervisord.conf")]
    run(
        state,
        "starting the supervisor",
        arguments,
        env={leftovers.MARK: str(state.directory)},
        must_finish=True,
    )
    wait_for(
        lambda: supervisor.pid() is not None,
        15,
        f"the supervisor did not come up (log: {state.log('supervisord')})",
    )


def shut_down(state: State) -> bool:
    """Stops everything of this state in order, the supervisor last; returns whether anything ran."""
    supervisor = Supervisor(state.directory)
    pid = supervisor.pid()
    if pid:
        supervisor.stop_all()
        supervisor.rpc.shutdown()
        message = f"the supervisor (process {pid}) does not end: kill {pid}"
        wait_for(lambda: not Path(f"/proc/{pid}").exists(), 30, message)
    return leftovers.stop(state.directory) or bool(pid)


def wait_for(condition, seconds: float, message: str) -> None:
    """Polls ``condition`` until it is true; raises StackError with ``message`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise StackError(message)
        time.sleep(0.1)

"""The supervisor of a state (PyPI: supervisor): its configuration, its control socket, what is left when it died."""

import http.client
import os
import signal
import socket
import time
import xmlrpc.client
from contextlib import suppress
from pathlib import Path
from typing import Any

from .errors import StackError
from .files import write_atomic
from .programs import Program
from .run import run
from .state import State

# Set for the supervisor and so for every process below it: how leftovers of a killed one are recognised.
MARK = "ODOOOPS_SUPERVISED"
# A fast-failing program is tried again for about four minutes before it is given up (supervisor waits 1, 2, 3 … s).
START_RETRIES = 20
# More than the longest stopwaitsecs, after which the supervisor kills.
STOP_SECONDS = 90

HEADER = """\
; Written by setup/up; changes here are overwritten.
[supervisord]
logfile = {state}/log/supervisord.log
logfile_maxbytes = 5MB
logfile_backups = 2
loglevel = info
pidfile = {state}/run/supervisord.pid
childlogdir = {state}/log
identifier = odooops
umask = 027
directory = {state}

[unix_http_server]
file = {state}/run/supervisor.sock
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl = unix://{state}/run/supervisor.sock
"""
PROGRAM = """
[program:{name}]
command = /bin/sh {state}/run/programs/{name}.sh
environment = ODOOOPS_FINGERPRINT="{fingerprint}"
priority = {priority}
autostart = false
autorestart = true
startsecs = 2
startretries = {retries}
stopsignal = {stop_signal}
stopwaitsecs = {stop_seconds}
stopasgroup = false
killasgroup = true
stdout_logfile = {state}/log/{name}.log
stdout_logfile_maxbytes = 20MB
stdout_logfile_backups = 5
{stderr}
"""
# nginx writes its access log, one JSON object a line, to standard output; messages stay apart.
STDERR_APART = """\
stderr_logfile = {state}/log/{name}-error.log
stderr_logfile_maxbytes = 5MB
stderr_logfile_backups = 2"""
STDERR_JOINED = "redirect_stderr = true"


def render(state: State, programs: list[Program]) -> str:
    """The text of supervisord.conf."""
    text = HEADER.format(state=state.directory)
    for program in programs:
        stderr = (
            STDERR_APART.format(state=state.directory, name=program.name)
            if program.name == "nginx"
            else STDERR_JOINED
        )
        text += PROGRAM.format(
            state=state.directory,
            name=program.name,
            fingerprint=program.fingerprint(),
            priority=program.priority,
            retries=START_RETRIES,
            stop_signal=program.stop_signal,
            stop_seconds=program.stop_seconds,
            stderr=stderr,
        )
    return text


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
    write_atomic(state.path("run", "supervisord.conf"), render(state, programs), mode=0o600)
    supervisor = Supervisor(state.directory)
    if supervisor.pid():
        supervisor.apply(only)
        return
    arguments = [state.python, "-m", "supervisor.supervisord", "-c", state.path("run", "supervisord.conf")]
    run(state, "starting the supervisor", arguments, env={MARK: str(state.directory)}, must_finish=True)
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
    return stop_leftovers(state) or bool(pid)


def leftovers(directory: Path) -> list[int]:
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


def stop_leftovers(state: State) -> bool:
    """Ends what a killed supervisor left running; returns whether there was anything."""
    if not leftovers(state.directory):
        return False
    # SIGINT is PostgreSQL's fast shutdown and Odoo's graceful one; the exporters and nginx end by it as well.
    for signal_number, seconds in ((signal.SIGINT, 20), (signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        for pid in leftovers(state.directory):
            _signal(pid, signal_number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not leftovers(state.directory):
                return True
            time.sleep(0.2)
    raise StackError(
        f"processes of an earlier run do not end: {' '.join(map(str, leftovers(state.directory)))}"
    )


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def wait_for(condition, seconds: float, message: str) -> None:
    """Polls ``condition`` until it is true; raises StackError with ``message`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise StackError(message)
        time.sleep(0.1)

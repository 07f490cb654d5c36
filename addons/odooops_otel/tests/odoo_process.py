"""A real Odoo in processes of its own, on the database of the tests, for tests about processes.

server = OdooProcess(directory, {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}, workers=2)
server.start()
server.get("/web/health")
server.stop()
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

import odoo
from odoo.tools import config

# The evented process runs sys.argv[0] again: it must be a file.
SCRIPT = "from odoo.cli import main\n\nmain()\n"
# One that is there, as Odoo wants it, and does nothing: to start it takes as long as all the rest.
IDLE_EVENTED = "import signal, sys\n\nif 'gevent' in sys.argv:\n    signal.pause()\n\n"
INHERITED = ("addons_path", "db_host", "db_port", "db_user", "db_password", "db_name")
START_TIMEOUT = 60.0


class OdooProcess:
    """
    :param directory: an empty one, for the configuration, the log and Odoo's data
    :param environ: what its environment has beyond ours; ours without OTEL_* and ODOOOPS_*
    :param has_evented: whether the evented process of a server with workers works, for tests that look at it
    :param options: of odoo.conf, beyond those that the tests run with
    """

    def __init__(self, directory: Path, environ: Mapping[str, str], *, has_evented: bool = True, **options):
        self.directory = directory
        self.log = directory / "odoo.log"
        self.port, self.gevent_port = _free_ports(2)
        self._environ = _environment(environ)
        self._process: subprocess.Popen | None = None
        (directory / "run.py").write_text(SCRIPT if has_evented else IDLE_EVENTED + SCRIPT)
        self._write_configuration(options)

    def _write_configuration(self, options: Mapping) -> None:
        inherited = {name: config[name] for name in INHERITED}
        values = {
            **{name: value for name, value in inherited.items() if value},
            "server_wide_modules": "base,rpc,web,odooops_otel",
            "data_dir": self.directory / "data",
            "http_interface": "127.0.0.1",
            "http_port": self.port,
            "gevent_port": self.gevent_port,
            "max_cron_threads": 0,
            "workers": 0,
            **options,
        }
        lines = [f"{name} = {_text(value)}" for name, value in values.items()]
        (self.directory / "odoo.conf").write_text("\n".join(["[options]", *lines, ""]))

    @property
    def command(self) -> list[str]:
        return [sys.executable, str(self.directory / "run.py")]

    @property
    def telemetry_directory(self) -> Path:
        return self.directory / "data" / "odooops" / "telemetry"

    # --- life -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.command, "-c", str(self.directory / "odoo.conf")],
                env=self._environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_for(lambda: self.answers("/web/health"), START_TIMEOUT)

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
        """Run a command to its end: ``run("shell", stdin="env.cr.execute('SELECT 1')")``."""
        return subprocess.run(
            [*self.command, *arguments[:1], "-c", str(self.directory / "odoo.conf"), *arguments[1:]],
            env=self._environ,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT,
            check=False,
        )

    def stop(self, with_signal: int = signal.SIGTERM) -> None:
        """End it as a supervisor does: the master by a signal; what is left after that is killed."""
        if self._process is None:
            return
        processes = [self.master, *self.children()] if psutil.pid_exists(self._process.pid) else []
        self._process.send_signal(with_signal)
        try:
            self._process.wait(30)
        finally:
            for process in processes:
                if process.is_running():
                    process.kill()
            self._process.wait(5)
            self._process = None

    # --- processes ------------------------------------------------------------------------

    @property
    def master(self) -> psutil.Process:
        return psutil.Process(self._process.pid)

    def children(self) -> list[psutil.Process]:
        return [child for child in self.master.children() if child.status() != psutil.STATUS_ZOMBIE]

    def workers(self) -> list[psutil.Process]:
        """HTTP and cron workers."""
        return [child for child in self.children() if not _is_evented(child)]

    def evented(self) -> psutil.Process:
        (found,) = [child for child in self.children() if _is_evented(child)]
        return found

    # --- talking to it --------------------------------------------------------------------

    def get(self, path: str, port: int = 0, **headers: str) -> int:
        """The status of an answer; 0 when there is none."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{port or self.port}{path}",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def answers(self, path: str, port: int = 0) -> bool:
        assert self._process.poll() is None, f"Odoo ended:\n{self.last_lines()}"
        return self.get(path, port) == 200

    def lines(self, pattern: str) -> list[str]:
        """The lines of its log that match."""
        return [line for line in self.log.read_text().splitlines() if re.search(pattern, line)]

    def last_lines(self, count: int = 30) -> str:
        return "\n".join(self.log.read_text().splitlines()[-count:])

    def wait_for(self, condition: Callable[[], object], timeout: float = 30.0, pause: float = 0.05) -> object:
        """What ``condition`` returns as soon as it is true; asserts that it becomes so in time."""
        deadline = time.monotonic() + timeout
        while not (result := condition()):
            assert time.monotonic() < deadline, f"not seen within {timeout} s:\n{self.last_lines()}"
            time.sleep(pause)
        return result


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "ODOOOPS_"))}
    path = os.pathsep.join(filter(None, (str(Path(odoo.__path__[0]).parent), ours.get("PYTHONPATH"))))
    # A reload runs "python" again, which must be found to be the one of this environment.
    programs = f"{Path(sys.executable).parent}{os.pathsep}{ours['PATH']}"
    return {**ours, "PYTHONPATH": path, "PATH": programs, **environ}


def _text(value) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def _is_evented(process: psutil.Process) -> bool:
    return "gevent" in process.cmdline()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports

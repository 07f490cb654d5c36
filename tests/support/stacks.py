"""A stack that setup/up made, as tests see it: its commands, its processes, and questions to its servers."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from odooops.commands.status import ALL_HEALTHY, Status, as_data, exit_code, status
from odooops.doctor.slots import slot_pid

CHECKOUT = Path(__file__).parents[2]
UP_SECONDS = 600


def wait_for(what: str, probe: Callable[[], Any], seconds: float = 60, interval: float = 0.25) -> Any:
    """The first true value of ``probe()``; fails with ``what`` and the last value when there is none in time.

    An error of the network or of a process that is gone counts as a false value.
    """
    deadline, last = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            last = probe()
        except (OSError, requests.RequestException, ValueError) as error:
            last = error
        if last and not isinstance(last, Exception):
            return last
        time.sleep(interval)
    pytest.fail(f"not within {seconds:g} s: {what}; the last look gave {last!r}", pytrace=False)


class Stack:
    """One state directory and the commands that act on it."""

    mode: tuple[str, ...] = ("--core",)

    def __init__(self, directory: Path, checkout: Path = CHECKOUT, inside: Sequence[str] = ()):
        self.directory = directory
        self.checkout = checkout
        # What comes before each command: the way into another network, say.
        self.inside = inside
        self.started: list[subprocess.Popen] = []
        self._urls: dict[str, str] = {}

    def start(self, verb: str, *arguments: str, **environment: str) -> subprocess.Popen:
        """Starts setup/<verb> for this state; output and errors are pipes."""
        if verb == "up":
            self._urls = {}
        command = ["sh", str(self.checkout / "setup" / verb), *arguments, "--state", str(self.directory)]
        process = subprocess.Popen(
            [*self.inside, *command],
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def run(self, verb: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Runs setup/<verb> for this state to its end."""
        process = self.start(verb, *arguments, **environment)
        output, errors = process.communicate(timeout=UP_SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def up(self, *arguments: str, **environment: str) -> str:
        """``setup/up``; fails the test with what it printed when it does not succeed."""
        result = self.run("up", *self.mode, *arguments, **environment)
        if result.returncode:
            pytest.fail(
                f"setup/up ended with {result.returncode}:\n{result.stdout}{result.stderr}", pytrace=False
            )
        return result.stdout

    def down(self) -> None:
        """``setup/down``; a command that is still at work, because the tests were interrupted, is killed first."""
        self.kill_started()
        self.run("down")

    def kill_started(self) -> None:
        """Kills the commands that are still at work."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()

    def supervisorctl(self, verb: str, program: str) -> None:
        """Starts or stops one program, as an operator does."""
        command = [self.directory / "venv/bin/supervisorctl", "-c", self.directory / "run/supervisord.conf"]
        subprocess.run([*command, verb, program], check=True, capture_output=True, timeout=90)

    def told_status(self) -> dict[str, Any]:
        """``setup/cli status --output json``."""
        return json.loads(self.run("cli", "status", "--output", "json").stdout)

    def status(self) -> dict[str, Any]:
        """The same, found out in this process where that can be done."""
        return self.told_status() if self.inside else as_data(self._status())

    def is_healthy(self) -> bool:
        """Whether every part is."""
        if self.inside:
            return self.run("cli", "status").returncode == ALL_HEALTHY
        return exit_code(self._status()) == ALL_HEALTHY

    def _status(self) -> Status:
        # Without a command: who waits looks several times a second, and starting one takes longer than looking.
        return status(self.directory)

    def processes(self) -> dict[str, dict[str, Any]]:
        """Each process of the status by its name."""
        return {process["name"]: process for process in self.status()["processes"]}

    def pids(self) -> dict[str, int]:
        """The process id of each process by its name."""
        return {name: process["pid"] for name, process in self.processes().items()}

    @property
    def urls(self) -> dict[str, str]:
        """The addresses in the status: "odoo" (through nginx), "prometheus", …; asked for again after a setup/up."""
        self._urls = self._urls or self.status()["urls"]
        return self._urls

    @property
    def admin_password(self) -> str:
        """The password of Odoo's administrator."""
        return Path(self.status()["admin_password_file"]).read_text().strip()

    def worker_pids(self, kind: str = "http") -> list[int]:
        """The processes of Odoo that hold a telemetry slot of that kind: http, cron or evented."""
        slots = sorted((self.directory / "run" / "telemetry").glob(f"{kind}-*.slot"))
        pids = [slot_pid(slot) for slot in slots]
        return [pid for pid in pids if self.runs_here(pid)]

    def slot_pid(self, name: str) -> int:
        """The process that holds a telemetry slot such as "http-0"; 0 when it is free."""
        return slot_pid(self.directory / "run" / "telemetry" / f"{name}.slot")

    def family(self, *names: str) -> list[int]:
        """The processes of that name, or of all names, with their descendants."""
        children: dict[int, list[int]] = {}
        for pid, parent in _parents():
            children.setdefault(parent, []).append(pid)
        found, queue = set(), [pid for name, pid in self.pids().items() if pid and name in (names or (name,))]
        while queue:
            pid = queue.pop()
            found.add(pid)
            queue += [child for child in children.get(pid, []) if child not in found]
        return sorted(found)

    def runs_here(self, pid: int) -> bool:
        """Whether the process is there and was started for this state."""
        with contextlib.suppress(OSError):
            return str(self.directory).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        return False

    def running(self) -> list[str]:
        """The command lines of all processes whose command line names this state."""
        mine = [int(path.name) for path in Path("/proc").glob("[0-9]*") if int(path.name) != os.getpid()]
        return [_command_line(pid) for pid in mine if self.runs_here(pid)]

    def shell(self, script: str, **variables: str) -> None:
        """Runs Python in an ``odoo shell``, as the account of the stack and with the environment of its Odoo."""
        configuration = self.directory / "odoo" / "odoo.conf"
        command = [self.directory / "venv/bin/python", self.directory / "venv/bin/odoo", "shell"]
        command += ["-c", configuration, "-d", self.status()["database"], "--no-http"]
        if os.geteuid() == 0:
            command = ["runuser", "-u", configuration.owner(), "--", *command]
        subprocess.run(
            command,
            input=script,
            env=_environment(self.pids()["odoo"]) | variables,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=180,
            check=True,
        )

    def query(self, promql: str) -> list[tuple[dict[str, str], float]]:
        """The instant vector of a query in Prometheus as pairs of labels and value."""
        address = f"{self.urls['prometheus']}/api/v1/query"
        answer = requests.get(address, params={"query": promql}, timeout=10).json()
        if answer["status"] != "success":
            pytest.fail(f"Prometheus refused {promql}: {answer['error']}", pytrace=False)
        return [(sample["metric"], float(sample["value"][1])) for sample in answer["data"]["result"]]

    def login(self) -> "Session":
        """A session of the administrator, as the web client has it."""
        return Session(self)


class WholeStack(Stack):
    """A stack with collector, Loki and Tempo, and questions to them. The tenant is an environment's name."""

    mode = ()

    def loki(self, logql: str, tenant: str = "local", seconds: float = 3600) -> list[dict[str, Any]]:
        """The lines of a log query over the last ``seconds``, newest first.

        Each is {"time": ns, "line": text, "labels": {…}}; the labels hold the stream's and the structured metadata.
        """
        start = time.time_ns() - int(seconds * 1e9)
        parameters = {"query": logql, "start": start, "limit": 1000}
        answer = self._ask("loki", "/loki/api/v1/query_range", tenant, **parameters)
        streams = answer["data"]["result"]
        lines = [
            {"time": int(at), "line": line, "labels": stream["stream"]}
            for stream in streams
            for at, line, *_metadata in stream["values"]
        ]
        return sorted(lines, key=lambda line: line["time"], reverse=True)

    def tempo_trace(self, trace_id: str, tenant: str = "local") -> list[dict[str, Any]]:
        """The spans of a trace, by start; [] when Tempo does not have it.

        OTLP's JSON form, with attributes as a plain mapping and the resource's attributes under "resource".
        """
        answer = self._ask("tempo", f"/api/traces/{trace_id}", tenant)
        spans = [
            span
            | {
                "attributes": plain(span.get("attributes", [])),
                "resource": plain(batch["resource"]["attributes"]),
            }
            for batch in answer.get("batches", [])
            for scope in batch["scopeSpans"]
            for span in scope["spans"]
        ]
        return sorted(spans, key=lambda span: int(span["startTimeUnixNano"]))

    def tempo_search(self, traceql: str, tenant: str = "local", limit: int = 100) -> list[dict[str, Any]]:
        """The traces that a TraceQL query finds among the recent ones, as Tempo's API describes them."""
        return self._ask("tempo", "/api/search", tenant, q=traceql, limit=limit).get("traces", [])

    def exemplars(self, promql: str, seconds: float = 3600) -> list[dict[str, Any]]:
        """The exemplars of a selector: {"labels": {"trace_id": …}, "value": "…", "timestamp": s, "series": {…}}."""
        now = time.time()
        parameters = {"query": promql, "start": now - seconds, "end": now}
        answer = self._ask("prometheus", "/api/v1/query_exemplars", **parameters)
        return [
            exemplar | {"series": found["seriesLabels"]}
            for found in answer["data"]
            for exemplar in found["exemplars"]
        ]

    def _ask(self, server: str, path: str, tenant: str = "", **parameters: Any) -> dict[str, Any]:
        address = f"{self.urls[server]}{path}"
        answer = requests.get(address, params=parameters, headers={"X-Scope-OrgID": tenant}, timeout=10)
        if answer.status_code == 404:
            return {}
        if not answer.ok:
            pytest.fail(f"{server} refused {parameters or path}: {answer.text[:300]}", pytrace=False)
        return answer.json()


def plain(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    """OTLP's JSON list of key and value as a mapping; integers, which JSON has as text, are integers."""
    return {item["key"]: _plain_value(item["value"]) for item in attributes}


def _plain_value(value: dict[str, Any]) -> Any:
    [(kind, content)] = value.items()
    if kind == "arrayValue":
        return [_plain_value(item) for item in content.get("values", [])]
    return int(content) if kind == "intValue" else content


class Session(requests.Session):
    """A logged-in browser without the browser."""

    def __init__(self, stack: Stack):
        super().__init__()
        status = stack.status()
        self.address = status["urls"]["odoo"]
        self.rpc(
            "/web/session/authenticate",
            db=status["database"],
            login=status["admin_login"],
            password=stack.admin_password,
        )

    def rpc(self, route: str, **params: Any) -> Any:
        """The result of a JSON-RPC call; fails with the server's message."""
        result, refusal = self._ask(route, params)
        if refusal:
            pytest.fail(f"{route}: {refusal}", pytrace=False)
        return result

    def _ask(self, route: str, params: dict[str, Any]) -> tuple[Any, str]:
        """The result of a JSON-RPC call, and what the server has against it."""
        answer = self.post(f"{self.address}{route}", json={"jsonrpc": "2.0", "params": params}, timeout=60)
        answer.raise_for_status()
        error = answer.json().get("error")
        # There is no result of a method that returns nothing.
        return answer.json().get(
            "result"
        ), f"{error['data']['name']}: {error['data']['message']}" if error else ""

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Calls a method of a model: ``call("res.partner", "search_count", [])``."""
        return self.rpc(
            f"/web/dataset/call_kw/{model}/{method}", model=model, method=method, args=args, kwargs=kwargs
        )

    def run_job(self, cron: int) -> None:
        """Runs a scheduled action in this session, after the cron worker if that is at it."""
        call = {"model": "ir.cron", "method": "method_direct_trigger", "args": [cron], "kwargs": {}}

        def ended() -> bool:
            _result, refusal = self._ask("/web/dataset/call_kw/ir.cron/method_direct_trigger", call)
            if refusal and "already executing" not in refusal:
                pytest.fail(refusal, pytrace=False)
            return not refusal

        wait_for("the scheduled action can be run", ended, 60)

    def trigger(self, cron: int) -> None:
        """Has the cron worker run a scheduled action now; by itself it looks once a minute."""
        [model] = self.call("ir.model", "search", [["model", "=", "ir.cron"]])
        code = f"env['ir.cron'].browse({cron})._trigger()"
        values = {"name": "Trigger", "model_id": model, "state": "code", "code": code}
        [action] = self.call("ir.actions.server", "create", [values])
        self.call("ir.actions.server", "run", [action])
        self.call("ir.actions.server", "unlink", [action])


def _parents() -> Iterator[tuple[int, int]]:
    """Each process of the machine with its parent."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            yield int(path.parent.name), int(path.read_text().rpartition(")")[2].split()[1])


def _environment(pid: int) -> dict[str, str]:
    """The variables that a process began with."""
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def _command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""

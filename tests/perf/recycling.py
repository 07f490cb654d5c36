"""A prefork server whose workers end again and again by ``limit_memory_soft``: is every request told of?"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import environment
import psutil
import report

NAME = "recycled by limit_memory_soft"
REQUESTS = 60
# A worker that has served nothing is so much below its limit; with the first requests it grows by more.
ROOM = 256 * 1024
WAIT = 60.0


def rows(database: str, directory: Path) -> list[dict]:
    """Address space added; workers that served, and the share of requests whose span arrived (goal: all)."""
    with environment.receiver("count") as endpoint:
        with _server(database, directory, endpoint, 0, OTEL_SDK_DISABLED="true") as (_port, workers):
            without = _until(lambda: _settled(workers))
        with _server(database, directory, endpoint, 0) as (_port, workers):
            fresh = _until(lambda: _settled(workers))
        with _server(database, directory, endpoint, fresh + ROOM) as (port, workers):
            _until(lambda: _get(port))
            answered, served = _ask(port, workers)
        with urllib.request.urlopen(endpoint, timeout=10) as answer:
            told = json.loads(answer.read())["servers"]

    def row(figure: str, value: float, unit: str, **more) -> dict:
        return report.row("memory", figure, value, unit, samples=answered, case=NAME, **more)

    # One more is asked for, to know that the server is there.
    share = min(100.0, told / (answered + 1) * 100)
    virtual = row("virtual", (fresh - without) / 2**20, "MiB")
    return [virtual, row("workers", served, ""), row("told of", share, "%", goal=100, at_least=True)]


def _ask(port: int, workers) -> tuple[int, int]:
    """Requests that were answered, and workers that there were."""
    seen: set[int] = set()
    answered = 0
    for _ in range(REQUESTS):
        seen.update(worker.pid for worker in workers())
        answered += _get(port)
    return answered, len(seen)


def _get(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection), contextlib.suppress(OSError):
        connection.request("GET", "/web/login")
        return connection.getresponse().status == 200
    return False


@contextlib.contextmanager
def _server(database: str, directory: Path, endpoint: str, limit: int, **settings: str) -> Iterator[tuple]:
    """A prefork server with one worker: its port, and a function that gives its workers."""
    port, evented = _free_port(), _free_port()
    options = [f"--database={database}", f"--http-port={port}", f"--gevent-port={evented}", "--workers=1"]
    options += ["--max-cron-threads=0", f"--limit-memory-soft={limit}", "--limit-memory-hard=0"]
    options += ["--load=base,rpc,web,odooops_otel", "--log-level=error", "--http-interface=127.0.0.1"]
    program = [sys.executable, "-W", "ignore", str(Path(sys.prefix) / "bin" / "odoo"), *options]
    # The benchmark's own process sends nothing; this one does.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    variables = {**kept, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_TRACES_SAMPLER": "always_on"}
    variables["ODOOOPS_TELEMETRY_DIR"] = str(directory / "server")
    process = subprocess.Popen(program, env=variables | settings)

    def workers() -> list[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            children = psutil.Process(process.pid).children()
            return [child for child in children if "gevent" not in child.cmdline()]
        return []

    try:
        yield port, workers
    finally:
        process.terminate()
        process.wait(30)


def _settled(workers) -> int:
    """Address space of a worker that waits for its first request, in bytes; 0 while it is still beginning."""
    before = {worker.pid: worker.memory_info().vms for worker in workers()}
    time.sleep(2)
    after = {worker.pid: worker.memory_info().vms for worker in workers()}
    return max(after.values(), default=0) if before == after else 0


def _until(condition: Callable[[], int]) -> int:
    """What it gives as soon as it gives something."""
    deadline = time.monotonic() + WAIT
    while not (found := condition()):
        if time.monotonic() > deadline:
            sys.exit("the prefork server does not answer; what it said is above")
        time.sleep(0.2)
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]

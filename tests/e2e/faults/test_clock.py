"""The clock of Odoo's machine is set back or forward: nothing stops, nothing is counted twice or negatively.

An Odoo of its own runs with a clock of the day that reads its offset from a file; the monotonic clock is left alone, as
``clock_settime`` does. (libfaketime 0.9.10 makes ``time.sleep`` fail, which waits for a moment of the monotonic clock.)
"""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from counting import count, sampled_traceparents, trace_id

SCRIPT = """
import time

real_time, real_time_ns = time.time, time.time_ns


def offset():
    with open({clock!r}) as file:
        return float(file.read() or 0)


time.time = lambda: real_time() + offset()
time.time_ns = lambda: real_time_ns() + int(offset() * 1e9)

import odoo.cli

odoo.cli.main()
"""
ROUTE = "/web/version"
ARRIVED = 60


class MovedOdoo:
    """A threaded Odoo whose clock can be moved while it runs."""

    def __init__(self, stack, directory: Path):
        self._clock = directory / "clock"
        self.move("+0")
        self._script = directory / "moved.py"
        self._script.write_text(SCRIPT.format(clock=str(self._clock)))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [*_as_owner(stack), "env", *self._environment(stack, directory), *self._command(stack)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{ROUTE}"

    def move(self, offset: str) -> None:
        """Set the clock off by that much: "-3600"."""
        self._clock.write_text(offset)

    def get(self, traceparent: str) -> int:
        return requests.get(self.url, headers={"traceparent": traceparent}, timeout=60).status_code

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def _command(self, stack) -> list[str | Path]:
        options = [
            "--workers=0",
            "--max-cron-threads=0",
            f"--http-port={self.port}",
            "--http-interface=127.0.0.1",
        ]
        python = stack.directory / "venv/bin/python"
        return [python, self._script, "-c", stack.directory / "odoo/odoo.conf", *options]

    def _environment(self, stack, directory: Path) -> list[str]:
        variables = {
            "ODOOOPS_TELEMETRY_DIR": directory / "slots",
            "OTEL_EXPORTER_OTLP_ENDPOINT": stack.urls["otelcol"],
            "OTEL_METRIC_EXPORT_INTERVAL": 2000,
            "OTEL_RESOURCE_ATTRIBUTES": "service.namespace=odooops,deployment.environment.name=local",
            "OTEL_SERVICE_NAME": "odoo-with-a-moved-clock",
        }
        return [f"{name}={value}" for name, value in variables.items()]


def _as_owner(stack) -> list[str]:
    owner = stack.directory.owner()
    return ["runuser", "-u", owner, "--"] if os.geteuid() == 0 else []


@pytest.fixture
def odoo(whole, base, wait_for) -> Iterator[MovedOdoo]:
    directory = base / "moved"
    subprocess.run(["rm", "-rf", directory], check=True)
    directory.mkdir()
    if os.geteuid() == 0:
        status = whole.directory.stat()
        os.chown(directory, status.st_uid, status.st_gid)
    with contextlib.closing(_Closing(MovedOdoo(whole, directory))) as closing:
        wait_for("Odoo answers", lambda: requests.get(closing.odoo.url, timeout=30).ok)
        yield closing.odoo


class _Closing:
    def __init__(self, odoo: MovedOdoo):
        self.odoo, self.close = odoo, odoo.stop


def test_telemetry_goes_on_when_the_clock_is_moved(whole, wait_for, odoo, since):
    selector = f'http_route="{ROUTE}",job="odooops/odoo-with-a-moved-clock"'
    # Less than an hour: Prometheus takes no samples that are older than its newest one by much more.
    offsets = ["+0", "-1800", "+1800", "+0"]
    for offset, parent in zip(offsets, sampled_traceparents(len(offsets)), strict=True):
        odoo.move(offset)

        assert odoo.get(parent) == 200

        wait_for(
            f"the trace with the clock at {offset}", lambda p=parent: whole.tempo_trace(trace_id(p)), ARRIVED
        )

    # The fixture asked until it was answered, with requests that count as well.
    wait_for("all requests counted", lambda: count(whole, selector, since) >= len(offsets), ARRIVED)

"""The real collector with logs.yaml and redaction.yaml of monitoring/collector.

It reads a directory of log files, takes what is sent by OTLP, and sends to a receiver::

    collector = Collector(program, directory, receiver.url)
    collector.start()
    collector.write("odoo.log", "a line\\n")
    collector.kill()

What gateway.yaml has for the whole stack is here as little as the two need: the connectors that they export to, the
storage of offsets, the queue on disk.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from string import Template

SOURCE = Path(__file__).parents[2] / "monitoring" / "collector"
PARTS = ("logs.yaml", "redaction.yaml")
# Alpha in v0.159: lines are handed on before it is written down that they were read.
GATES = "--feature-gates=stanza.synchronousLogEmitter"
HARNESS = """
receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${port}" } } } }
processors: { memory_limiter: { check_interval: 1s, limit_mib: 400 } }
connectors: { forward/logs: , forward/traces: }
exporters:
  otlp_http:
    endpoint: ${receiver}
    compression: none
    retry_on_failure: { initial_interval: 100ms, max_interval: 500ms, max_elapsed_time: 0s }
    sending_queue: { storage: file_storage/queue, sizer: bytes, queue_size: 67108864, batch: { flush_timeout: 50ms } }
extensions:
  file_storage/offsets: { directory: "${directory}/offsets", create_directory: true }
  file_storage/queue: { directory: "${directory}/queue", create_directory: true }
service:
  extensions: [file_storage/offsets, file_storage/queue]
  telemetry: { metrics: { level: none }, logs: { encoding: json } }
  pipelines:
    logs: { receivers: [otlp], exporters: [forward/logs] }
    logs/local: { receivers: [forward/logs], exporters: [otlp_http] }
    traces: { receivers: [otlp], exporters: [forward/traces] }
    traces/local: { receivers: [forward/traces], exporters: [otlp_http] }
"""


class Collector:
    """
    :param program: path of ``otelcol``
    :param directory: an empty one
    :param receiver: where records go by OTLP/HTTP
    :param rules: text of redaction-rules.yaml
    """

    def __init__(self, program: str, directory: Path, receiver: str, rules: str = ""):
        self.logs = directory / "log"
        self.output = directory / "collector-output"
        self._queue = directory / "queue"
        self._program = program
        self._files = [directory / name for name in ("harness.yaml", *PARTS)]
        self.port = _free_port()
        self._process: subprocess.Popen | None = None
        self.logs.mkdir()
        values = {"log_dir": self.logs, "environment": "test", "directory": directory, "receiver": receiver}
        values["port"] = self.port
        texts = (HARNESS, *((SOURCE / name).read_text() for name in PARTS))
        for file, text in zip(self._files, texts, strict=True):
            file.write_text(Template(text).substitute(values))
        self._rules = directory / "redaction-rules.yaml"
        self.follow(rules)

    def follow(self, rules: str) -> None:
        """Rules of redaction in place of those there are, from the next start on."""
        self._rules.write_text(rules)

    def start(self) -> None:
        files = [*self._files, *([self._rules] if self._rules.read_text() else [])]
        command = [self._program, *(f"--config={file}" for file in files), GATES]
        with self.output.open("ab") as output:
            # Lines of nginx and the supervisor are in local time.
            self._process = subprocess.Popen(
                command, stdout=output, stderr=output, env={**os.environ, "TZ": "UTC"}
            )
        self._wait_for("Everything is ready")

    def kill(self) -> None:
        """As a machine that fails: nothing is written any more."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def write(self, name: str, text: str) -> None:
        """Append to a log file."""
        with (self.logs / name).open("a") as file:
            file.write(text)

    def send(self, signal: str, request: bytes) -> None:
        """Send what a program sends by OTLP/HTTP: "traces" or "logs"."""
        headers = {"Content-Type": "application/x-protobuf"}
        url = f"http://127.0.0.1:{self.port}/v1/{signal}"
        with urllib.request.urlopen(urllib.request.Request(url, request, headers), timeout=30) as answer:
            assert answer.status == 200

    def has_queued(self, text: str) -> bool:
        """Whether the queue on disk has a record with that text."""
        return any(text.encode() in file.read_bytes() for file in self._queue.glob("*"))

    def _end(self, number: int) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(20)
        self._process = None

    def _wait_for(self, words: str) -> None:
        started = self.output.stat().st_size
        deadline = time.monotonic() + 30
        while words not in self.output.read_text(errors="replace")[max(0, started - 1) :]:
            assert self._process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]

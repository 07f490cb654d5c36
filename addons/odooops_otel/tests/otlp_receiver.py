"""A real OTLP/HTTP receiver in a thread, for tests: it decodes with the official message classes.

    with OtlpReceiver() as receiver:
        ...                                             # something sends to receiver.url
        receiver.total("http.server.request.duration", **{"http.route": "/web/login"})
        receiver.spans("GET /web/login")

A name that is not declared in tools/semconv fails the test, when the receiver is stopped.

It refuses what a real one refuses, and can be told to misbehave: ``receiver.answer(503)``,
``receiver.delay = 0.5``, ``receiver.blackhole()``, ``receiver.close_after = 3``,
``receiver.stop()`` and ``receiver.start()`` on the same port.

Needs opentelemetry-proto, and nothing of Odoo.
"""

from __future__ import annotations

import contextlib
import gzip
import http.server
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from .declared import undeclared

_MESSAGES = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
}


class Point(NamedTuple):
    """The latest state of one series: its resource, its attributes and the official data point."""

    resource: dict[str, object]
    attributes: dict[str, object]
    data: object

    @property
    def value(self) -> float:
        """What a histogram counted, or the value of a counter or gauge."""
        if hasattr(self.data, "bucket_counts"):
            return self.data.count
        return self.data.as_int or self.data.as_double


class Span(NamedTuple):
    """An official ``Span`` with its attributes and its resource's as dictionaries."""

    resource: dict[str, object]
    attributes: dict[str, object]
    data: object


class Log(NamedTuple):
    """An official ``LogRecord`` with its attributes and its resource's as dictionaries, and its logger."""

    resource: dict[str, object]
    attributes: dict[str, object]
    logger: str
    data: object


@dataclass(frozen=True, eq=False)
class Received:
    """One request that was taken. Who waits looks at it again and again: it is read once."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes  # decompressed
    message: object
    connection: int  # the same number for requests of one connection

    @cached_property
    def metrics(self) -> list[tuple[dict[str, object], object]]:
        """The official metrics, each with its resource's attributes."""
        return [
            (resource, metric)
            for resource, group in self._groups("metrics")
            for scope in group.scope_metrics
            for metric in scope.metrics
        ]

    @cached_property
    def spans(self) -> list[Span]:
        return [
            Span(resource, _dictionary(data.attributes), data)
            for resource, group in self._groups("spans")
            for scope in group.scope_spans
            for data in scope.spans
        ]

    @cached_property
    def logs(self) -> list[Log]:
        return [
            Log(resource, _dictionary(data.attributes), scope.scope.name, data)
            for resource, group in self._groups("logs")
            for scope in group.scope_logs
            for data in scope.log_records
        ]

    def _groups(self, signal: str) -> Iterator[tuple[dict[str, object], object]]:
        """What is of each resource; nothing when the request is one of another signal."""
        for group in getattr(self.message, f"resource_{signal}", ()):
            yield _dictionary(group.resource.attributes), group


class OtlpReceiver:
    """Listens on 127.0.0.1; ``url`` is what OTEL_EXPORTER_OTLP_ENDPOINT wants.

    :param tls: speak TLS with this context
    """

    def __init__(self, tls: ssl.SSLContext | None = None):
        self.tls = tls
        self.received: list[Received] = []
        self.undeclared: set[str] = set()
        self.attempts = 0  # requests that arrived whole, refused ones included
        self.connections = 0
        self.delay = 0.0  # seconds before each answer
        self.close_after = 0  # requests after which a connection is closed without a word; 0: never
        self.port = 0
        self._answers: list[tuple[int, dict[str, str]]] = []
        self._standing: tuple[int, dict[str, str]] | None = None
        self._changed = threading.Condition()
        self._hold = threading.Event()
        self._server: _Server | None = None
        self.start()

    def __enter__(self) -> OtlpReceiver:
        return self

    def __exit__(self, *_exc_info) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    # --- behaviour ------------------------------------------------------------------------

    def start(self) -> None:
        """Listen, on the port of the last time if there was one."""
        self._hold.set()
        self._server = _Server(("127.0.0.1", self.port), self)
        self.port = self._server.server_port
        threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="otlp-receiver", daemon=True
        ).start()

    def stop(self) -> None:
        """Close the port and every open connection; later attempts are refused."""
        self._hold.set()
        if self._server:
            self._server.close()
            self._server = None
        unknown, self.undeclared = self.undeclared, set()
        assert not unknown, f"received, and not declared in tools/semconv: {sorted(unknown)}"

    def answer(self, *statuses: int, **headers: str) -> None:
        """Answer the next requests with these, then 200 again: ``answer(503, 429, retry_after="2")``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._answers.extend((status, named) for status in statuses)

    def answer_always(self, status: int | None, **headers: str) -> None:
        """Answer every request with this; None: take them again."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._standing = (status, named) if status else None

    def blackhole(self) -> None:
        """Accept requests and never answer, until :meth:`stop`."""
        self._hold.clear()

    # --- what arrived ---------------------------------------------------------------------

    def wait_for(self, condition: Callable[[], object], timeout: float = 10.0) -> object:
        """What ``condition`` returns as soon as it is true; asserts that it becomes so in time."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not (result := condition()):
                left = deadline - time.monotonic()
                assert left > 0, f"not seen within {timeout} s among {len(self.received)} requests"
                self._changed.wait(min(left, 0.2))
        return result

    def points(self, name: str, **attributes) -> list[Point]:
        """The latest point of each series of a metric that has these attributes.

        A restart makes a new series (another start time), so that sums hold over restarts.
        """
        latest: dict[tuple, Point] = {}
        for resource, metric in self._metrics():
            if metric.name != name:
                continue
            kind = metric.WhichOneof("data")
            for data in getattr(metric, kind).data_points:
                point = Point(resource, _dictionary(data.attributes), data)
                start = 0 if kind == "gauge" else data.start_time_unix_nano
                key = (resource.get("service.instance.id"), start, tuple(sorted(point.attributes.items())))
                if key not in latest or latest[key].data.time_unix_nano <= data.time_unix_nano:
                    latest[key] = point
        return [point for point in latest.values() if attributes.items() <= point.attributes.items()]

    def total(self, name: str, **attributes) -> float:
        """The sum over all series: requests of a histogram, or a counter's value."""
        return sum(point.value for point in self.points(name, **attributes))

    def spans(self, name: str | None = None) -> list[Span]:
        """The spans that arrived, in order; those with this name when it is given."""
        return [span for span in self._spans() if name in (None, span.data.name)]

    def logs(self, logger: str | None = None) -> list[Log]:
        """The log records that arrived, in order; those of this logger when it is given."""
        return [record for record in self._logs() if logger in (None, record.logger)]

    def instances(self) -> set[str]:
        """Every service.instance.id that has sent something."""
        return {resource["service.instance.id"] for resource, _metric in self._metrics()} | {
            span.resource["service.instance.id"] for span in self._spans()
        }

    def everything(self) -> bytes:
        """All bytes that arrived, headers included: to search them for secrets."""
        return b"\n".join(
            b"\n".join((item.path.encode(), repr(item.headers).encode(), item.body)) for item in self.received
        )

    def _metrics(self) -> Iterator[tuple[dict, object]]:
        for item in list(self.received):
            yield from item.metrics

    def _spans(self) -> Iterator[Span]:
        for item in list(self.received):
            yield from item.spans

    def _logs(self) -> Iterator[Log]:
        for item in list(self.received):
            yield from item.logs

    # --- called by the handler ------------------------------------------------------------

    def next_answer(self) -> tuple[int, dict[str, str]]:
        with self._changed:
            self.attempts += 1
            answer = self._answers.pop(0) if self._answers else self._standing
            self._changed.notify_all()
        self._hold.wait()
        time.sleep(self.delay)
        return answer or (200, {})

    def take(self, item: Received) -> None:
        unknown = set(undeclared(item.message))
        with self._changed:
            self.undeclared |= unknown
            self.received.append(item)
            self._changed.notify_all()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], receiver: OtlpReceiver):
        self.receiver = receiver
        self._open: set = set()
        super().__init__(address, _Handler)
        if receiver.tls:
            # The handshake is the handler's: a client that is slow at it does not hold up the others.
            self.socket = receiver.tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def process_request(self, request, client_address):
        self.receiver.connections += 1
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        for request in list(self._open):
            with contextlib.suppress(OSError):  # the handler's file keeps the socket itself open
                request.shutdown(socket.SHUT_RDWR)
            self.shutdown_request(request)

    def handle_error(self, request, client_address):
        """A sender that goes away is what some tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self):
        super().setup()
        self.number = self.server.receiver.connections
        self.count = 0

    def do_POST(self):
        receiver = self.server.receiver
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers = receiver.next_answer()
        self.count += 1
        if status == 200:
            status = self._judge(raw)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if receiver.close_after and self.count >= receiver.close_after:
            self.close_connection = True

    def _judge(self, raw: bytes) -> int:
        """200 when the request is one that a receiver takes. https://opentelemetry.io/docs/specs/otlp/#otlphttp"""
        message_class = _MESSAGES.get(self.path)
        if message_class is None:
            return 404
        if self.headers["Content-Type"] != "application/x-protobuf":
            return 415
        try:
            body = gzip.decompress(raw) if self.headers["Content-Encoding"] == "gzip" else raw
            message = message_class.FromString(body)
        except (DecodeError, OSError, EOFError, zlib.error):
            return 400
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.receiver.take(Received(self.path, headers, body, message, self.number))
        return 200

    def log_message(self, *args):
        """Tests read what arrived, not a log."""


def without_sdk(resource: dict[str, object]) -> dict[str, object]:
    """What a resource says of the process, whatever made the telemetry."""
    return {
        key: value
        for key, value in resource.items()
        if key not in ("telemetry.sdk.name", "telemetry.sdk.version")
    }


def _dictionary(attributes) -> dict[str, object]:
    return {item.key: _plain(item.value) for item in attributes}


def _plain(value) -> object:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return tuple(_plain(item) for item in value.array_value.values)
    return getattr(value, kind) if kind else None

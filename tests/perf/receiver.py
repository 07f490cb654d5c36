"""Takes OTLP requests; prints its address first. ``receiver.py [MODE]``:

* answer: 200 at once
* count: the same; a GET then tells how many spans have come, and how many of them are of requests served
* slow: 200 after five seconds
* refused: nobody listens
* blackholed: nobody answers even the first packet, as behind a firewall that drops
"""

from __future__ import annotations

import contextlib
import gzip
import http.server
import json
import socket
import sys
import threading
import time

SLOW = 5.0
IMMEDIATE, COUNT, LATE = "answer", "count", "slow"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    mode = IMMEDIATE
    spans = servers = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.mode == COUNT and self.path == "/v1/traces":
            self._count(body)
        if self.mode == LATE:
            time.sleep(SLOW)
        self._answer(b"")

    def do_GET(self):
        self._answer(json.dumps({"spans": Handler.spans, "servers": Handler.servers}).encode())

    def _answer(self, body: bytes):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _count(self, body: bytes):
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        request = ExportTraceServiceRequest.FromString(body)
        scopes = [scope for resource in request.resource_spans for scope in resource.scope_spans]
        for scope in scopes:
            Handler.spans += len(scope.spans)
            Handler.servers += sum(span.kind == span.SPAN_KIND_SERVER for span in scope.spans)

    def log_message(self, *args):
        pass


def black_hole() -> socket.socket:
    """A socket whose queue of connections is full: the system drops whatever else arrives."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=0)
    for _ in range(4):
        waiting = socket.socket()
        waiting.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            waiting.connect(listening.getsockname())
        _kept.append(waiting)
    return listening


_kept: list[socket.socket] = []


def main(mode: str) -> None:
    if mode == "blackholed":
        _kept.append(black_hole())
        print(f"http://127.0.0.1:{_kept[-1].getsockname()[1]}", flush=True)
        threading.Event().wait()
    if mode == "refused":
        # Bound and not listening: nobody else gets the port meanwhile.
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        print(f"http://127.0.0.1:{bound.getsockname()[1]}", flush=True)
        threading.Event().wait()
    Handler.mode = mode
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else IMMEDIATE)

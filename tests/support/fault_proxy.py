"""Stands between Odoo and the collector, and does to what passes what networks and dying servers do."""

import contextlib
import http.client
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

FAULTS = ("refused", "slow", "unavailable", "blackhole")
SLOW_SECONDS = 3.0
# Kept requests that may wait in a worker of the tests: little, so that it can be filled.
QUEUE_SIZE = 100


class FaultProxy:
    """An HTTP proxy for one upstream on loopback; :meth:`be` switches between health and one of FAULTS.

    - ``refused``: nobody listens any more, and open connections are closed
    - ``slow``: each answer takes SLOW_SECONDS
    - ``unavailable``: 503 with Retry-After
    - ``blackhole``: connections are taken, and nothing ever comes back
    """

    def __init__(self):
        self.upstream = ""
        self.fault = ""
        self.posts = 0
        self._healed = threading.Event()
        self._server = self._listen(0)
        self.port = self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def be(self, fault: str = "") -> None:
        """Switch to a fault, or back to health."""
        if self.fault == "refused":
            self._server = self._listen(self.port)
        self.fault, self.posts = fault, 0
        if fault == "refused":
            self._close_server()
        elif not fault:
            self._healed.set()
            self._healed = threading.Event()

    def close(self) -> None:
        self.be()
        self._close_server()

    def _listen(self, port: int) -> ThreadingHTTPServer:
        server = _Server(("127.0.0.1", port), _Handler)
        server.proxy = self
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    def _close_server(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(
        self, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes] | None:
        """What the sender gets: status, headers, body; None for nothing at all."""
        self.posts += 1
        if self.fault == "refused":
            return None
        if self.fault == "blackhole":
            self._healed.wait(600)
            return None
        if self.fault == "unavailable":
            return 503, {"Retry-After": "1"}, b"no room"
        if self.fault == "slow":
            self._healed.wait(SLOW_SECONDS)
        return self._forward(path, headers, body)

    def _forward(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.upstream).netloc, timeout=10)
        with contextlib.closing(connection):
            try:
                connection.request("POST", path, body, headers)
                response = connection.getresponse()
                return response.status, dict(response.headers), response.read()
            except OSError:
                return 502, {}, b"the collector does not answer"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    proxy: FaultProxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A connection that is open when the server goes is told at its next request.
    timeout = 60

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kept = ("Content-Type", "Content-Encoding", "User-Agent")
        headers = {name: self.headers[name] for name in kept if self.headers[name]}
        answer = self.server.proxy.answer(self.path, headers, body)
        if answer is None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, found, content = answer
        with contextlib.suppress(OSError):  # who waits no longer has given up
            self.send_response(status)
            for name in ("Content-Type", "Retry-After"):
                if name in found:
                    self.send_header(name, found[name])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_arguments):
        """Not into the output of the tests."""

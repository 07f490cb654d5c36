"""A real HTTP server on loopback that remembers what it was asked, for tests of outgoing requests.

with HttpServer() as server:
    requests.get(f"{server.url}/orders")
    server.asked[0].headers["traceparent"]
"""

from __future__ import annotations

import http.server
import threading
from typing import NamedTuple


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]  # names in lower case


class HttpServer:
    """Answers 200, but ``/status/404`` by that status and ``/to/x`` by a redirect to ``/x``, and
    ``/away/x`` by one to the same server under another name."""

    def __init__(self):
        self.asked: list[Asked] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> HttpServer:
        return self

    def __exit__(self, *_exc_info) -> None:
        self.stop()

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.owner.asked.append(Asked(self.command, self.path, headers))
        kind, _slash, rest = self.path.partition("?")[0].strip("/").partition("/")
        self.send_response(int(rest) if kind == "status" else 302 if kind in ("to", "away") else 200)
        if kind in ("to", "away"):
            host = f"http://localhost:{self.server.server_port}" if kind == "away" else ""
            self.send_header("Location", f"{host}/{rest}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *args):
        """Tests read what was asked, not a log."""

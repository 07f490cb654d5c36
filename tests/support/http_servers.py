"""A real HTTP server for tests of clients: it answers what it is told to, or misbehaves."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

DRIPS = 200
ANSWERS = json.loads((Path(__file__).parents[1] / "vectors" / "answers.json").read_text())


class Answering(BaseHTTPRequestHandler):
    """Hands each request to ``server.behave`` and keeps what was asked in ``server.asked``."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        parts = urlsplit(self.path)
        asked = {
            "path": parts.path,
            "query": {name: values[0] for name, values in parse_qs(parts.query).items()},
            "headers": dict(self.headers),
            "body": self.rfile.read(length),
        }
        self.server.asked.append(asked)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.server.behave(self, asked)

    do_POST = do_GET

    def answer(self, status: int, body: object) -> None:
        """Sends one answer: text as it is, anything else as JSON."""
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Tests print nothing."""


@contextlib.contextmanager
def serving(behave: Callable[[Answering, dict], None]) -> Iterator[ThreadingHTTPServer]:
    """A server on a free port of the loopback interface while this lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.behave, server.asked = behave, []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def recorded(name: str) -> Callable[[Answering, dict], None]:
    """Answers every request as the real server did."""
    return lambda request, _asked: request.answer(ANSWERS[name]["status"], ANSWERS[name]["body"])


def dripping(request: Answering, _asked: dict) -> None:
    """A byte now and then: no single read takes long, the whole never ends."""
    request.send_response(200)
    request.end_headers()
    for request.server.dripped in range(DRIPS):
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(0.05)


def silent(request: Answering, _asked: dict) -> None:
    """Takes the request and says nothing."""
    time.sleep(1)


def huge(request: Answering, _asked: dict) -> None:
    """More than anybody asked for."""
    request.send_response(200)
    request.end_headers()
    for _ in range(200):
        request.wfile.write(b"x" * 100_000)

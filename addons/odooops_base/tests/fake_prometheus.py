"""A Prometheus that says what the test wants: for health gates.

``with FakePrometheus() as prometheus`` is a real server on the loopback; ``prometheus.values["up"] = [1]`` makes each
query that holds "up" a vector of these values, and ``prometheus.queries`` is what it was asked. What it is asked of the
year 1970 is a query that it shall check: that is in ``prometheus.checked``, and ``refusals["raet"] = "…"`` is what it
says of each query that holds "raet".
"""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class FakePrometheus:
    """Answers ``POST /api/v1/query``; an answer of the test's own is a pair of status and text in ``answer``."""

    def __init__(self):
        self.values: dict[str, list] = {}
        self.queries: list[str] = []
        self.checked: list[str] = []
        self.refusals: dict[str, str] = {}
        self.answer: tuple[int, str] | None = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.server.server_address)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_reason):
        self.server.shutdown()
        self.server.server_close()

    def respond(self, query: str, is_check: bool = False) -> tuple[int, str]:
        (self.checked if is_check else self.queries).append(query)
        if self.answer:
            return self.answer
        if said := next((said for part, said in self.refusals.items() if part in query), None):
            return 400, json.dumps({"status": "error", "errorType": "bad_data", "error": said})
        values = next((values for part, values in self.values.items() if part in query), [])
        result = [
            {"metric": {"series": str(index)}, "value": [0, str(value)]} for index, value in enumerate(values)
        ]
        return 200, json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}})


def _handler(prometheus: FakePrometheus):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = parse_qs(body)
            status, text = prometheus.respond(form["query"][0], form.get("time") == ["0"])
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):
                self.wfile.write(text.encode())

        def log_message(self, *_arguments):
            """Nothing on the tests' output."""

    return Handler

"""The checks of components.json."""

import importlib
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from odooops.stack import health


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path[1:]))
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def address():
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "healthy"), [(200, True), (204, True), (404, False), (500, False), (502, False)]
)
def test_an_http_check_wants_success(address, status, healthy):
    assert health.passes({"type": "http", "url": f"http://{address}/{status}"}) is healthy


def test_a_tcp_check_wants_a_connection(address):
    assert health.passes({"type": "tcp", "address": address})


@pytest.mark.parametrize("kind", ["tcp", "http"])
def test_the_answer_of_another_program_on_that_port_is_not_enough(address, kind, other):
    check = {"type": kind, "address": address, "url": f"http://{address}/200"}

    assert health.passes(check, os.getpid())
    assert not health.passes(check, other.pid)


def test_nobody_there_is_unhealthy_not_an_error():
    assert not health.passes({"type": "tcp", "address": "127.0.0.1:1"})
    assert not health.passes({"type": "http", "url": "http://127.0.0.1:1/"})


def test_a_proxy_of_the_environment_is_not_asked(address, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    importlib.reload(health)
    assert health.passes({"type": "http", "url": f"http://{address}/200"})

"""Servers that misbehave, really, on a socket: each failure is one line, and none takes for ever."""

import socket

import pytest
from http_servers import DRIPS, dripping, huge, serving, silent

from odooops import web
from odooops.web import Refused, Server, ServerError, Unreachable


def test_an_answer_is_its_json():
    with serving(lambda request, asked: request.answer(200, {"path": asked["path"]})) as server:
        assert Server("Loki", server.url).get("/ready") == {"path": "/ready"}


def test_the_tenant_is_named_in_the_header_that_loki_and_tempo_read():
    with serving(lambda request, _asked: request.answer(200, {})) as server:
        Server("Loki", server.url, "production").get("/x", {"query": '{a="b"}'})
        Server("Prometheus", server.url).get("/x")

    assert server.asked[0]["headers"]["X-Scope-OrgID"] == "production"
    assert server.asked[0]["query"] == {"query": '{a="b"}'}
    assert "X-Scope-OrgID" not in server.asked[1]["headers"]


def test_nobody_there_is_told_with_the_address():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{holder.getsockname()[1]}"

        with pytest.raises(Unreachable, match=f"^Loki does not answer at {url}: connection refused$"):
            Server("Loki", url).get("/ready")


def test_a_server_that_says_nothing_is_not_waited_for():
    with serving(silent) as server, pytest.raises(Unreachable, match=r"did not answer within 0\.2 s$"):
        Server("Tempo", server.url).get("/x", seconds=0.2)


def test_the_time_limit_is_for_the_whole_answer():
    with serving(dripping) as server, pytest.raises(Unreachable, match=r"did not answer within 0\.2 s$"):
        Server("Tempo", server.url).get("/x", seconds=0.2)

    assert server.dripped < DRIPS - 1


def test_an_answer_that_is_too_large_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(web, "MAX_BYTES", 1_000_000)
    with serving(huge) as server, pytest.raises(ServerError, match=r"larger than 1 MB: ask for less"):
        Server("Loki", server.url).get("/x")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("parse error at line 1\n  near } \x1b[31m", r"parse error at line 1 near } \\x1b\[31m"),
        ({"status": "error", "error": "unclosed"}, "unclosed"),
        ({"code": 3, "message": "no such thing"}, "no such thing"),
        ("", "Bad Request"),
        ("x" * 5000, "x{300}$"),
    ],
)
def test_what_a_server_says_against_a_query_is_told_in_one_line(body, said):
    refuse = pytest.raises(Refused, match=rf"^Loki refused \(400\): {said}")
    with serving(lambda request, _asked: request.answer(400, body)) as server, refuse as refused:
        Server("Loki", server.url).get("/x")

    assert refused.value.status == 400
    assert "\n" not in str(refused.value)


def test_a_server_that_cannot_now_may_later():
    with (
        serving(lambda request, _asked: request.answer(503, "Ingester not ready")) as server,
        pytest.raises(Unreachable, match=r"cannot answer now \(503\): Ingester not ready"),
    ):
        Server("Loki", server.url).get("/ready")


def test_another_program_on_the_port_is_recognised():
    with (
        serving(lambda request, _asked: request.answer(200, "<html>")) as server,
        pytest.raises(ServerError, match=r"is not Loki, it does not speak JSON: setup/cli status"),
    ):
        Server("Loki", server.url).get("/x")


def test_a_connection_that_breaks_off_is_one_line():
    def break_off(request, _asked):
        request.send_response(200)
        request.send_header("Content-Length", "100")
        request.end_headers()
        request.wfile.write(b"{")

    with serving(break_off) as server, pytest.raises(ServerError) as broken:
        Server("Loki", server.url).get("/x")

    assert "\n" not in str(broken.value)


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with serving(lambda request, _asked: request.answer(200, {})) as server:
        assert Server("Loki", server.url).get("/x") == {}

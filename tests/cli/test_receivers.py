"""setup/up tries the endpoints that its caller named, and says which of them nobody answers at."""

import socket
import threading
import time

import pytest

from odooops.stack import receivers, up

COMMON, TRACES = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"


@pytest.fixture
def listening():
    """The port of somebody who takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_an_endpoint_that_answers_is_not_spoken_of(listening):
    assert receivers.warnings({COMMON: f"http://127.0.0.1:{listening}/otlp"}) == []


def test_what_nothing_is_sent_to_is_not_tried(listening):
    dead, own = {COMMON: "http://127.0.0.1:1"}, f"http://127.0.0.1:{listening}"
    every = {f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT": own for signal in ("TRACES", "METRICS", "LOGS")}

    assert receivers.warnings(dead | {"OTEL_SDK_DISABLED": "true"}) == []
    none = {f"OTEL_{signal}_EXPORTER": "none" for signal in ("TRACES", "METRICS", "LOGS")}
    assert receivers.warnings(dead | none) == []
    assert receivers.warnings(dead | every) == []
    assert len(receivers.warnings(dead | {TRACES: own})) == 1


def test_an_endpoint_that_does_not_answer_is_told_with_its_variable_and_the_remedy():
    (warning,) = receivers.warnings({COMMON: "http://user:secret@127.0.0.1:1/x"})

    assert warning.startswith(f"{COMMON}: 127.0.0.1 port 1 does not answer (Connection refused)")
    assert "unset it" in warning
    assert "secret" not in warning


def test_variables_that_name_the_same_address_share_a_line(listening):
    own = {COMMON: "http://127.0.0.1:1", TRACES: "http://127.0.0.1:1/v1/traces"}
    other = {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"http://127.0.0.1:{listening}/v1/metrics"}
    (warning,) = receivers.warnings(own | other)

    assert warning.startswith(f"{COMMON}, {TRACES}: 127.0.0.1 port 1 ")


@pytest.mark.parametrize("url", ["", " ", "collector", "http://", "http://[::1", "http://x:99999", "unix:/x"])
def test_what_is_no_address_is_left_to_odoo_which_tells_of_it(url):
    assert receivers.warnings({COMMON: url}) == []


def test_a_name_that_cannot_be_looked_up_in_time_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(receivers, "SECONDS", 0.05)
    released = threading.Event()

    def connect(address, timeout):
        released.wait(30)
        raise OSError("too late")

    monkeypatch.setattr(receivers.socket, "create_connection", connect)
    started = time.monotonic()
    named = {COMMON: "https://collector.example", TRACES: "http://collector.example"}
    first, second = receivers.warnings(named)
    released.set()

    assert "collector.example port 80 " in second
    assert "collector.example port 443 does not answer (not within 0.05 s)" in first
    assert time.monotonic() - started < 5


def test_setup_up_tells_it_beside_what_odoo_says_of_its_settings(state, monkeypatch):
    monkeypatch.setenv(COMMON, "http://127.0.0.1:1")
    state.log("odoo").touch()

    (warning,) = up.telemetry_warnings(state, 77)

    assert "127.0.0.1 port 1 does not answer" in warning

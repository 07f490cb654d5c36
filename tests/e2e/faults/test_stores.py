"""Loki or Tempo is down, and the collector dies meanwhile: what was queued on disk arrives.

ODOOOPS_FAULT_SECONDS says how long a store is away: 600 is the ten minutes that an upgrade may take.
"""

import os
import secrets
import signal
import string
import time

import pytest
import requests
from counting import sampled_traceparents, send, trace_id

DOWN_SECONDS = float(os.environ.get("ODOOOPS_FAULT_SECONDS", "30"))
ROUTE = "/web/version"
# The longest pause between two tries of the collector is 30 s.
RECOVERY = 120
BURST = 40


@pytest.mark.parametrize("collector_dies", [False, True], ids=["collector lives", "collector is killed"])
def test_traces_wait_on_disk_for_tempo(whole, wait_for, control, collector_dies):
    parents = sampled_traceparents(BURST)
    control("stop", "tempo")

    statuses = send(whole, ROUTE, BURST, traceparents=parents)
    time.sleep(DOWN_SECONDS)
    if collector_dies:
        _kill_collector(whole, wait_for)
    control("start", "tempo")

    assert statuses == {200: BURST}
    wait_for(
        "each trace in Tempo", lambda: all(whole.tempo_trace(trace_id(each)) for each in parents), RECOVERY
    )


@pytest.mark.parametrize("collector_dies", [False, True], ids=["collector lives", "collector is killed"])
def test_log_lines_wait_on_disk_for_loki(whole, wait_for, control, collector_dies):
    word = _word()
    control("stop", "loki")

    statuses = send(whole, f"/{word}", BURST)
    time.sleep(DOWN_SECONDS)
    if collector_dies:
        _kill_collector(whole, wait_for)
    control("start", "loki")

    assert statuses == {404: BURST}
    wait_for("each line in Loki, once", lambda: _lines(whole, word) == BURST, RECOVERY)


def test_lines_written_while_the_collector_is_dead_are_read_afterwards(whole, wait_for, control):
    word = _word()
    control("stop", "otelcol")

    send(whole, f"/{word}", BURST)
    control("start", "otelcol")

    wait_for("each line in Loki, once", lambda: _lines(whole, word) == BURST, RECOVERY)


def _word() -> str:
    """A path of this test's own, of letters: one with figures may be a token, and is redacted."""
    return "odooops-" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))


def _lines(stack, word: str) -> int:
    """How many lines of nginx hold that word."""
    return len(stack.loki(f'{{service_name="nginx"}} |= "{word}"'))


def _kill_collector(stack, wait_for) -> None:
    before = stack.pids()["otelcol"]
    os.kill(before, signal.SIGKILL)
    wait_for("another collector", lambda: stack.pids()["otelcol"] not in (None, before), 60)
    wait_for(
        "it takes telemetry",
        lambda: (
            requests.post(
                f"{stack.urls['otelcol']}/v1/traces",
                data=b"",
                headers={"Content-Type": "application/x-protobuf"},
                timeout=5,
            ).ok
        ),
    )

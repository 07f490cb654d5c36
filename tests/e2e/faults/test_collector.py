"""The collector refuses, hangs, is slow or gone: requests go on, losses are counted, telemetry comes back by itself."""

import threading
import time

import pytest
from counting import Counted, sampled_traceparents, send, trace_id
from fault_proxy import FAULTS, QUEUE_SIZE, SLOW_SECONDS

ROUTE = "/web/version"
SELECTOR = f'http_route="{ROUTE}"'
BURST = 60
# The longest pause between two tries of the sender is 30 s (tools/backoff.py).
RECOVERY = 90


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_lost_while_the_queue_has_room(whole, proxy, wait_for, total, since, fault):
    failures = total("odooops_telemetry_failed_total")
    parents = sampled_traceparents(BURST)
    proxy.be(fault)

    statuses = send(whole, ROUTE, BURST, traceparents=parents)
    if fault == "refused":
        time.sleep(8)  # nobody is there who could count the tries
    else:
        wait_for("several tries to send", lambda: proxy.posts >= 3)
        # Each process tries for itself: the three may be the first of three, whom health would answer in time.
        time.sleep(SLOW_SECONDS)
    proxy.be()

    assert statuses == {200: BURST}
    wait_for("each request counted once", lambda: Counted(whole, SELECTOR, since, BURST), RECOVERY)
    wait_for(
        "each trace in Tempo", lambda: all(whole.tempo_trace(trace_id(each)) for each in parents), RECOVERY
    )
    # Also of the slow one, whose answers take longer than the sender waits. Told with the metrics, after the traces.
    wait_for("the failures are counted", lambda: total("odooops_telemetry_failed_total") > failures, RECOVERY)


def test_what_finds_the_queue_full_is_dropped_and_counted(whole, proxy, wait_for, total, since):
    dropped = total("odooops_telemetry_dropped_total", odooops_telemetry_reason="queue_full")
    parents = sampled_traceparents(6 * QUEUE_SIZE)
    proxy.be("unavailable")

    statuses = send(whole, ROUTE, len(parents), traceparents=parents)
    time.sleep(4)
    proxy.be()

    def lost() -> float:
        return total("odooops_telemetry_dropped_total", odooops_telemetry_reason="queue_full") - dropped

    assert statuses == {200: len(parents)}
    wait_for(
        "each request counted all the same", lambda: Counted(whole, SELECTOR, since, len(parents)), RECOVERY
    )
    wait_for("the drops are counted", lost, RECOVERY)
    found = wait_for(
        "what waited arrives", lambda: [t for t in map(whole.tempo_trace, map(trace_id, parents)) if t]
    )
    spans = len(found[0])
    wait_for(
        "arrived and dropped make all",
        lambda: (
            spans * sum(bool(whole.tempo_trace(trace_id(each))) for each in parents) + lost()
            == spans * len(parents)
        ),
        RECOVERY,
    )


def test_a_collector_that_is_stopped_for_a_minute_under_load_costs_no_count(whole, wait_for, control, since):
    load = _Load(whole)
    with load:
        control("stop", "otelcol")
        time.sleep(60)
        control("start", "otelcol")
        time.sleep(5)

    assert set(load.statuses) == {200}
    wait_for(
        "each request counted", lambda: Counted(whole, SELECTOR, since, sum(load.statuses.values())), RECOVERY
    )


class _Load:
    """Requests at a modest pace until the end of the block."""

    def __init__(self, stack):
        self._stack = stack
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.statuses: dict[int, int] = {}

    def __enter__(self) -> "_Load":
        self._thread.start()
        return self

    def __exit__(self, *_details) -> None:
        self._is_over.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._is_over.wait(0.1):
            for status, number in send(self._stack, ROUTE, 4).items():
                self.statuses[status] = self.statuses.get(status, 0) + number

"""Odoo's processes in Prometheus: what one says of itself ends with it, and how it ended is known."""

import os
import signal
from collections.abc import Iterator

import pytest

TYPE = 'job="odooops/odoo", odoo_worker_type="http"'


@pytest.fixture(params=["stack", "whole"])
def either(request, stack, whole):
    """The core stack and the whole one, one after the other."""
    return {"stack": stack, "whole": whole}[request.param]


@pytest.fixture
def shrunk(either) -> Iterator:
    """Odoo's master does not replace the next worker that ends."""
    master = either.pids()["odoo"]
    os.kill(master, signal.SIGTTOU)
    yield either
    os.kill(master, signal.SIGTTIN)


def count(stack, selector: str) -> float:
    return sum(value for _labels, value in stack.query(selector))


def test_the_states_of_a_worker_that_ended_are_gone_at_once(shrunk, wait_for):
    gone = f'{{{TYPE}, instance=~".+/http-1"}}'
    states = f"process_uptime_seconds{gone} or odoo_worker_count{gone} or db_client_connection_count{gone}"
    pid = wait_for("a worker in the second slot", lambda: shrunk.slot_pid("http-1"))
    wait_for("its states in Prometheus", lambda: shrunk.query(states))

    os.kill(pid, signal.SIGINT)  # as the master ends its workers

    # Prometheus would repeat the last value for five minutes.
    wait_for("its states are gone", lambda: not shrunk.query(states), 60)
    assert shrunk.query(f"process_cpu_time_seconds_total{gone}"), "a counter keeps what was counted"
    assert count(shrunk, f"odoo_worker_count{{{TYPE}}}") == 1


def test_a_worker_that_was_killed_is_counted_by_its_successor(either, wait_for):
    killed = f'odoo_worker_exits_total{{{TYPE}, odoo_worker_exit_reason="killed"}}'
    wait_for("both workers", lambda: count(either, f"odoo_worker_count{{{TYPE}}}") == 2)
    before = count(either, killed)

    os.kill(either.slot_pid("http-0"), signal.SIGKILL)

    wait_for("the successor counts it", lambda: count(either, killed) == before + 1)
    wait_for("there are two workers again", lambda: count(either, f"odoo_worker_count{{{TYPE}}}") == 2)


def test_exemplars_lead_to_traces_that_were_kept(whole, wait_for):
    session = whole.login()
    for _ in range(10):
        session.call("res.partner", "search_count", [])
        session.post(f"{session.address}/web/dataset/call_kw/x/y", json={"params": {}}, timeout=30)

    found = wait_for(
        "exemplars",
        lambda: whole.exemplars('http_server_request_duration_seconds_bucket{job="odooops/odoo"}'),
    )

    for trace_id in {exemplar["labels"]["trace_id"] for exemplar in found}:
        wait_for(f"trace {trace_id}", lambda trace_id=trace_id: whole.tempo_trace(trace_id))

"""Processes of Odoo, and its database, die or are told to end at awkward moments: telemetry goes on without them."""

import os
import signal

import pytest
import requests
from counting import Counted, sampled_traceparents, send, trace_id

ROUTE = "/web/version"
SELECTOR = f'http_route="{ROUTE}"'
ARRIVED = 60


def test_what_was_recorded_before_the_master_was_told_to_end_arrives(whole, wait_for, control, since):
    parents = sampled_traceparents(30)

    statuses = send(whole, ROUTE, 30, traceparents=parents)
    control("stop", "odoo")  # SIGTERM to the master alone
    control("start", "odoo")

    assert statuses == {200: 30}
    wait_for("each request counted", lambda: Counted(whole, SELECTOR, since, 30), ARRIVED)
    wait_for(
        "each trace in Tempo", lambda: all(whole.tempo_trace(trace_id(each)) for each in parents), ARRIVED
    )


@pytest.mark.parametrize("deadly", [signal.SIGTERM, signal.SIGKILL])
def test_a_worker_that_dies_alone_costs_what_it_had_not_sent(whole, wait_for, since, deadly):
    send(whole, ROUTE, 30)
    wait_for("30 requests counted", lambda: Counted(whole, SELECTOR, since, 30), ARRIVED)
    before = whole.worker_pids()

    for pid in before:
        os.kill(pid, deadly)
    wait_for("other workers", lambda: len(set(whole.worker_pids()) - set(before)) >= len(before), 60)
    parents = sampled_traceparents(30)
    send(whole, ROUTE, 30, traceparents=parents)

    wait_for("what came before and after", lambda: Counted(whole, SELECTOR, since, 60), ARRIVED)
    wait_for(
        "each trace in Tempo", lambda: all(whole.tempo_trace(trace_id(each)) for each in parents), ARRIVED
    )


def test_an_evented_process_that_was_killed_reports_again(whole, wait_for):
    [before] = wait_for("the evented process", lambda: whole.worker_pids("evented"))

    os.kill(before, signal.SIGKILL)
    wait_for("another one", lambda: set(whole.worker_pids("evented")) - {before}, 60)
    [parent] = sampled_traceparents(1)
    port = whole.processes()["odoo-evented"]["listen"]
    requests.get(f"http://{port}/websocket/health", headers={"traceparent": parent}, timeout=30)

    wait_for("its trace in Tempo", lambda: whole.tempo_trace(trace_id(parent)), ARRIVED)


def test_telemetry_outlives_a_restart_of_postgresql(whole, wait_for, control):
    control("stop", "postgresql")
    # Fails or is sent from page to page, as it must; the worker lives on.
    requests.get(f"{whole.urls['odoo']}/web/login", timeout=60, allow_redirects=False)
    control("start", "postgresql")
    wait_for("Odoo answers again", lambda: requests.get(f"{whole.urls['odoo']}/web/login", timeout=60).ok)
    [parent] = sampled_traceparents(1)

    requests.get(f"{whole.urls['odoo']}/web/login", headers={"traceparent": parent}, timeout=60)

    wait_for(
        "a trace with its statements", lambda: len(whole.tempo_trace(trace_id(parent)) or ()) > 1, ARRIVED
    )

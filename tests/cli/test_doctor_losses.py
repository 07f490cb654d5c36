"""What the doctor tells of losses: by slots that the recorder's own code has written."""

import importlib.util
import time
from pathlib import Path

import pytest

from odooops.doctor import losses, odoo, slots
from odooops.doctor.examination import Patient
from odooops.endpoints import Endpoints

SOURCE = Path(__file__).parents[2] / "addons" / "odooops_otel" / "telemetry" / "slot.py"
SPECIFICATION = importlib.util.spec_from_file_location("recorder_slot", SOURCE)
recorder = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(recorder)


@pytest.fixture
def take(tmp_path):
    """``take()``: a slot of the stack, as a worker of Odoo takes it."""
    return lambda: recorder.take(tmp_path / "run" / "telemetry", "http")


@pytest.fixture
def find(tmp_path):
    """``find()``: the findings, with no server to ask."""
    return lambda: list(losses.losses(Patient(Endpoints(tmp_path, "local", {}, []), 1)))


def ago(seconds):
    return time.time_ns() - seconds * 10**9


def test_what_was_dropped_is_a_warning_with_signal_reason_and_amount_whoever_has_the_slot_now(take, find):
    predecessor = take()
    predecessor.add("traces", "dropped", "queue_full", amount=3245)
    predecessor.release()
    take()

    (result,) = find()
    assert (result.check, result.status) == ("losses", "warning")
    assert result.detail.startswith(
        "http-0 dropped traces: queue_full, 3245 items since the first start, the last "
    )
    assert "OTEL_TRACES_SAMPLER_ARG" in result.remedy


def test_what_was_dropped_long_ago_is_history(take, find):
    slot = take()
    slot.add("logs", "dropped", "expired")
    slot.set("logs", "dropped_at", "expired", value=ago(losses.RECENT + 1))

    (result,) = find()
    assert (result.status, result.detail) == ("ok", "Odoo dropped nothing for 15 minutes")


def test_each_reason_has_a_moment_of_its_own(take, find):
    slot = take()
    slot.add("metrics", "dropped", "killed", amount=9)
    slot.set("metrics", "dropped_at", "killed", value=ago(500))
    slot.add("metrics", "dropped", "shutdown", amount=2)

    assert [result.detail.partition("metrics: ")[2] for result in find()] == [
        "shutdown, 2 items since the first start, the last 0 s ago",
        "killed, 9 items since the first start, the last 500 s ago",
    ]


def test_requests_that_a_process_took_along_are_a_warning(take, find):
    slot = take()
    slot.add("process", "records", amount=1000)
    slot.add("process", "lost", amount=168)
    slot.set("process", "lost_at", value=ago(60))

    (result,) = find()
    assert result.status == "warning"
    assert "http-0: 168 requests and jobs since the first start are in no metrics" in result.detail


def test_a_few_of_many_requests_are_tolerated(take, find):
    slot = take()
    slot.add("process", "records", amount=10_000)
    slot.add("process", "lost", amount=10)
    slot.set("process", "lost_at", value=ago(60))

    assert [result.status for result in find()] == ["ok"]


def test_an_attempt_that_failed_is_a_warning_until_one_succeeds(take, find):
    slot = take()
    slot.note_attempt("metrics", 0.1, is_taken=True)
    slot.note_attempt("metrics", 0.1, is_taken=False)
    (result,) = find()
    assert (result.status, result.detail) == ("warning", "http-0 could not send metrics at the last attempt")

    slot.note_attempt("metrics", 0.1, is_taken=True)
    (result,) = find()
    assert result.status == "ok"
    assert "an attempt to send failed 0 s ago, and was repeated" in result.detail


def test_every_reason_that_the_recorder_counts_has_its_advice():
    assert set(recorder.REASONS) == set(losses.REASONS)


def test_the_layout_of_a_slot_is_the_recorder_s(take, tmp_path):
    assert (slots.MAGIC, slots.COUNTERS, slots.STATES) == (recorder.MAGIC, recorder.COUNTERS, recorder.STATES)
    take()
    torn = tmp_path / "run" / "telemetry" / "http-1.slot"
    torn.write_bytes(b"torn")
    [found] = slots.survey(torn.parent)
    [told] = recorder.survey(torn.parent)
    assert (found.name, found.pid) == (told["name"], told["pid"])
    assert (found.counters, found.states) == (told["counters"], told["states"])


def test_what_is_recent_is_so_for_the_pages_too():
    tools = SOURCE.parents[1] / "tools"
    assert f"RECENT = {losses.RECENT} * SECOND" in (tools / "losses.py").read_text(encoding="utf-8")
    assert f"TOLERATED = {losses.TOLERATED}" in (tools / "health_findings.py").read_text(encoding="utf-8")


def test_nothing_can_arrive_when_all_processes_that_tried_failed(take, tmp_path):
    patient = Patient(Endpoints(tmp_path, "local", {}, []), 1, since=ago(5) / 1e9)
    for _process in range(2):
        failing = take()
        failing.set("traces", "attempts", value=1)
        failing.set("traces", "failed_at", value=ago(2))
    take()  # has had nothing to send yet

    assert odoo.undelivered(patient, "traces") == "no process of Odoo can deliver traces"
    assert odoo.undelivered(patient, "metrics") == ""

    # What failed before may be repeated with success.
    failing.set("traces", "failed_at", value=ago(6))
    assert odoo.undelivered(patient, "traces") == ""

    failing.set("traces", "failed_at", value=ago(2))
    failing.set("traces", "delivered_at", value=ago(1))
    assert odoo.undelivered(patient, "traces") == ""

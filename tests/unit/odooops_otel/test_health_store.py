"""The one question to Prometheus, and what its answer says of other machines."""

from typing import NamedTuple

import pytest
from odooops_otel.tools import health_store, semconv

HERE, THERE = "here:8069/http-0", "there:8069/http-0"


class Sample(NamedTuple):
    labels: dict
    value: float


def sample(figure, value, instance=THERE, **labels):
    return Sample({"figure": figure, "instance": instance, "odoo_worker_type": "http"} | labels, value)


def test_the_question_is_about_one_environment_and_our_own_metrics():
    query = health_store.query('pro"d\\')

    assert query.count('deployment_environment_name="pro\\"d\\\\"') >= 10
    for metric in (semconv.TELEMETRY_SENT, semconv.TELEMETRY_RECORDS, semconv.PROCESS_CPU_TIME):
        assert semconv.prometheus_name(metric) in query
    assert "http_server_request_duration_seconds_count|odoo_cron_job_duration_seconds_count" in query


@pytest.mark.parametrize(
    ("stored", "expected", "share"),
    [(99.0, 100.0, 0.99), (100.0, 100.0, 1.0), (104.0, 100.0, 1.0), (0.0, 100.0, 0.0), (0.0, 0.4, False)],
)
def test_what_was_stored_is_a_share_of_what_was_recorded(stored, expected, share):
    samples = [Sample({"figure": "stored"}, stored), Sample({"figure": "expected"}, expected)]

    assert health_store.stored_share(samples) == share


def test_without_an_answer_nothing_is_known():
    assert health_store.stored_share([]) is False
    assert health_store.processes([], set()) == []


def test_processes_of_other_machines_have_the_same_figures():
    samples = [
        sample("sent", 996.0),
        sample("dropped", 3.0, odooops_telemetry_reason="expired"),
        sample("dropped", 1.0, odooops_telemetry_reason="killed"),
        sample("failed", 2.0),
        sample("waiting", 0.0),
        sample("memory", 3e9),
        sample("records", 200.2),
        sample("cost", 0.02),
        sample("cpu", 4.0),
        sample("sent", 5.0, HERE),
        Sample({"figure": "stored"}, 5.0),
    ]
    [process] = health_store.processes(samples, {HERE})

    assert (process["instance"], process["kind"]) == (THERE, "http")
    assert process["dropped"] == {"expired": 3, "killed": 1}
    assert (process["completeness"], process["failed"], process["records"]) == (0.996, 2, 200)
    assert (process["cost_us"], process["cpu_share"]) == (99.9, 0.005)


def test_a_process_without_requests_has_no_cost_of_one():
    [process] = health_store.processes([sample("records", 0.0), sample("cost", 0.1)], set())

    assert (process["cost_us"], process["cpu_share"], process["completeness"]) == (False, False, False)

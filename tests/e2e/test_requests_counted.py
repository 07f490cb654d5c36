"""Every request that Odoo serves is counted in Prometheus, by whichever worker, whatever becomes of it.

Counted by the raw samples: the increases of each series, a fall being a restart. ``increase()``
extrapolates and would be right only nearly.
"""

import os
import signal
import time

import pytest
import requests
from counting import METRIC, count, increase, raw, send

# Two exports of metrics, and time for Prometheus to have them on a busy machine.
EXPORTED = 40
ANOTHER_EXPORT = int(os.environ["OTEL_METRIC_EXPORT_INTERVAL"]) / 1000 + 2


ROUTE = "/web/version"  # a path that nothing else asks for
SELECTOR = f'http_route="{ROUTE}"'


@pytest.fixture
def since(stack):
    """The moment from which to count: everything earlier has been exported, and nothing comes meanwhile.

    The range must hold the last sample before the test, or the zero with which a new series begins.
    """
    time.sleep(ANOTHER_EXPORT + 2)
    return time.time() - ANOTHER_EXPORT


def test_each_request_is_counted_once_over_all_workers(stack, wait_for, since):
    assert set(send(stack, ROUTE, 200)) == {200}
    wait_for("200 requests counted", lambda: count(stack, SELECTOR, since) >= 200, EXPORTED)
    # Not one more, also after another export.
    time.sleep(ANOTHER_EXPORT)
    assert count(stack, SELECTOR, since) == 200
    instances = {labels["instance"] for labels, _samples in raw(stack, f"{METRIC}{{{SELECTOR}}}[1m]")}
    assert {instance.rsplit("/", 1)[1] for instance in instances} == {"http-0", "http-1"}


def test_requests_are_told_apart_by_route_status_method_and_database(stack, wait_for):
    since = time.time() - ANOTHER_EXPORT
    address = stack.urls["odoo"]
    requests.head(f"{address}/web/login", timeout=30)
    requests.get(f"{address}/odooops-no-such-page", timeout=30)
    session = stack.login()
    session.call("res.partner", "search_count", [])
    expected = [
        'http_request_method="HEAD",http_route="/web/login",http_response_status_code="200"',
        'http_request_method="GET",http_response_status_code="404"',
        'http_request_method="POST",http_route=~"/web/dataset/call_kw.*",http_response_status_code="200"',
    ]
    database = stack.status()["database"]
    for labels in expected:
        selector = f'{labels},db_namespace="{database}",url_scheme="http",job="odooops/odoo"'
        wait_for(f"a request with {labels}", lambda s=selector: count(stack, s, since) >= 1, EXPORTED)


def test_sql_is_counted_and_timed(stack, wait_for):
    since = time.time() - ANOTHER_EXPORT
    stack.login().call("res.partner", "search_count", [])

    def statements() -> float:
        series = raw(stack, f"db_client_operation_duration_seconds_count[{int(time.time() - since)}s]")
        return sum(increase([float(value) for _time, value in samples]) for _labels, samples in series)

    wait_for("statements in db_client_operation_duration", statements, EXPORTED)
    labels = stack.query('odoo_request_sql_time_seconds_total{http_route=~"/web/dataset/call_kw.*"} > 0')
    assert labels, "no SQL time for call_kw"


@pytest.fixture
def short_lived_workers(stack, wait_for):
    """Workers that end after 40 requests, as ``limit_request`` has it."""
    local = stack.directory / "odoo" / "odoo.local.conf"
    local.write_text("[options]\nlimit_request = 40\n")
    local.chmod(0o644)
    stack.up()
    yield
    local.unlink()
    stack.up()
    wait_for("a healthy stack", stack.is_healthy, 60)


@pytest.mark.slow
@pytest.mark.usefixtures("short_lived_workers")
def test_nothing_is_lost_or_doubled_when_workers_are_recycled(stack, wait_for, since):
    first_pids = set(stack.worker_pids())
    assert set(send(stack, ROUTE, 300)) == {200}
    wait_for("recycled workers", lambda: not first_pids & set(stack.worker_pids()), 30)
    wait_for("300 requests counted", lambda: count(stack, SELECTOR, since) >= 300, EXPORTED)
    time.sleep(ANOTHER_EXPORT)
    assert count(stack, SELECTOR, since) == 300
    series = raw(stack, f"{METRIC}{{{SELECTOR}}}[1m]")
    # A worker that starts before its predecessor has let go takes the next slot; they do not pile up.
    assert len({labels["instance"] for labels, _samples in series}) <= 4


def test_a_killed_worker_costs_at_most_the_last_interval(stack, wait_for, since):
    send(stack, ROUTE, 100)
    wait_for("100 requests counted", lambda: count(stack, SELECTOR, since) >= 100, EXPORTED)
    victims = stack.worker_pids()
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    wait_for("new workers", lambda: len(set(stack.worker_pids()) - set(victims)) >= len(victims), 30)
    # What was exported before the kill is still there, and what comes after it is counted from zero.
    send(stack, ROUTE, 100)
    wait_for("all 200 requests", lambda: count(stack, SELECTOR, since) == 200, EXPORTED)
    wait_for("a healthy stack", stack.is_healthy, 60)


def test_what_a_killed_worker_takes_along_is_counted_as_lost(stack, wait_for, since):
    victims, before = stack.worker_pids(), lost(stack)
    send(stack, ROUTE, 60)
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    told = wait_for(
        "each of 60 requests counted, or told as lost",
        lambda: (found := count(stack, SELECTOR, since) + lost(stack) - before) >= 60 and found,
        EXPORTED,
    )
    # With probes of the monitoring, which are requests, too
    assert told <= 60 + 5
    wait_for("a healthy stack", stack.is_healthy, 60)


def lost(stack) -> float:
    """Requests and jobs of all processes that are in no metrics."""
    return sum(value for _labels, value in stack.query("odooops_telemetry_lost_total"))


def test_the_recorder_reports_on_itself(stack, wait_for):
    wait_for(
        "each process of Odoo in odooops_telemetry_sent",
        lambda: (
            {
                labels["odoo_worker_type"]
                for labels, value in stack.query(
                    'odooops_telemetry_sent_total{odooops_telemetry_signal="metrics"}'
                )
                if value > 0
            }
            == {"http", "cron", "evented"}
        ),
        EXPORTED,
    )
    dropped = [value for _labels, value in stack.query("odooops_telemetry_dropped_total")]
    assert dropped
    environments = {
        labels["deployment_environment_name"]
        for labels, _value in stack.query("odooops_telemetry_sent_total")
    }
    assert environments == {"local"}

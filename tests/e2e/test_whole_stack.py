"""Collector, Loki, Tempo and Prometheus together: what is sent comes out, in its own environment and in no other."""

import json
import os
import re
import signal
import time

import pytest
import requests

PROCESSES = {"otelcol", "loki", "tempo"}


class Sent:
    """A span, a log record and a counter of one service, sent to the collector by OTLP."""

    def __init__(self, address: str, environment: str | None):
        self.trace_id, self.span_id = os.urandom(16).hex(), os.urandom(8).hex()
        self.service = f"probe-{self.trace_id[:8]}"
        names = {
            "service.name": self.service,
            "service.namespace": "odooops",
            "service.instance.id": "probe-0",
        }
        if environment:
            names["deployment.environment.name"] = environment
        self.resource = {"attributes": [_attribute(name, value) for name, value in names.items()]}
        self.now = time.time_ns()
        for kind, body in (("traces", self.traces()), ("logs", self.logs()), ("metrics", self.metrics())):
            requests.post(f"{address}/v1/{kind}", json=body, timeout=10).raise_for_status()

    def traces(self) -> dict:
        span = {
            "traceId": self.trace_id,
            "spanId": self.span_id,
            "name": "GET /probe",
            "kind": 2,
            "startTimeUnixNano": str(self.now - 10_000_000),
            "endTimeUnixNano": str(self.now),
            "attributes": [_attribute("http.route", "/probe")],
        }
        return {"resourceSpans": [{"resource": self.resource, "scopeSpans": [{"spans": [span]}]}]}

    def logs(self) -> dict:
        record = {
            "timeUnixNano": str(self.now),
            "severityNumber": 9,
            "severityText": "INFO",
            "body": {"stringValue": "a line of the probe"},
            "traceId": self.trace_id,
            "spanId": self.span_id,
        }
        return {"resourceLogs": [{"resource": self.resource, "scopeLogs": [{"logRecords": [record]}]}]}

    def metrics(self) -> dict:
        exemplar = {
            "timeUnixNano": str(self.now),
            "asDouble": 0.25,
            "traceId": self.trace_id,
            "spanId": self.span_id,
        }
        point = {
            "startTimeUnixNano": str(self.now - 1_000_000_000),
            "timeUnixNano": str(self.now),
            "count": "3",
            "sum": 0.75,
            "bucketCounts": ["0", "3"],
            "explicitBounds": [0.1],
            "exemplars": [exemplar],
        }
        histogram = {"aggregationTemporality": 2, "dataPoints": [point]}
        metric = {"name": "probe.duration", "unit": "s", "histogram": histogram}
        return {"resourceMetrics": [{"resource": self.resource, "scopeMetrics": [{"metrics": [metric]}]}]}

    def series(self, environment: str | None) -> dict[str, str]:
        """The labels of the counter's series."""
        names = {
            "__name__": "probe_duration_seconds_count",
            "job": f"odooops/{self.service}",
            "instance": "probe-0",
        }
        return names | ({"deployment_environment_name": environment} if environment else {})


def _attribute(name: str, value: str) -> dict:
    return {"key": name, "value": {"stringValue": value}}


@pytest.mark.parametrize(
    ("environment", "tenant", "other"),
    [
        ("local", "local", "unassigned"),
        ("somebody-else-s", "unassigned", "local"),
        (None, "unassigned", "local"),
    ],
)
def test_each_signal_arrives_in_the_tenant_of_its_environment_alone(
    whole, wait_for, environment, tenant, other
):
    sent = Sent(whole.urls["otelcol"], environment)
    lines = f'{{service_name="{sent.service}"}}'

    [span] = wait_for("the span in Tempo", lambda: whole.tempo_trace(sent.trace_id, tenant))
    [line] = wait_for("the line in Loki", lambda: whole.loki(lines, tenant))
    [(series, value)] = wait_for(
        "the metric in Prometheus",
        lambda: whole.query(f'probe_duration_seconds_count{{job="odooops/{sent.service}"}}'),
    )

    assert (span["name"], span["attributes"]["http.route"]) == ("GET /probe", "/probe")
    assert (line["line"], line["labels"]["trace_id"]) == ("a line of the probe", sent.trace_id)
    assert (series, value) == (sent.series(environment), 3)
    assert whole.tempo_trace(sent.trace_id, other) == []
    assert whole.loki(lines, other) == []


def test_a_trace_is_found_by_what_is_in_it(whole, wait_for):
    sent = Sent(whole.urls["otelcol"], "local")
    query = f'{{ resource.service.name = "{sent.service}" && span.http.route = "/probe" }}'

    [found] = wait_for("TraceQL finds the trace", lambda: whole.tempo_search(query))

    assert found["traceID"].zfill(32) == sent.trace_id


def test_an_exemplar_leads_from_a_metric_to_its_trace(whole, wait_for):
    sent = Sent(whole.urls["otelcol"], "local")
    selector = f'probe_duration_seconds_bucket{{job="odooops/{sent.service}"}}'

    exemplar = wait_for("the exemplar in Prometheus", lambda: whole.exemplars(selector))[0]

    assert exemplar["labels"]["trace_id"] == sent.trace_id
    wait_for("that trace in Tempo", lambda: whole.tempo_trace(exemplar["labels"]["trace_id"]))


def test_the_whole_stack_has_three_parts_more_and_is_healthy(whole):
    processes = whole.processes()

    assert set(processes) >= PROCESSES
    assert {process["state"] for process in processes.values()} == {"running"}
    assert set(whole.urls) >= PROCESSES


def test_the_stores_keep_thirty_days(whole):
    urls = whole.urls
    loki, tempo = (
        requests.get(f"{urls[name]}/{path}", timeout=10).text
        for name, path in (("loki", "config"), ("tempo", "status/config"))
    )
    flags = requests.get(f"{urls['prometheus']}/api/v1/status/config", timeout=10).json()["data"]["yaml"]

    assert "retention_period: 30d" in loki
    assert "block_retention: 720h0m0s" in tempo
    assert "time: 30d" in flags


def test_a_new_series_keeps_the_zero_that_it_begins_with(whole, wait_for):
    """Both points of the first export; without the zero, ``increase`` would not see what the series begins with."""
    address, service, now = whole.urls["otelcol"], f"probe-{os.urandom(4).hex()}", time.time_ns()
    points = [
        {"startTimeUnixNano": str(now - 10**10), "timeUnixNano": str(now - age), "asInt": value}
        for age, value in ((3 * 10**9, "0"), (0, "7"))
    ]
    counter = {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": points}
    resource = {"attributes": [_attribute("service.name", service)]}
    metric = {"name": "probe.calls", "unit": "{call}", "sum": counter}
    body = {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]}

    requests.post(f"{address}/v1/metrics", json=body, timeout=10).raise_for_status()

    selector = f'probe_calls_total{{job="{service}"}}'
    wait_for("the increase of the new series", lambda: whole.query(f"{selector} - {selector} offset 2s == 7"))


def test_a_clock_that_is_ahead_stops_nobody_else_s_metrics(whole, wait_for):
    """Prometheus would take a sample of the future and then refuse, as too old, whatever came two hours before it."""
    address, names = whole.urls["otelcol"], [f"probe.{os.urandom(4).hex()}" for _ in range(2)]
    before = filtered(whole)

    for name, ahead in zip(names, (3 * 3600, 0), strict=True):
        point = {"timeUnixNano": str(time.time_ns() + ahead * 10**9), "asInt": "1"}
        metric = {"name": name, "gauge": {"dataPoints": [point]}}
        body = {"resourceMetrics": [{"resource": {}, "scopeMetrics": [{"metrics": [metric]}]}]}
        requests.post(f"{address}/v1/metrics", json=body, timeout=10).raise_for_status()

    of_the_future, of_now = (name.replace(".", "_") for name in names)
    wait_for("the metric of now", lambda: whole.query(of_now))
    assert filtered(whole) == before + 1
    assert not whole.query(f"{of_the_future} offset -3h")


def filtered(stack) -> float:
    """How many points of metrics were kept outside for being of the future."""
    port = json.loads((stack.directory / "state.json").read_text())["ports"]["otelcol_metrics"]
    page = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
    found = re.search(
        r'^otelcol_processor_filter_datapoints_filtered\{filter="filter/future"\} (\S+)', page, re.M
    )
    return float(found[1]) if found else 0.0


def test_every_target_is_up_and_the_host_is_measured(whole, wait_for):
    targets = {"alertmanager", "blackbox", "loki", "otelcol", "postgres", "prometheus", "tempo"}

    wait_for("every target is up", lambda: {labels["job"] for labels, _ in whole.query("up == 1")} == targets)
    [(labels, _value)] = wait_for(
        "the memory of the host", lambda: whole.query('system_memory_usage_bytes{state="used"}')
    )

    assert (labels["job"], labels["deployment_environment_name"]) == ("odooops/host", "local")


def test_what_was_queued_arrives_after_the_store_and_the_collector_were_away(whole, wait_for):
    whole.supervisorctl("stop", "loki")
    sent = Sent(whole.urls["otelcol"], "local")
    os.kill(whole.pids()["otelcol"], signal.SIGKILL)
    wait_for("the collector is back", lambda: whole.processes()["otelcol"]["state"] == "running")

    whole.supervisorctl("start", "loki")

    wait_for("a healthy stack", whole.is_healthy, 90)
    [line] = wait_for("the line in Loki", lambda: whole.loki(f'{{service_name="{sent.service}"}}'), 90)
    assert line["labels"]["trace_id"] == sent.trace_id


@pytest.mark.slow
def test_core_takes_the_three_away_and_up_brings_them_back_with_their_data(whole, wait_for):
    sent = Sent(whole.urls["otelcol"], "local")
    wait_for("the span in Tempo", lambda: whole.tempo_trace(sent.trace_id))

    core = whole.run("up", "--core")

    assert core.returncode == 0, core.stderr
    assert not PROCESSES & set(whole.processes())
    assert not PROCESSES & set(whole.urls)
    assert whole.is_healthy()
    whole.up()
    assert set(whole.processes()) >= PROCESSES
    assert wait_for("the span after the restart", lambda: whole.tempo_trace(sent.trace_id))


@pytest.mark.slow
def test_an_environment_of_its_own_is_given_a_tenant_and_remembered(whole, wait_for):
    whole.up(ODOOOPS_ENVIRONMENTS="staging")
    whole.up()
    sent = Sent(whole.urls["otelcol"], "staging")

    assert wait_for("the span in Tempo", lambda: whole.tempo_trace(sent.trace_id, "staging"))
    assert whole.tempo_trace(sent.trace_id, "unassigned") == []
    whole.up(ODOOOPS_ENVIRONMENTS="")

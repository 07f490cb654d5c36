"""Collector, Loki, Tempo and Prometheus together: what is sent comes out, in its own environment and in no other."""

import os
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
        for signal, body in (("traces", self.traces()), ("logs", self.logs()), ("metrics", self.metrics())):
            requests.post(f"{address}/v1/{signal}", json=body, timeout=10).raise_for_status()

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
    assert whole.tempo_trace(exemplar["labels"]["trace_id"])


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

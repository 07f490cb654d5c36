"""The way of each signal: what the probe sent comes out at the other end."""

import time
from collections.abc import Iterator

from ..backends import loki, prometheus, tempo
from ..backends.prometheus import Series
from ..web import ServerError
from .examination import OK, Failed, Patient, Result
from .probe import METRIC_IN_PROMETHEUS, PROMETHEUS_OTLP, ROUTE, Probe

NANO = 1_000_000_000
DURATION = "http_server_request_duration_seconds"


def counted(patient: Patient) -> float | None:
    """How many requests for the probe's route Prometheus knows of; None when it does not answer."""
    server = patient.stack.server("prometheus")
    environment = patient.stack.environment
    selector = f'{{http_route="{ROUTE}",deployment_environment_name="{environment}"}}'
    try:
        found = prometheus.instant(server, f"sum({DURATION}_count{selector})", time.time())
    except ServerError:
        return None
    return float(found[0].samples[0][1]) if found else 0.0


def request_metric(patient: Patient, before: float | None) -> Iterator[Result]:
    """The probe's request is counted."""

    def probe() -> str | None:
        now = counted(patient)
        if before is None or now is None:
            raise Failed("Prometheus does not answer", patient.see_log("prometheus"))
        return f"counted: {DURATION} of {ROUTE} went from {before:.0f} to {now:.0f}" if now > before else None

    yield Result("request → Prometheus", OK, patient.wait_for("the request's duration", probe))


def request_trace(patient: Patient, sent: Probe) -> Iterator[Result]:
    """The probe's request has its trace."""
    yield Result("request → Tempo", OK, _trace(patient, sent.request_trace))


def request_log(patient: Patient, sent: Probe) -> Iterator[Result]:
    """The probe's request has its log line."""
    yield Result("request → Loki", OK, _lines(patient, sent.request_trace))


def request_exemplar(patient: Patient, sent: Probe) -> Iterator[Result]:
    """A duration in Prometheus points to a trace."""
    server = patient.stack.server("prometheus")

    def probe() -> str | None:
        found = prometheus.exemplars(server, f"{DURATION}_bucket", patient.since - 3600, time.time() + 5)
        ids = {exemplar["labels"].get("trace_id") for exemplar in found} - {None}
        if sent.request_trace in ids:
            return f"the request's duration points to its trace {sent.request_trace}"
        # A later request may have taken the exemplar's place.
        return f"{len(ids)} exemplars point to traces" if ids else None

    yield Result("exemplar", OK, patient.wait_for("an exemplar", probe))


def otlp_metric(patient: Patient, sent: Probe) -> Iterator[Result]:
    """A metric by OTLP."""
    stack = patient.stack
    if not stack.is_core:
        sent.send_metric(stack.server("otelcol"), stack.environment)
    else:
        sent.send_metric(stack.server("prometheus"), stack.environment, PROMETHEUS_OTLP)
    server = stack.server("prometheus")

    def probe() -> str | None:
        found = prometheus.instant(server, METRIC_IN_PROMETHEUS, time.time())
        return "the metric arrived" if any(_is(series, sent.value) for series in found) else None

    yield Result("OTLP → Prometheus", OK, patient.wait_for("the metric", probe))


def _is(series: Series, value: int) -> bool:
    return float(series.samples[-1][1]) == value


def otlp_trace(patient: Patient, sent: Probe) -> Iterator[Result]:
    """A span by OTLP."""
    sent.send_span(patient.stack.server("otelcol"), patient.stack.environment)
    yield Result("OTLP → Tempo", OK, _trace(patient, sent.otlp_trace))


def otlp_log(patient: Patient, sent: Probe) -> Iterator[Result]:
    """A log record by OTLP."""
    sent.send_log(patient.stack.server("otelcol"), patient.stack.environment)
    yield Result("OTLP → Loki", OK, _lines(patient, sent.otlp_trace))


def _trace(patient: Patient, trace_id: str) -> str:
    server = patient.stack.server("tempo")

    def probe() -> str | None:
        spans = tempo.trace(server, trace_id, 10)
        return f"trace {trace_id} has {len(spans)} spans, the first is {spans[0].name!r}" if spans else None

    return patient.wait_for(f"trace {trace_id}", probe)


def _lines(patient: Patient, trace_id: str) -> str:
    server = patient.stack.server("loki")
    every = '{service_name=~".+"}'
    since, until = int((patient.since - 60) * NANO), int((patient.since + 600) * NANO)

    def probe() -> str | None:
        # The id stands beside the line where it was parsed out of it, else in it.
        for logql in (f'{every} | trace_id="{trace_id}"', f'{every} |= "{trace_id}"'):
            if found := loki.newest(server, logql, since, until, 10):
                services = sorted({line.labels.get("service_name", "?") for line in found})
                return f"a line of {' and '.join(services)} has trace_id {trace_id}"
        return None

    return patient.wait_for(f"a log line with trace id {trace_id}", probe)

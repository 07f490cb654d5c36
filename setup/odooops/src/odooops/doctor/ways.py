"""The way of each signal: what the probe sent comes out at the other end."""

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator

from ..backends import loki, prometheus, tempo
from ..backends.prometheus import Series
from ..backends.tempo import Span
from ..web import ServerError
from . import odoo
from .examination import OK, Patient, Result
from .probe import METRIC_IN_PROMETHEUS, PROMETHEUS_OTLP, ROUTE, SERVICE, Probe

NANO = 1_000_000_000
DURATION = "http_server_request_duration_seconds"
# nginx writes a line of the request too: that one does not show that Odoo's log arrives.
LOG_OF_ODOO = '{service_name="odoo"}'
EVERY_LOG = '{service_name=~".+"}'


# Odoo exports every ten seconds: a series that runs has a sample in the last minute.
BEFORE_SECONDS = 60


def request_metric(patient: Patient, sent: Probe) -> Iterator[Result]:
    """The probe's request is counted."""
    server = patient.stack.server("prometheus")
    selector = f'{{http_route="{ROUTE}",deployment_environment_name="{patient.stack.environment}"}}'
    at = sent.time_ns / NANO

    def probe() -> str | None:
        now = time.time()
        samples = f"{DURATION}_count{selector}[{int(now - at) + BEFORE_SECONDS}s]"
        found = sum(increase(series, at) for series in prometheus.instant(server, samples, now))
        return f"{DURATION} of {ROUTE} has gone up by {found:.0f}" if found else None

    found = patient.wait_for("the request's duration", probe, lambda: odoo.undelivered(patient, "metrics"))
    yield Result("request → Prometheus", OK, found)


def increase(series: Series, since: float) -> float:
    """How much a counter has gone up since a moment; it falls when its process was started anew, and counts from 0."""
    values = [float(value) for at, value in series.samples if at > since]
    last = [float(value) for at, value in series.samples if at <= since][-1:] or [0.0]
    pairs = itertools.pairwise([*last, *values])
    return sum(later - earlier if later >= earlier else later for earlier, later in pairs)


def request_trace(patient: Patient, sent: Probe) -> Iterator[Result]:
    """The probe's request has its trace."""
    with contextlib.suppress(ServerError):  # OTLP → Tempo tells of it
        sent.send_root(patient.stack.server("otelcol"), patient.stack.environment)
    found = patient.wait_for(
        f"trace {sent.request_trace}",
        lambda: _found_trace(patient, sent.request_trace, lambda span: span.service != SERVICE),
        lambda: odoo.undelivered(patient, "traces"),
    )
    yield Result("request → Tempo", OK, found)


def request_log(patient: Patient, sent: Probe) -> Iterator[Result]:
    """The probe's request has its log line."""
    yield Result("request → Loki", OK, _lines(patient, sent.request_trace, LOG_OF_ODOO))


def exemplar(patient: Patient) -> Iterator[Result]:
    """A duration in Prometheus points to a trace that Tempo has."""
    metrics, traces = patient.stack.server("prometheus"), patient.stack.server("tempo")
    # Tempo is asked for the traces of this environment alone.
    durations = f'{DURATION}_bucket{{deployment_environment_name="{patient.stack.environment}"}}'

    def probe() -> str | None:
        found = prometheus.exemplars(metrics, durations, patient.since - 3600, time.time() + 5)
        newest = sorted(found, key=lambda one: one["timestamp"], reverse=True)
        for trace_id in [one["labels"].get("trace_id", "") for one in newest][:3]:
            if trace_id and tempo.trace(traces, trace_id, 10):
                return f"a duration in Prometheus points to trace {trace_id}, which Tempo has"
        return None

    def hopeless() -> str:
        return odoo.undelivered(patient, "metrics") or odoo.undelivered(patient, "traces")

    yield Result("exemplar", OK, patient.wait_for("an exemplar whose trace is there", probe, hopeless))


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
    found = patient.wait_for(
        f"trace {sent.otlp_trace}",
        lambda: _found_trace(patient, sent.otlp_trace, lambda span: span.service == SERVICE),
    )
    yield Result("OTLP → Tempo", OK, found)


def otlp_log(patient: Patient, sent: Probe) -> Iterator[Result]:
    """A log record by OTLP."""
    sent.send_log(patient.stack.server("otelcol"), patient.stack.environment)
    yield Result("OTLP → Loki", OK, _lines(patient, sent.otlp_trace, EVERY_LOG))


def _found_trace(patient: Patient, trace_id: str, is_meant: Callable[[Span], bool]) -> str | None:
    spans = tempo.trace(patient.stack.server("tempo"), trace_id, 10)
    names = [span.name for span in spans if is_meant(span)]
    return f"trace {trace_id} has {names[0]!r} and {len(names) - 1} spans more" if names else None


def _lines(patient: Patient, trace_id: str, selector: str) -> str:
    server = patient.stack.server("loki")
    since, until = int((patient.since - 60) * NANO), int((patient.since + 600) * NANO)

    def probe() -> str | None:
        # The id stands beside the line where it was parsed out of it, else in it.
        for logql in (f'{selector} | trace_id="{trace_id}"', f'{selector} |= "{trace_id}"'):
            if found := loki.newest(server, logql, since, until, 10):
                services = sorted({line.labels.get("service_name", "?") for line in found})
                return f"a line of {' and '.join(services)} has trace_id {trace_id}"
        return None

    return patient.wait_for(f"a log line with trace id {trace_id}", probe)

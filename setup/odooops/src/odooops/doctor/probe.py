"""What the doctor sends through the stack to look for at the other end."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from ..endpoints import Endpoints
from ..web import Server

SERVICE = "odooops-doctor"
# A route that Odoo always has and nobody else asks for.
ROUTE = "/web/version"
METRIC = "odooops.doctor.probe"
METRIC_IN_PROMETHEUS = "odooops_doctor_probe"
PROMETHEUS_OTLP = "/api/v1/otlp"


def _trace_id() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Probe:
    """The identifiers of one examination: what arrives with one of them was sent by it and by nothing else."""

    request_trace: str = field(default_factory=_trace_id)
    otlp_trace: str = field(default_factory=_trace_id)
    span: str = field(default_factory=lambda: secrets.token_hex(8))
    time_ns: int = field(default_factory=time.time_ns)

    @property
    def value(self) -> int:
        """The value of the metric."""
        return self.time_ns // 1_000_000

    def send_request(self, stack: Endpoints) -> None:
        """One request through nginx whose ``traceparent`` asks to be kept; raises ServerError.

        https://www.w3.org/TR/trace-context/#traceparent-header
        """
        headers = {
            "traceparent": f"00-{self.request_trace}-{self.span}-01",
            "User-Agent": SERVICE,
        }
        stack.server("nginx").request("GET", ROUTE, 30, headers=headers)

    def send_root(self, server: Server, environment: str) -> None:
        """The span that the request's ``traceparent`` names: the root of its trace; raises ServerError."""
        self._send_span(server, environment, self.request_trace, "doctor's request")

    def send_span(self, server: Server, environment: str) -> None:
        """One span by OTLP; raises ServerError."""
        self._send_span(server, environment, self.otlp_trace, "doctor")

    def _send_span(self, server: Server, environment: str, trace_id: str, name: str) -> None:
        span = {
            "traceId": trace_id,
            "spanId": self.span,
            "name": name,
            "kind": 3,  # SPAN_KIND_CLIENT
            "startTimeUnixNano": str(self.time_ns),
            "endTimeUnixNano": str(max(time.time_ns(), self.time_ns + 1)),
        }
        _post(server, "traces", "resourceSpans", "scopeSpans", environment, spans=[span])

    def send_log(self, server: Server, environment: str) -> None:
        """One log record by OTLP; raises ServerError."""
        record = {
            "timeUnixNano": str(self.time_ns),
            "observedTimeUnixNano": str(self.time_ns),
            "severityNumber": 9,
            "severityText": "INFO",
            "body": {"stringValue": f"setup/cli doctor looks for {self.otlp_trace}"},
            "traceId": self.otlp_trace,
            "spanId": self.span,
        }
        _post(server, "logs", "resourceLogs", "scopeLogs", environment, logRecords=[record])

    def send_metric(self, server: Server, environment: str, path: str = "") -> None:
        """One gauge by OTLP; raises ServerError."""
        point = {"timeUnixNano": str(self.time_ns), "asInt": str(self.value)}
        metric = {"name": METRIC, "gauge": {"dataPoints": [point]}}
        _post(server, "metrics", "resourceMetrics", "scopeMetrics", environment, path, metrics=[metric])


def _post(
    server: Server, signal: str, resources: str, scopes: str, environment: str, path: str = "", **content: Any
) -> None:
    """OTLP/HTTP in its JSON form: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding"""
    attributes = {"service.name": SERVICE, "deployment.environment.name": environment}
    resource = {
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
    }
    scope = {"scope": {"name": SERVICE}, **content}
    server.post(f"{path}/v1/{signal}", {resources: [{"resource": resource, scopes: [scope]}]}, 10)

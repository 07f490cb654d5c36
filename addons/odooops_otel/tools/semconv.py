"""Every name that the recorder emits, declared once.

A name is ``stable`` when the OpenTelemetry semantic conventions call it so
(https://opentelemetry.io/docs/specs/semconv/, 1.44), ``release_candidate`` when it is about to
become so, ``development`` when they know it but may still change it, ``odooops`` when there is no
convention and the name is ours.
"""

from __future__ import annotations

import dataclasses

# https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
HTTP_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
# https://opentelemetry.io/docs/specs/semconv/database/database-metrics/#metric-dbclientoperationduration
DB_BOUNDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)
# Jobs run from milliseconds to the cron worker's time limit.
JOB_BOUNDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900)


@dataclasses.dataclass(frozen=True, slots=True)
class Metric:
    """One instrument: what it is called, what it measures, and what its points are told apart by."""

    name: str
    kind: str  # histogram, counter, gauge
    unit: str
    description: str
    attributes: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    stability: str = "odooops"


HTTP_SERVER_REQUEST_DURATION = Metric(
    "http.server.request.duration",
    "histogram",
    "s",
    "Duration of HTTP requests served by Odoo.",
    (
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "url.scheme",
        "error.type",
        "db.namespace",
    ),
    HTTP_BOUNDS,
    "stable",
)
DB_CLIENT_OPERATION_DURATION = Metric(
    "db.client.operation.duration",
    "histogram",
    "s",
    "Duration of the SQL statements that Odoo sent.",
    ("db.system.name", "db.namespace", "db.operation.name", "error.type"),
    DB_BOUNDS,
    "stable",
)
HTTP_CLIENT_REQUEST_DURATION = Metric(
    "http.client.request.duration",
    "histogram",
    "s",
    "Duration of HTTP requests that Odoo sent.",
    ("http.request.method", "server.address", "server.port", "http.response.status_code", "error.type"),
    HTTP_BOUNDS,
    "stable",
)
# https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/#metric-rpcservercallduration
RPC_SERVER_CALL_DURATION = Metric(
    "rpc.server.call.duration",
    "histogram",
    "s",
    "Duration of calls of models' methods from outside.",
    ("rpc.system.name", "rpc.method", "error.type", "db.namespace"),
    HTTP_BOUNDS,
    "release_candidate",
)
REQUEST_RETRIES = Metric(
    "odoo.request.retries",
    "counter",
    "{retry}",
    "Runs of a request after the first: a concurrent transaction was in the way, or it had to write.",
    ("http.route", "error.type", "db.namespace"),
)
REQUEST_SQL_STATEMENTS = Metric(
    "odoo.request.sql.statements",
    "counter",
    "{statement}",
    "SQL statements executed while serving requests.",
    ("http.route", "db.namespace"),
)
REQUEST_SQL_TIME = Metric(
    "odoo.request.sql.time",
    "counter",
    "s",
    "Time spent in SQL statements while serving requests.",
    ("http.route", "db.namespace"),
)
CRON_JOB_DURATION = Metric(
    "odoo.cron.job.duration",
    "histogram",
    "s",
    "Duration of scheduled actions.",
    ("odoo.cron.name", "error.type", "db.namespace"),
    JOB_BOUNDS,
)
PROCESS_MEMORY_USAGE = Metric(
    "process.memory.usage", "gauge", "By", "Physical memory of the process.", stability="development"
)
PROCESS_CPU_TIME = Metric(
    "process.cpu.time",
    "counter",
    "s",
    "CPU seconds of the process.",
    ("cpu.mode",),
    stability="development",
)
TELEMETRY_SENT = Metric(
    "odooops.telemetry.sent",
    "counter",
    "{item}",
    "Spans and metric points that the receiver took.",
    ("odooops.telemetry.signal",),
)
TELEMETRY_DROPPED = Metric(
    "odooops.telemetry.dropped",
    "counter",
    "{item}",
    "Spans and metric points that were given up.",
    ("odooops.telemetry.signal", "odooops.telemetry.reason"),
)
TELEMETRY_FAILED = Metric(
    "odooops.telemetry.failed",
    "counter",
    "{request}",
    "Attempts to send that failed; what they carried is sent again or dropped.",
    ("odooops.telemetry.signal",),
)
TELEMETRY_OVERHEAD = Metric(
    "odooops.telemetry.overhead",
    "counter",
    "s",
    "Time that requests spent in the recorder itself.",
)
TELEMETRY_QUEUE_LENGTH = Metric(
    "odooops.telemetry.queue.length",
    "gauge",
    "{request}",
    "Kept requests and jobs that wait to be sent.",
)
TELEMETRY_OVERFLOW = Metric(
    "odooops.telemetry.cardinality_overflow",
    "counter",
    "{point}",
    "Recordings whose attribute value was replaced by 'other', by the metric and attribute over its limit.",
    ("odooops.telemetry.metric", "odooops.telemetry.attribute"),
)

METRICS: tuple[Metric, ...] = (
    HTTP_SERVER_REQUEST_DURATION,
    RPC_SERVER_CALL_DURATION,
    DB_CLIENT_OPERATION_DURATION,
    HTTP_CLIENT_REQUEST_DURATION,
    REQUEST_RETRIES,
    REQUEST_SQL_STATEMENTS,
    REQUEST_SQL_TIME,
    CRON_JOB_DURATION,
    PROCESS_MEMORY_USAGE,
    PROCESS_CPU_TIME,
    TELEMETRY_SENT,
    TELEMETRY_DROPPED,
    TELEMETRY_FAILED,
    TELEMETRY_OVERHEAD,
    TELEMETRY_QUEUE_LENGTH,
    TELEMETRY_OVERFLOW,
)

# Attributes of the resource: https://opentelemetry.io/docs/specs/semconv/resource/
RESOURCE_ATTRIBUTES: dict[str, str] = {
    "service.name": "stable",
    "service.namespace": "stable",
    "service.version": "stable",
    "service.instance.id": "stable",
    "deployment.environment.name": "stable",
    "host.name": "development",
    "process.pid": "development",
    "telemetry.distro.name": "stable",
    "odoo.worker.type": "odooops",
}
# Attributes of spans beyond those of the metrics above
SPAN_ATTRIBUTES: dict[str, str] = {
    "url.path": "stable",
    "user_agent.original": "stable",
    "user.id": "development",
    "db.collection.name": "stable",
    "db.query.text": "stable",
    "url.full": "stable",
    "odoo.calls.dropped": "odooops",
    "db.response.status_code": "stable",
    "exception.type": "stable",
    "exception.stacktrace": "stable",
    "odoo.cron.status": "odooops",
    "odoo.request.attempts": "odooops",
    "odoo.sql.count": "odooops",
    "odoo.sql.time": "odooops",
    "odoo.sql.dropped": "odooops",
}

# https://opentelemetry.io/docs/specs/semconv/http/http-spans/: methods outside this set are `_OTHER`
HTTP_METHODS = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)

# Events of spans. https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
EXCEPTION_EVENT = "exception"
RETRY_EVENT = "odoo.request.retry"

# rpc.system.name by route: the ways in which models' methods are called. The conventions know jsonrpc.
RPC_SYSTEMS = {
    "/web/dataset/call_kw": "jsonrpc",
    "/web/dataset/call_kw/<path:path>": "jsonrpc",
    "/web/dataset/call_button": "jsonrpc",
    "/web/dataset/call_button/<path:path>": "jsonrpc",
    "/jsonrpc": "jsonrpc",
    "/xmlrpc/<service>": "xmlrpc",
    "/xmlrpc/2/<service>": "xmlrpc",
    "/json/2/<__model__>/<__method__>": "json2",
}
# rpc.method of a call that Odoo has refused: what the caller wrote is no name of anything.
UNKNOWN_METHOD = "_OTHER"

# db.system.name of every statement
POSTGRESQL = "postgresql"

# Paths that Odoo serves without a controller, in the form of its routes.
STATIC_ROUTE = "/<module>/static/<path:path>"
FALLBACK_ROUTE = "/<path:path>"


_PROMETHEUS_UNITS = {"s": "_seconds", "By": "_bytes"}


def prometheus_name(metric: Metric) -> str:
    """The name in Prometheus: dots to underscores, unit and ``_total`` as suffixes.

    OTLP to Prometheus, https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/;
    annotations such as ``{item}`` are no units.

    :raises KeyError: for a unit that no metric of ours has had so far
    """
    suffix = "" if metric.unit.startswith("{") else _PROMETHEUS_UNITS[metric.unit]
    total = "_total" if metric.kind == "counter" else ""
    return metric.name.replace(".", "_") + suffix + total

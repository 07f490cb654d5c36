"""Metrics of what Odoo does, and of the recorder itself, with the values of their attributes that are fixed."""

from __future__ import annotations

from .declaration import Metric

# https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
HTTP_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
# https://opentelemetry.io/docs/specs/semconv/database/database-metrics/#metric-dbclientoperationduration
DB_BOUNDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)
# Jobs run from milliseconds to the cron worker's time limit.
JOB_BOUNDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900)

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
HTTP_SERVER_ACTIVE_REQUESTS = Metric(
    "http.server.active_requests",
    "updowncounter",
    "{request}",
    "HTTP requests that Odoo serves now.",
    ("http.request.method", "url.scheme"),
    stability="development",
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
CRON_JOB_ACTIVE = Metric(
    "odoo.cron.job.active", "updowncounter", "{job}", "Scheduled actions that run now.", ("odoo.cron.name",)
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

# https://opentelemetry.io/docs/specs/semconv/http/http-spans/: methods outside this set are `_OTHER`
HTTP_METHODS = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)

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

"""Every attribute: of resources, metrics, spans, events and logs."""

from __future__ import annotations

from .declaration import Attribute

# https://opentelemetry.io/docs/specs/semconv/resource/
_RESOURCE = (
    Attribute("service.name", "stable", "What runs.", "odoo", ("resource",)),
    Attribute("service.namespace", "stable", "What the service belongs to.", "shop", ("resource",)),
    Attribute("service.version", "stable", "Odoo's version.", "19.0", ("resource",)),
    Attribute(
        "service.instance.id",
        "stable",
        "The process: host, port and slot. A recycled worker takes over its predecessor's.",
        "erp-1:8069/http-0",
        ("resource",),
    ),
    Attribute(
        "deployment.environment.name",
        "stable",
        "The environment, from the settings.",
        "production",
        ("resource",),
    ),
    Attribute("host.name", "development", "The machine.", "erp-1", ("resource",)),
    Attribute(
        "process.pid", "development", "The process id; on traces and logs alone.", "4711", ("resource", "log")
    ),
    Attribute("telemetry.distro.name", "stable", "That the recorder is ours.", "odooops", ("resource",)),
    Attribute(
        "odoo.worker.type",
        "odooops",
        "The kind of process: http, cron, evented, threaded, shell, or worker for kinds that addons bring.",
        "http",
        ("resource",),
    ),
)

# https://opentelemetry.io/docs/specs/semconv/http/
_HTTP = (
    Attribute("http.request.method", "stable", "The method; `_OTHER` for an unknown one.", "POST", ("span",)),
    Attribute(
        "http.route",
        "stable",
        "The route as its controller declares it; constant ones for static files and pages.",
        "/web/login",
        ("span",),
    ),
    Attribute("http.response.status_code", "stable", "The status of the answer.", "200", ("span",)),
    Attribute("url.scheme", "stable", "The scheme the client used.", "https", ("span",)),
    Attribute(
        "url.path",
        "stable",
        "The path, with tokens that its route takes removed; no query.",
        "/web/login",
        ("span",),
    ),
    Attribute(
        "url.full",
        "stable",
        "The address of a request that Odoo sent; no query, no credentials.",
        "https://api.example.com/v1/orders",
        ("span",),
    ),
    Attribute("server.address", "stable", "The host it was sent to.", "api.example.com", ("span",)),
    Attribute("server.port", "stable", "The port it was sent to.", "443", ("span",)),
    Attribute("user_agent.original", "stable", "What the client calls itself.", "Mozilla/5.0", ("span",)),
    Attribute(
        "user.id", "development", "The id of the user in `res.users`, never the login.", "2", ("span", "log")
    ),
    Attribute(
        "error.type",
        "stable",
        "The class of the exception that made it fail, or the status from 500 on; absent when it did not fail.",
        "psycopg2.errors.NotNullViolation",
        ("span", "event"),
    ),
)

# https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
_EXCEPTION = (
    Attribute(
        "exception.type",
        "stable",
        "The class of the exception.",
        "odoo.exceptions.ValidationError",
        ("event", "log"),
    ),
    Attribute(
        "exception.stacktrace",
        "stable",
        "Its stack: files, lines and functions, without messages and values.",
        'File "/odoo/addons/sale/models/sale_order.py", line 12, in action_confirm',
        ("event", "log"),
    ),
)

# https://opentelemetry.io/docs/specs/semconv/rpc/
_RPC = (
    Attribute(
        "rpc.system.name",
        "development",
        "How the method was called: jsonrpc, xmlrpc or json2.",
        "jsonrpc",
        ("span",),
    ),
    Attribute(
        "rpc.method",
        "development",
        "Model and method of a call; `_OTHER` when there is no such method.",
        "res.partner.search_read",
        ("span",),
    ),
)

# https://opentelemetry.io/docs/specs/semconv/database/
_DATABASE = (
    Attribute("db.system.name", "stable", "The kind of database.", "postgresql", ("span",)),
    Attribute("db.namespace", "stable", "The name of the database.", "prod", ("span", "log")),
    Attribute("db.operation.name", "stable", "The first word of the statement.", "SELECT", ("span",)),
    Attribute("db.collection.name", "stable", "The table of the statement.", "res_partner", ("span",)),
    Attribute(
        "db.response.status_code",
        "stable",
        "What PostgreSQL said of a statement that failed.",
        "23505",
        ("span",),
    ),
    Attribute(
        "db.query.text",
        "stable",
        "The statement without its literals.",
        'SELECT "name" FROM "res_partner" WHERE "id" = ?',
        ("span",),
    ),
)

_ODOO = (
    Attribute("odoo.cron.name", "odooops", "The scheduled action.", "Base: Auto-vacuum", ("span",)),
    Attribute(
        "odoo.cron.status",
        "odooops",
        "How it ended: fully done, partially done or failed.",
        "fully done",
        ("span",),
    ),
    Attribute(
        "odoo.request.attempts",
        "odooops",
        "How often Odoo ran the request, when more than once.",
        "2",
        ("span",),
    ),
    Attribute("odoo.sql.count", "odooops", "Statements of the request or job.", "12", ("span", "log")),
    Attribute("odoo.sql.time", "odooops", "Seconds spent in them.", "0.031", ("span", "log")),
    Attribute(
        "odoo.calls.dropped", "odooops", "Requests it sent that did not become spans.", "20", ("span",)
    ),
    Attribute("odoo.python.time", "odooops", "Seconds of a request beside those in SQL.", "0.052", ("log",)),
    Attribute(
        "odoo.cursor.mode", "odooops", "Whether a request only read: ro, rw, or ro->rw.", "ro", ("log",)
    ),
    Attribute("odoo.sql.dropped", "odooops", "Statements that did not become spans.", "480", ("span",)),
)

# What monitoring/collector/logs.yaml reads out of the lines of nginx and PostgreSQL
_LOG_FILES = (
    Attribute("log.file.name", "development", "The file that the line is from.", "odoo.log", ("log",)),
    Attribute("client.address", "stable", "Who sent the request.", "192.0.2.7", ("log",)),
    Attribute("http.response.size", "development", "Bytes of the answer.", "5120", ("log",)),
    Attribute("odooops.nginx.request.time", "odooops", "Seconds that nginx spent on it.", "0.084", ("log",)),
    Attribute("odooops.nginx.upstream.time", "odooops", "Seconds that Odoo spent on it.", "0.081", ("log",)),
    Attribute(
        "odooops.nginx.upstream.address",
        "odooops",
        "Where nginx passed it on to.",
        "127.0.0.1:8069",
        ("log",),
    ),
    Attribute("odooops.postgresql.user", "odooops", "The role of the session.", "odoo", ("log",)),
    Attribute(
        "odooops.postgresql.application.name",
        "odooops",
        "What the session calls itself.",
        "odoo-4711",
        ("log",),
    ),
    Attribute("odooops.postgresql.query.id", "odooops", "PostgreSQL's number of the query.", "81", ("log",)),
)

# https://opentelemetry.io/docs/specs/semconv/registry/attributes/
_PROCESS = (
    Attribute("cpu.mode", "development", "Whether user or system code ran.", "user"),
    Attribute("process.context_switch.type", "development", "voluntary or involuntary.", "involuntary"),
    Attribute("cpython.gc.generation", "development", "The generation of objects: 0 the youngest.", "2"),
    Attribute(
        "db.client.connection.pool.name",
        "development",
        "read_write, or read_only for the transactions that a replica may serve.",
        "read_write",
    ),
    Attribute("db.client.connection.state", "development", "used or idle.", "used"),
    Attribute(
        "odoo.worker.exit.reason",
        "odooops",
        "limit_request, limit_memory_soft, limit_time_worker_cron; stopped: it was asked to; error: an exception "
        "of its own; killed: without a word (SIGKILL, limit_time_real, want of memory, SIGTERM sent to it alone).",
        "limit_memory_soft",
    ),
)

_TELEMETRY = (
    Attribute("odooops.telemetry.signal", "odooops", "traces, metrics or logs.", "traces"),
    Attribute(
        "odooops.telemetry.reason",
        "odooops",
        "Why it was given up: queue_full, refused, expired, shutdown or error.",
        "queue_full",
    ),
    Attribute(
        "odooops.telemetry.metric", "odooops", "The metric over its limit.", "http.server.request.duration"
    ),
    Attribute("odooops.telemetry.attribute", "odooops", "The attribute over its limit.", "http.route"),
    # https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute
    Attribute(
        "otel.metric.overflow",
        "stable",
        "Marks the point that takes what is beyond a metric's points.",
        "true",
        ("metric",),
    ),
)

ATTRIBUTES: tuple[Attribute, ...] = (
    *_RESOURCE,
    *_HTTP,
    *_EXCEPTION,
    *_RPC,
    *_DATABASE,
    *_ODOO,
    *_PROCESS,
    *_TELEMETRY,
)

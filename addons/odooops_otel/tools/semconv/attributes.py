"""Every attribute: of resources, metrics, spans, events and logs."""

from __future__ import annotations

from .browser import BROWSER_ATTRIBUTES
from .declaration import Attribute
from .resource import RESOURCE
from .sql import DIAGNOSIS

# https://opentelemetry.io/docs/specs/semconv/http/
_HTTP = (
    Attribute(
        "http.request.method", "stable", "The method; `_OTHER` for an unknown one.", "POST", ("span", "log")
    ),
    Attribute(
        "http.route",
        "stable",
        "The route as its controller declares it; constant ones for static files and pages.",
        "/web/login",
        ("span", "log"),
    ),
    Attribute("http.response.status_code", "stable", "The status of the answer.", "200", ("span", "log")),
    Attribute("url.scheme", "stable", "The scheme the client used.", "https", ("span",)),
    Attribute(
        "url.path",
        "stable",
        "The path, with tokens that its route takes removed; no query.",
        "/web/login",
        ("span", "log"),
    ),
    Attribute(
        "user_agent.original", "stable", "What the client calls itself.", "Mozilla/5.0", ("span", "log")
    ),
    Attribute(
        "user.id",
        "development",
        "The id of the user in `res.users`, never the login.",
        "2",
        ("span", "log"),
        value_type="string",
    ),
    Attribute(
        "error.type",
        "stable",
        "The class of the exception that made it fail, or the status from 500 on; absent when it did not fail. "
        "What the business logic refuses (UserError, AccessError) is an outcome and no failure.",
        "psycopg2.errors.NotNullViolation",
        ("span", "event"),
    ),
)

# https://opentelemetry.io/docs/specs/semconv/rpc/ and /exceptions/
_CALLS = (
    Attribute(
        "rpc.system.name",
        "release_candidate",
        "How a model's method was called: jsonrpc, xmlrpc or json2.",
        "jsonrpc",
        ("span",),
    ),
    Attribute(
        "rpc.method",
        "release_candidate",
        "Model and method, once Odoo has accepted both; `_OTHER` for what it refused.",
        "res.partner.web_search_read",
        ("span",),
    ),
    Attribute(
        "server.address",
        "stable",
        "The host that an outgoing request went to.",
        "api.example.com",
        ("span",),
    ),
    Attribute("server.port", "stable", "Its port.", "443", ("span",)),
    Attribute(
        "url.full",
        "stable",
        "The address of an outgoing request, without credentials and query.",
        "https://api.example.com/v1/orders",
        ("span",),
    ),
    Attribute("exception.type", "stable", "The class of an exception.", "KeyError", ("event", "log")),
    Attribute(
        "exception.stacktrace",
        "stable",
        "Where it was raised; on events file, line and function of each frame without values, in logs as Python "
        "prints it, redacted.",
        'File "odoo/addons/base/models/res_partner.py", line 12, in write',
        ("event", "log"),
    ),
)

# https://opentelemetry.io/docs/specs/semconv/database/
_DATABASE = (
    Attribute("db.system.name", "stable", "The kind of database.", "postgresql", ("span",)),
    Attribute("db.namespace", "stable", "The name of the database.", "prod", ("span", "log")),
    Attribute("db.operation.name", "stable", "The first word of the statement.", "SELECT", ("span",)),
    Attribute("db.collection.name", "stable", "The table of the statement.", "res_partner", ("span",)),
    Attribute(
        "db.query.text",
        "stable",
        "The statement without its literals.",
        'SELECT "name" FROM "res_partner" WHERE "id" = ?',
        ("span", "event"),
    ),
    Attribute(
        "db.query.summary", "stable", "Operation and table of a statement.", "SELECT res_partner", ("event",)
    ),
    Attribute(
        "db.response.status_code",
        "stable",
        "SQLSTATE of a statement that failed.",
        "23505",
        ("span", "log"),
        value_type="string",
    ),
)

_ODOO = (
    Attribute("odoo.model", "odooops", "The model.", "res.partner", ("span",)),
    Attribute(
        "odoo.orm.operation",
        "odooops",
        "create, write, unlink, search, search_count, read_group, read, fetch (from the database), compute (of fields) "
        "or flush (of what was written).",
        "search",
        ("span",),
    ),
    Attribute("odoo.orm.count", "odooops", "Calls that a span stands for.", "12", ("span",)),
    Attribute("odoo.orm.records", "odooops", "Records that they were about.", "80", ("span",)),
    Attribute(
        "odoo.orm.time",
        "odooops",
        "Seconds spent in them, without calls of the ORM within.",
        "0.018",
        ("span",),
    ),
    Attribute(
        "odoo.cron.status", "odooops", "What became of the run of a scheduled action.", "failed", ("span",)
    ),
    Attribute(
        "odoo.request.attempts", "odooops", "Runs of the request, when it took more than one.", "2", ("span",)
    ),
    Attribute("odoo.cron.name", "odooops", "The scheduled action.", "Base: Auto-vacuum", ("span",)),
    Attribute(
        "odoo.calls.dropped",
        "odooops",
        "Outgoing requests, mails and reports that did not become spans.",
        "12",
        ("span",),
    ),
    Attribute(
        "odoo.sql.count",
        "odooops",
        "Statements of the request or job, or of an event.",
        "12",
        ("span", "event", "log"),
    ),
    Attribute("odoo.sql.time", "odooops", "Seconds spent in them.", "0.031", ("span", "event", "log")),
    Attribute("odoo.sql.dropped", "odooops", "Statements that did not become spans.", "480", ("span",)),
)

# What the collector gives to the lines of log files (monitoring/collector/logs.yaml), beside what Odoo says itself.
_LOGS = (
    Attribute(
        "odoo.python.time",
        "odooops",
        "Seconds of a request outside SQL, on its access line.",
        "0.012",
        ("log",),
    ),
    Attribute(
        "odoo.cursor.mode", "odooops", "rw, ro or ro->rw: the transaction of a request.", "ro", ("log",)
    ),
    Attribute("log.file.name", "development", "The file a line was read from.", "nginx.log", ("log",)),
    Attribute("client.address", "stable", "The address of the caller.", "127.0.0.1", ("log",)),
    Attribute("http.response.size", "development", "Bytes of an answer.", "5120", ("log",)),
    Attribute("odooops.nginx.request.time", "odooops", "Seconds that nginx took.", "0.020", ("log",)),
    Attribute(
        "odooops.nginx.upstream.time",
        "odooops",
        "Seconds that Odoo took.",
        "0.019",
        ("log",),
        value_type="string",
    ),
    Attribute("odooops.nginx.upstream.address", "odooops", "Who answered nginx.", "127.0.0.1:8170", ("log",)),
    Attribute("odooops.postgresql.user", "odooops", "The role of a session.", "odoo", ("log",)),
    Attribute(
        "odooops.postgresql.application.name",
        "odooops",
        "What a session calls itself.",
        "odoo-4711",
        ("log",),
    ),
    Attribute(
        "odooops.postgresql.query.id",
        "odooops",
        "PostgreSQL's id of a statement; on slow ones that were seen while they ran.",
        "-123",
        ("span", "log"),
        value_type="string",
    ),
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

# Parts of Odoo; most are on metrics alone.
_COVERAGE = (
    Attribute(
        "odoo.queue_job.function",
        "odooops",
        "The method that a job of queue_job runs.",
        "sale.order.action_confirm",
        ("span",),
    ),
    Attribute("odoo.queue_job.channel", "odooops", "The channel of a job.", "root.mail", ("span",)),
    Attribute(
        "odoo.queue_job.outcome",
        "odooops",
        "What became of a run of a job: done, retried (queue_job runs it again) or failed.",
        "done",
        ("span",),
    ),
    Attribute(
        "odoo.queue_job.state",
        "odooops",
        "wait_dependencies, pending, enqueued, started or failed, as queue_job calls them.",
        "pending",
    ),
    Attribute("odooops.gauge.name", "odooops", "A business gauge, by its own name.", "sale.open_orders"),
    Attribute(
        "odoo.mail.state", "odooops", "outgoing: it waits; exception: it could not be sent.", "outgoing"
    ),
    Attribute(
        "odoo.mail.protocol",
        "odooops",
        "How mail comes in: fetched by imap, pop, gmail or outlook; local: handed to Odoo by a mail server's script.",
        "imap",
        ("span",),
    ),
    Attribute(
        "odoo.mail.result",
        "odooops",
        "taken: the mail is with a record now; ignored: it had come before, is a bounce or would go round in circles.",
        "taken",
        ("span",),
    ),
    Attribute(
        "odoo.mail.fetch.state",
        "odooops",
        "ok: the last try to fetch went well, or there was none yet; failing: it did not.",
        "failing",
    ),
    Attribute(
        "odoo.report.name",
        "odooops",
        "The report as it was asked for; `_OTHER` for one that there is not.",
        "account.report_invoice",
        ("span",),
    ),
    Attribute("odoo.report.format", "odooops", "pdf, html or text.", "pdf", ("span",)),
    Attribute(
        "process.exit.code",
        "development",
        "The exit code of a program; negative when a signal ended it.",
        "0",
        ("span",),
    ),
    Attribute("network.io.direction", "development", "receive or transmit.", "receive"),
    Attribute("disk.io.direction", "development", "read or write.", "read"),
    Attribute(
        "odoo.websocket.close.code",
        "odooops",
        "Why it was closed, in words: clean, going_away, session_expired, keep_alive_timeout, abnormal_closure, …; "
        "other for a code that Odoo does not know.",
        "going_away",
    ),
    Attribute(
        "odoo.registry.load.kind",
        "odooops",
        "load, or update: modules were installed, upgraded or removed.",
        "load",
        ("span",),
    ),
    Attribute(
        "odoo.cache.name",
        "odooops",
        "One of Odoo's caches of methods; registry: the models themselves.",
        "templates",
    ),
    Attribute("odoo.cache.result", "odooops", "hit, miss, or error: a key that cannot be looked up.", "hit"),
    Attribute("odoo.module.name", "odooops", "The module.", "sale", ("span",)),
    Attribute(
        "odoo.module.operation",
        "odooops",
        "init: it is installed; update: it is upgraded.",
        "init",
        ("span",),
    ),
    Attribute("odoo.session.event", "odooops", "login, logout or failure.", "login"),
    Attribute(
        "odoo.session.interface",
        "odooops",
        "web: a session of a browser; rpc: XML-RPC and JSON-RPC; bearer: an API key in the header (/json/2). A call by "
        "rpc or bearer bears its credentials itself: only refusals are counted, and logins by common.authenticate.",
        "web",
    ),
)

_TELEMETRY = (
    Attribute("odooops.telemetry.signal", "odooops", "traces, metrics or logs.", "traces"),
    Attribute(
        "odooops.telemetry.reason",
        "odooops",
        "Why it was given up: queue_full, refused, expired, shutdown, error, record_full, or killed (it waited in a "
        "process that was killed; the next that takes its slot counts it).",
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
    *RESOURCE,
    *_HTTP,
    *_CALLS,
    *_DATABASE,
    *_ODOO,
    *DIAGNOSIS,
    *_LOGS,
    *_PROCESS,
    *_COVERAGE,
    *BROWSER_ATTRIBUTES,
    *_TELEMETRY,
)

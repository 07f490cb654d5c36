"""What spans are called, and the events on them."""

from __future__ import annotations

from .browser import BROWSER_EVENTS, BROWSER_SPAN_NAMES
from .declaration import Event, SpanName

# https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
EXCEPTION_EVENT = "exception"
RETRY_EVENT = "odoo.request.retry"
REPEATED_EVENT = "odoo.sql.repeated"
LOCK_WAIT_EVENT = "odoo.sql.lock_wait"

SPAN_NAMES: tuple[SpanName, ...] = (
    # https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name
    SpanName(
        "{http.request.method} {http.route}",
        "server",
        "stable",
        "A request that Odoo's routing took to a route.",
    ),
    SpanName(
        "{http.request.method}",
        "server",
        "stable",
        "A request without a route; `HTTP` for an unknown method.",
    ),
    # https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/#span-name
    SpanName("{rpc.method}", "server", "release_candidate", "A call of a model's method from outside."),
    SpanName("cron {odoo.cron.name}", "internal", "odooops", "One run of a scheduled action."),
    # https://opentelemetry.io/docs/specs/semconv/database/database-spans/#name
    SpanName(
        "{db.operation.name} {db.collection.name}",
        "client",
        "stable",
        "A statement of a kept request or job.",
    ),
    SpanName(
        "{odoo.orm.operation} {odoo.model}",
        "internal",
        "odooops",
        "Calls of the ORM in a kept request or job that took a millisecond or more by themselves: one span for all "
        "of an operation on a model, from the first to the last.",
    ),
    SpanName("mail send", "client", "odooops", "A mail that was handed to the SMTP server."),
    SpanName("mail receive", "internal", "odooops", "A mail that was taken in."),
    SpanName("mail connect", "client", "odooops", "A connection to a server of incoming mail."),
    SpanName(
        "report {odoo.report.format} {odoo.report.name}", "internal", "odooops", "A report that was made."
    ),
    SpanName(
        "registry {odoo.registry.load.kind}", "internal", "odooops", "Loading of the models of a database."
    ),
    SpanName(
        "module {odoo.module.operation}",
        "internal",
        "odooops",
        "Loading of the data of a module that is installed or upgraded.",
    ),
    SpanName(
        "queue_job {odoo.queue_job.function}",
        "consumer",
        "odooops",
        "A run of a job of queue_job, within the request that its runner makes; that request links to the span in "
        "which the job was made.",
    ),
    SpanName("wkhtmltopdf", "internal", "odooops", "The program that turns HTML into PDF."),
    SpanName("{db.operation.name}", "client", "stable", "A statement that names no table."),
    *BROWSER_SPAN_NAMES,
)

EVENTS: tuple[Event, ...] = (
    Event(
        EXCEPTION_EVENT,
        "stable",
        "The exception that made a request or job fail; never its message, which may hold data.",
        ("exception.type", "exception.stacktrace"),
    ),
    Event(RETRY_EVENT, "odooops", "Odoo runs the request again from its beginning.", ("error.type",)),
    Event(
        REPEATED_EVENT,
        "odooops",
        "A statement that was sent five times or more with other values (N+1), at the time of the first; the three "
        "that took most time, with the line of code that sent them.",
        (
            "db.query.summary",
            "db.query.text",
            "odoo.sql.count",
            "odoo.sql.time",
            "odoo.sql.repeated.remembered",
            "code.file.path",
            "code.line.number",
            "code.function.name",
        ),
    ),
    Event(
        LOCK_WAIT_EVENT,
        "odooops",
        "On the span of a slow statement: it was seen waiting for a lock that other sessions held.",
        (
            "odoo.sql.lock_wait.event",
            "odoo.sql.lock_wait.time",
            "odooops.postgresql.blocking.pids",
            "odooops.postgresql.blocking.sessions",
        ),
    ),
    *BROWSER_EVENTS,
)

"""What spans are called, and the events on them."""

from __future__ import annotations

from .declaration import Event, SpanName

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
    # https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/#name
    SpanName("{rpc.method}", "server", "release_candidate", "A request that called a method of a model."),
    SpanName("cron {odoo.cron.name}", "internal", "odooops", "One run of a scheduled action."),
    # https://opentelemetry.io/docs/specs/semconv/database/database-spans/#name
    SpanName(
        "{db.operation.name} {db.collection.name}",
        "client",
        "stable",
        "A statement of a kept request or job.",
    ),
    SpanName("{db.operation.name}", "client", "stable", "A statement that names no table."),
)

EXCEPTION_EVENT = "exception"
RETRY_EVENT = "odoo.request.retry"
EVENTS: tuple[Event, ...] = (
    # https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
    Event(
        EXCEPTION_EVENT,
        "stable",
        "What made a request or job fail, without its message.",
        ("exception.type", "exception.stacktrace"),
    ),
    Event(RETRY_EVENT, "odooops", "Odoo runs the request once more.", ("error.type",)),
)

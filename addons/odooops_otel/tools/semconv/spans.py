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

EVENTS: tuple[Event, ...] = ()

"""Attributes of the resource: which process of which Odoo tells, and what makes the telemetry."""

from __future__ import annotations

from .declaration import Attribute

# https://opentelemetry.io/docs/specs/semconv/resource/
RESOURCE = (
    Attribute("service.name", "stable", "What runs.", "odoo", ("resource",)),
    Attribute("service.namespace", "stable", "What the service belongs to.", "shop", ("resource",)),
    Attribute("service.version", "stable", "Odoo's version.", "19.0", ("resource",), value_type="string"),
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
    Attribute(
        "telemetry.sdk.name",
        "stable",
        "What made it: `odooops`, the recorder; on spans and log records of other libraries `opentelemetry`.",
        "odooops",
        ("resource",),
    ),
    Attribute("telemetry.sdk.language", "stable", "What that is written in.", "python", ("resource",)),
    Attribute("telemetry.sdk.version", "stable", "Its version.", "19.0.1.0.0", ("resource",)),
    Attribute("telemetry.distro.name", "stable", "That the recorder is ours.", "odooops", ("resource",)),
    Attribute("telemetry.distro.version", "stable", "The recorder's version.", "19.0.1.0.0", ("resource",)),
    Attribute(
        "odoo.worker.type",
        "odooops",
        "The kind of process: http, cron, evented, threaded, shell, or worker for kinds that addons bring.",
        "http",
        ("resource",),
    ),
)

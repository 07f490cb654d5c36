"""Every attribute of the metrics of the platform itself."""

from __future__ import annotations

from .declaration import Attribute

ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(
        "odooops.environment.name",
        "odooops",
        "The environment that something was done to; the process that tells it may belong to another.",
        "production",
    ),
    Attribute(
        "odooops.environment.kind",
        "odooops",
        "What that environment is for: production, staging or development.",
        "production",
    ),
    Attribute(
        "odooops.deployment.outcome",
        "odooops",
        "What became of a deployment: succeeded, failed, abandoned or rolled_back.",
        "succeeded",
    ),
    Attribute(
        "odooops.deployment.source", "odooops", "Who recorded a deployment: ci, cli, ui or module.", "ci"
    ),
    Attribute(
        "odooops.backup.kind", "odooops", "What a backup holds: dump, filestore, full or other.", "full"
    ),
    Attribute("odooops.backup.outcome", "odooops", "success or failure.", "success"),
    Attribute(
        "odooops.event.name", "odooops", "What was done: a noun and a participle.", "deployment.started"
    ),
    Attribute("odooops.event.outcome", "odooops", "success or failure.", "success"),
)

"""Metrics of what is done to the platform: deployments, backups and events."""

from __future__ import annotations

from .declaration import Metric

# A deployment takes from seconds to hours.
DEPLOYMENT_BOUNDS = (5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600)

DEPLOYMENT_COUNT = Metric(
    "odooops.deployment.count",
    "counter",
    "{deployment}",
    "Deployments that ended, and those that were rolled back later.",
    ("odooops.environment.name", "odooops.deployment.outcome", "odooops.deployment.source"),
)
DEPLOYMENT_DURATION = Metric(
    "odooops.deployment.duration",
    "histogram",
    "s",
    "Duration of deployments from start to end.",
    ("odooops.environment.name", "odooops.deployment.outcome"),
    DEPLOYMENT_BOUNDS,
)
DEPLOYMENT_ACTIVE = Metric(
    "odooops.deployment.active",
    "gauge",
    "{deployment}",
    "Whether a deployment runs: 0 or 1.",
    ("odooops.environment.name", "odooops.environment.kind", "db.namespace"),
)
DEPLOYMENT_FAILING = Metric(
    "odooops.deployment.failing",
    "gauge",
    "{deployment}",
    "Whether the last deployment failed and was not rolled back: 0 or 1.",
    ("odooops.environment.name", "odooops.environment.kind", "db.namespace"),
)
BACKUP_COUNT = Metric(
    "odooops.backup.count",
    "counter",
    "{backup}",
    "Backups that were recorded.",
    ("odooops.environment.name", "odooops.backup.kind", "odooops.backup.outcome"),
)
BACKUP_SIZE = Metric(
    "odooops.backup.size",
    "gauge",
    "By",
    "Size of the last good backup, where it is known.",
    ("odooops.environment.name", "odooops.environment.kind", "odooops.backup.kind", "db.namespace"),
)
BACKUP_LAST_SUCCESS = Metric(
    "odooops.backup.last_success.time",
    "gauge",
    "s",
    "When the last good backup ended, in Unix time.",
    ("odooops.environment.name", "odooops.environment.kind", "odooops.backup.kind", "db.namespace"),
)
EVENT_COUNT = Metric(
    "odooops.event.count",
    "counter",
    "{event}",
    "What was done to the platform.",
    ("odooops.event.name", "odooops.event.outcome"),
)

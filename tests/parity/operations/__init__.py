"""What can be done to the platform, and by which ways: each capability registers its rows in a module of its own."""

from . import (
    backups,
    browser,
    configuration,
    deployments,
    environments,
    events,
    gauges,
    keys,
    redaction,
    roles,
    sampling,
    secrets,
    settings,
    state,
    telemetry,
)
from .table import Operation

OPERATIONS: tuple[Operation, ...] = tuple(
    row
    for capability in (
        state,
        environments,
        roles,
        events,
        secrets,
        settings,
        sampling,
        redaction,
        configuration,
        deployments,
        backups,
        gauges,
        keys,
        telemetry,
        browser,
    )
    for row in capability.ROWS
)

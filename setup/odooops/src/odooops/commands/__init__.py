"""The commands: functions that take a client and return data, each beside its command line."""

from . import (
    backup,
    completion,
    config,
    deployment,
    environment,
    event,
    gate,
    key,
    logs,
    profile,
    role,
    rollback,
    sampling,
    secret,
    setting,
    telemetry,
)

NOUNS = (
    environment,
    deployment,
    rollback,
    gate,
    backup,
    logs,
    telemetry,
    event,
    role,
    key,
    secret,
    setting,
    sampling,
    config,
    profile,
    completion,
)

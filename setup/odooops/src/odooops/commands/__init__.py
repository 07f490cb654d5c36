"""The commands: functions that take a client and return data, each beside its command line."""

from . import (
    backup,
    completion,
    config,
    deployment,
    environment,
    event,
    gate,
    gauge,
    key,
    logs,
    profile,
    role,
    rollback,
    secret,
    setting,
)

NOUNS = (
    environment,
    deployment,
    rollback,
    gate,
    gauge,
    backup,
    logs,
    event,
    role,
    key,
    secret,
    setting,
    config,
    profile,
    completion,
)

"""The commands: functions that take a client and return data, each beside its command line."""

from . import completion, environment, event, key, logs, profile, role

NOUNS = (environment, event, role, key, logs, profile, completion)

"""What can be done to the platform, and by which ways: each capability registers its rows in a module of its own."""

from . import environments, events, roles, settings
from .table import Operation

OPERATIONS: tuple[Operation, ...] = (*environments.ROWS, *roles.ROWS, *events.ROWS, *settings.ROWS)

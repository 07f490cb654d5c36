"""What --reset deletes."""

from . import api_key
from .files import remove_tree
from .state import State

DIRECTORIES = (
    "postgres",
    "odoo/data",
    "prometheus/data",
    "alertmanager/data",
    "collector/queue",
    "collector/offsets",
    "loki",
    "tempo",
    "run/telemetry",
)


def delete_data(state: State) -> None:
    """Deletes the database, its files, its password and key, and all telemetry; keeps logs, ports, the environment."""
    for name in DIRECTORIES:
        remove_tree(state.path(name))
    state.path("admin_password").unlink(missing_ok=True)
    state.path(api_key.DIRECTORY, api_key.FILE).unlink(missing_ok=True)
    state.record.pop("addons", None)
    state.record.pop("applied", None)
    state.save()

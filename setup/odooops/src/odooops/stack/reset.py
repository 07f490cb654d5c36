"""What --reset deletes."""

from .files import remove_tree
from .state import State

DIRECTORIES = (
    "postgres",
    "odoo/data",
    "prometheus/data",
    "alertmanager/data",
    "vmagent/data",
    "run/telemetry",
)


def delete_data(state: State) -> None:
    """Deletes the database, its files, its password and the metrics; keeps logs, ports and the virtual environment."""
    for name in DIRECTORIES:
        remove_tree(state.path(name))
    state.path("admin_password").unlink(missing_ok=True)
    state.record.pop("addons", None)
    state.record.pop("applied", None)
    state.save()

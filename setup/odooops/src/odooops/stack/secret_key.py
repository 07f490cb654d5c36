"""The key that Odoo's secrets are sealed with, in a file of the state: never in the database, nor in a backup of it."""

import base64
import os

from .files import write_atomic
from .state import State

DIRECTORY, FILE, FILES = "secrets", "key", "files"
BYTES = 32
HEAD = "# Seals the secrets of this state's Odoo: one key a line, the first for new ones (docs/secrets.md).\n"


def ensure(state: State) -> None:
    """Makes the key when there is none, and the directory for secrets that are files. A key is never replaced."""
    for directory in (state.path(DIRECTORY), state.path(DIRECTORY, FILES)):
        directory.mkdir(mode=0o700, exist_ok=True)
    file = state.path(DIRECTORY, FILE)
    if not file.exists():
        key = base64.urlsafe_b64encode(os.urandom(BYTES)).decode()
        write_atomic(file, f"{HEAD}{key}\n", mode=0o600)


def environment(state: State) -> dict[str, str]:
    """How Odoo is told where both are."""
    return {
        "ODOOOPS_SECRET_KEY_FILE": str(state.path(DIRECTORY, FILE)),
        "ODOOOPS_SECRET_DIR": str(state.path(DIRECTORY, FILES)),
    }

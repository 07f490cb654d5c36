"""Free space, looked at before anything is downloaded or made."""

import shutil
from collections.abc import Sequence

from .errors import StackError
from .go_modules import Module
from .state import State

MB = 1_000_000
# Measured on Debian 12 with a margin of a fifth: the unpacked packages, uv's cache, the environment, a new database.
NEEDED_FOR = {
    "odoo": 1500 * MB,
    "monitoring": 300 * MB,
    "uv": 500 * MB,
    "venv": 300 * MB,
    "postgres": 200 * MB,
}
# While Go builds; most of it is gone afterwards.
NEEDED_TO_BUILD = {"prometheus": 2500 * MB, "collector": 2500 * MB, "tempo": 3000 * MB, "loki": 3000 * MB}
ALWAYS = 100 * MB


def require(state: State, modules: Sequence[Module] = ()) -> None:
    """Raises StackError when a file system has less room than what is still to be made there.

    ``modules`` are those that have to be built.
    """
    in_cache = sum(
        NEEDED_FOR[name] for name in ("odoo", "monitoring", "uv") if not (state.cache / name).exists()
    ) + sum(NEEDED_TO_BUILD[module.name] for module in modules)
    in_state = ALWAYS + sum(
        NEEDED_FOR[name] for name in ("venv", "postgres") if not state.path(name).exists()
    )
    if state.cache.stat().st_dev == state.directory.stat().st_dev:
        in_state, in_cache = in_state + in_cache, 0
    for directory, needed, option in (
        (state.directory, in_state, "--state DIR"),
        (state.cache, in_cache, "ODOOOPS_CACHE"),
    ):
        free = shutil.disk_usage(directory).free
        if free < needed:
            raise StackError(
                f"not enough space in {directory}: {free // MB} MB free, {needed // MB} MB needed; "
                f"free some, or choose another place with {option}"
            )

"""The database that those of the tests are copies of: made anew when something that it is made from is another."""

import os
from collections.abc import Iterator
from pathlib import Path

from ..stack import database, odoo
from ..stack.files import content_hash, text_hash
from ..stack.kept_database import KeptDatabase
from ..stack.progress import Step
from ..stack.state import State
from . import browser_bundles

NAME = "odooops_test"
# Of the state's record: what the database that is there was made from.
MADE_FROM = "addons_database"


def ensure(state: State, step: Step) -> None:
    """All addons are installed in it, and what browsers load is made; raises StackError."""
    made_from = text_hash(_made_from(state))
    if state.record.get(MADE_FROM) == made_from and database.exists(state, NAME):
        step.note = "unchanged"
        return
    # One that is half made is none.
    state.save(**{MADE_FROM: None})
    step.note = "installing"
    database.make(state, NAME)
    step.note = "what browsers load"
    browser_bundles.make(state, NAME)
    step.note = "made"
    state.save(**{MADE_FROM: made_from})


def _made_from(state: State) -> Iterator[str]:
    yield KeptDatabase(state, odoo.recorded(state), database.BASE_ADDONS).place.name
    yield str(state.record.get("environment"))
    yield content_hash(state.checkout / "setup" / "odooops" / "src")
    # Names and times: those of what browsers load are part of its address.
    for addon in sorted((state.checkout / "addons").iterdir()):
        yield from _files(addon)


def _files(addon: Path) -> Iterator[str]:
    """The files of an addon, but for its tests in Python, which nothing installs."""
    for directory, names, files in os.walk(addon):
        passed_over = {"__pycache__", *(["tests"] if Path(directory) == addon else [])}
        names[:] = sorted(set(names) - passed_over)
        for name in sorted(files):
            found = os.stat(os.path.join(directory, name))
            yield f"{os.path.relpath(directory, addon.parent)}/{name} {found.st_size} {found.st_mtime_ns}"

"""Other rules of redaction for a collector that runs: checked, put in place, taken back when it does not come up."""

import shlex
from pathlib import Path

from ..endpoints import components_of
from . import health, waiting
from .errors import StackError
from .files import remove_tree
from .lock import exclusive
from .redaction_rules import FILE
from .rendering import contents, new_directory, settle
from .run import run
from .state import State
from .supervisor import Supervisor

PROGRAM = "otelcol"


def replace(state: State, new: str) -> bool:
    """Has the collector check the text, puts it in place and restarts the collector; returns whether it was a change.

    Raises StackError when the collector refuses it or does not come up with it: then what was before is in force.
    """
    with exclusive(state.path("lock")):
        return _replace(state, new)


def _replace(state: State, new: str) -> bool:
    old = contents(state.path("collector", "config"))
    if not old or FILE not in old:
        raise StackError("the collector is not set up with a file of rules: run setup/up (without --core)")
    if old[FILE] == new:
        return False
    _settle(state, old | {FILE: new}, is_new=True)
    try:
        _restart(state)
    except StackError as error:
        _settle(state, old, is_new=False)
        _restart(state)
        raise StackError(f"{error}; the rules that were in force before are again") from None
    return True


def _settle(state: State, texts: dict[str, str], *, is_new: bool) -> None:
    """Puts the files in the place of those that are there; new ones are checked by the collector first."""
    target = state.path("collector", "config")
    directory = new_directory(target, texts)
    try:
        if is_new:
            run(state, "check of the rules of redaction", _check(state, directory))
        settle(directory, target)
    finally:
        remove_tree(directory)


def _check(state: State, directory: Path) -> list[str]:
    """The collector's command line, as setup/up wrote it, for another directory, which is only checked."""
    script = state.path("run", "programs", f"{PROGRAM}.sh").read_text()
    program, *options = shlex.split(script.splitlines()[-1])[1:]
    files = [option for option in options if option.startswith("--config=")]
    return [program, "validate", *(f"--config={directory / Path(file).name}" for file in files)]


def _restart(state: State) -> None:
    """What is sent meanwhile is sent again by those who send, and log files wait: nothing is lost."""
    control = Supervisor(state.directory)
    part = next(part for part in components_of(state.directory) if part["name"] == PROGRAM)
    control.stop(PROGRAM)
    control.start(PROGRAM)
    waiting.until(state, control, PROGRAM, part["title"], lambda pid: health.passes(part["check"], pid))

"""setup/down: stops everything of one state, and only that."""

from . import opening, supervisor
from .lock import exclusive
from .progress import Console


def down(option: str | None, console: Console) -> None:
    """Stops the state's processes in order; says so when nothing is up."""
    directory = opening.directory(option)
    state = opening.find(option, needs_record=False)
    if not state:
        console.say(f"Nothing is up: {directory} holds no stack; name another one with --state DIR")
        return
    with exclusive(state.path("lock")), console.step("Stop") as step:
        step.note = (
            f"{state.directory} is down"
            if supervisor.shut_down(state)
            else f"nothing was up in {state.directory}"
        )

"""setup/cli: runs the odooops command of the state's virtual environment, as the state's owner."""

import os

from . import opening
from .errors import StackError
from .run import base_environment

NOTHING_UP = 3


class NotSetUp(StackError):
    """There is no environment to run the command in."""


def run_cli(arguments: list[str]) -> None:
    """Replaces this process by ``odooops arguments…``; raises NotSetUp when there is no environment for it."""
    option = _state_option(arguments)
    # Said before root is given up, which would change the default.
    directory = opening.directory(option)
    state = opening.find(option)
    command = state and state.path("venv", "bin", "odooops")
    if not command or not command.exists():
        raise NotSetUp(f"nothing is set up in {directory}: run setup/up first, or name another --state DIR")
    os.chdir(state.directory)
    environment = base_environment(os.environ) | {"ODOOOPS_STATE": str(state.directory)}
    os.execve(command, [str(command), *arguments], environment)


def _state_option(arguments: list[str]) -> str | None:
    """The value of --state anywhere on the command line; the command itself reads it too."""
    for index, argument in enumerate(arguments):
        if argument.startswith("--state="):
            return argument.partition("=")[2]
        if argument == "--state" and index + 1 < len(arguments):
            return arguments[index + 1]
    return None

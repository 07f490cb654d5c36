"""setup/cli: runs the odooops command of the state's virtual environment, as the state's owner."""

import os
from collections.abc import Mapping
from pathlib import Path

from . import opening
from .errors import StackError
from .run import base_environment

NOTHING_UP = 3
MANUAL = opening.CHECKOUT / "docs" / "cli.md"
# Which Odoo the command talks to, and as whom: what else begins with ODOO is the stack's.
HANDED_ON = ("ODOOOPS_URL", "ODOOOPS_API_KEY", "ODOOOPS_DATABASE", "ODOOOPS_PROFILE")


class NotSetUp(StackError):
    """There is no environment to run the command in."""


def run_cli(arguments: list[str]) -> None:
    """Replaces this process by ``odooops arguments…``; raises NotSetUp when there is no environment for it.

    Where that cannot be, who asks for help is told where to read.
    """
    try:
        _become_command(arguments)
    except StackError as error:
        if not _asks_for_help(arguments):
            raise
        print(f"setup/cli: help comes with setup/up ({error}); all commands are told in {MANUAL}")


def _become_command(arguments: list[str]) -> None:
    option = _state_option(arguments)
    # Said before root is given up, which would change the default.
    directory = opening.directory(option)
    state = opening.find(option)
    command = state and state.path("venv", "bin", "odooops")
    if not command or not command.exists():
        raise NotSetUp(f"nothing is set up in {directory}: run setup/up first, or name another --state DIR")
    _stay_or_move(state.directory)
    environment = environment_of_command(os.environ) | {"ODOOOPS_STATE": str(state.directory)}
    os.execve(command, [str(command), *arguments], environment)


def environment_of_command(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that the odooops command runs with."""
    return base_environment(environ) | {name: environ[name] for name in HANDED_ON if name in environ}


def _stay_or_move(directory: Path) -> None:
    """Files are named from where the person is, unless the state's owner may not be there."""
    try:
        os.listdir(".")
    except OSError:
        os.chdir(directory)


def _asks_for_help(arguments: list[str]) -> bool:
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--help" in options or "-h" in options


def _state_option(arguments: list[str]) -> str | None:
    """The value of --state anywhere on the command line; the command itself reads it too."""
    for index, argument in enumerate(arguments):
        if argument.startswith("--state="):
            return argument.partition("=")[2]
        if argument == "--state" and index + 1 < len(arguments):
            return arguments[index + 1]
    return None

"""Completion of the command line by the shell, with argcomplete."""

import os
from typing import Any

from . import profiles
from .stack.errors import StackError

# Set by the shell's part when it asks for completions.
ASKED = "_ARGCOMPLETE"
SHELLS = ("bash", "zsh", "fish")


def complete() -> None:
    """Answers the shell and ends the process when it is the shell that asks."""
    if ASKED in os.environ:
        import argcomplete

        from .arguments import parser

        argcomplete.autocomplete(parser(), always_complete_options=False)


def script(shell: str) -> str:
    """What the shell has to run once to know our completions."""
    import argcomplete

    return argcomplete.shellcode(["odooops"], shell=shell)


def profile_names(prefix: str, **_parsed: Any) -> list[str]:
    """The profiles whose name begins so; none when their file cannot be used: a tab key is no place for errors."""
    try:
        known = profiles.read(profiles.config_file(os.environ)).profiles
    except StackError:
        return []
    return [name for name in sorted(known) if name.startswith(prefix)]

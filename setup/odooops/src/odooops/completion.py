"""Completion of the command line by the shell, with argcomplete."""

import os

# Set by the shell's part when it asks for completions.
ASKED = "_ARGCOMPLETE"
SHELLS = ("bash", "zsh", "fish")


def complete() -> None:
    """Answers the shell and ends the process when it is the shell that asks."""
    if ASKED in os.environ:
        import argcomplete

        from .arguments import parser

        argcomplete.autocomplete(parser())


def script(shell: str) -> str:
    """What the shell has to run once to know our completions."""
    import argcomplete

    return argcomplete.shellcode(["odooops"], shell=shell)

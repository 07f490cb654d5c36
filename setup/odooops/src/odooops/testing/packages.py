"""System packages that only the tests need."""

import os
from pathlib import Path

from ..stack import packages
from ..stack.errors import StackError
from ..stack.run import run
from ..stack.state import State

# Debian package → a program of it
NEEDED = {"chromium": "chromium", "git": "git"}


def missing() -> list[str]:
    """Debian packages that the tests need and this machine lacks."""
    return [package for package, name in NEEDED.items() if not packages.program(name)]


def ensure(state: State) -> str:
    """Installs what the stack and the tests need when this process is root; returns a short note.

    Raises StackError with the one line to run when it is not root and something is missing.
    """
    if os.geteuid() != 0:
        if needed := [*packages.missing(), *missing()]:
            raise StackError(
                f"run as root: apt-get install --no-install-recommends {' '.join(needed)}   (then setup/test again)"
            )
        return "all there"
    note = packages.ensure(state)
    if needed := missing():
        install = [
            "apt-get",
            "install",
            "-y",
            "--no-install-recommends",
            "-o",
            "DPkg::Lock::Timeout=120",
            *needed,
        ]
        options = {
            "env": {"DEBIAN_FRONTEND": "noninteractive", "PATH": packages.SYSTEM_PATH},
            "cwd": Path("/"),
        }
        run(state, "apt-get update", ["apt-get", "update", "-q"], must_finish=True, **options)
        run(state, f"installing {' '.join(needed)}", install, must_finish=True, **options)
        return f"installed {', '.join(needed)}"
    return note

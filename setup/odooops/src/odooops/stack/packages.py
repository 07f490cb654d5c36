"""System packages: what is missing, and installing it by apt without starting any service."""

import os
import shutil
from collections.abc import Callable, Collection
from importlib.util import find_spec
from pathlib import Path

from . import postgres, services
from .errors import StackError
from .lock import exclusive
from .run import CommandFailed, run
from .state import State

LOCK = Path("/run/odooops-setup.lock")
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"


def program(name: str) -> str | None:
    """The path of a system program; /usr/sbin counts even where it is not on the user's PATH."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}")


def missing() -> list[str]:
    """Debian packages that the stack needs and this machine lacks."""
    present = {
        "nginx-light": bool(program("nginx")),
        "postgresql": bool(postgres.installations()),
        "python3-venv": bool(find_spec("ensurepip")),
        "libmagic1": any(Path("/usr/lib").glob("*/libmagic.so.1")),
        "ca-certificates": Path("/etc/ssl/certs/ca-certificates.crt").exists(),
    }
    return [package for package, here in present.items() if not here]


def ensure(state: State, missing: Callable[[], list[str]] = missing, wanted: Collection[str] = ()) -> str:
    """Installs missing system packages when this process is root; returns a short note.

    ``missing`` says which, ``wanted`` has those that are done without where they cannot be installed. Raises
    StackError with the one line to run when this process is not root.
    """
    if os.geteuid() == 0:
        with exclusive(LOCK, wait=True):
            services.clean_up_after_killed_run()
            return _install_missing(state, missing, wanted)
    if needed := missing():
        raise StackError(
            f"system packages are missing; run as root: {POSTGRES_HINT if 'postgresql' in needed else ''}"
            f"apt-get install --no-install-recommends {' '.join(needed)}   (then the same command again)"
        )
    return "all there"


def _install_missing(state: State, missing: Callable[[], list[str]], wanted: Collection[str]) -> str:
    needed, has_apt = missing(), bool(program("apt-get"))
    installed = [*needed, *(wanted if has_apt else ())]
    if not installed:
        return "all there"
    if not has_apt:
        raise StackError(
            f"no apt-get on this machine: install what Debian calls {' '.join(needed)}, then run the same command again"
        )
    try:
        with services.not_started():
            _apt_install(state, installed)
    except CommandFailed:
        if needed:
            raise
        return f"all there but {', '.join(wanted)}, which apt-get cannot install"
    if still := missing():
        raise StackError(
            f"apt-get installed its packages, but still missing: {' '.join(still)} (log: {state.log('setup')})"
        )
    return f"installed {', '.join(installed)}"


# Debian's postgresql starts a server of its own; a person who installs it for us may not want that one.
POSTGRES_HINT = (
    "mkdir -p /etc/postgresql-common/createcluster.d && "
    "echo create_main_cluster=false > /etc/postgresql-common/createcluster.d/no-main.conf && "
)


def _apt_install(state: State, needed: list[str]) -> None:
    install = ["install", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", *needed]
    try:
        _apt_get(state, "update", "-q")
        _apt_get(state, *install)
    except CommandFailed as error:
        if "dpkg --configure -a" not in error.output:
            raise
        # An earlier installation, somebody's, was cut in the middle.
        _run(state, ["dpkg", "--configure", "-a"])
        _apt_get(state, *install)


def _apt_get(state: State, *arguments: str) -> None:
    _run(state, ["apt-get", "-o", "DPkg::Lock::Timeout=120", *arguments])


def _run(state: State, command: list[str]) -> None:
    environment = {"DEBIAN_FRONTEND": "noninteractive", "PATH": SYSTEM_PATH}
    # A dpkg that is cut in the middle leaves the system half configured.
    run(
        state,
        " ".join(command),
        services.bound_to_policy(command),
        env=environment,
        cwd=Path("/"),
        must_finish=True,
    )

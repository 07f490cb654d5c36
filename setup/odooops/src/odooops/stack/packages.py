"""System packages: what is missing, and installing it by apt without starting any service."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from . import postgres
from .errors import StackError
from .lock import exclusive
from .run import CommandFailed, run
from .state import State

POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_MARK = "# made by OdooOps setup/up"
# Answers "do not start" (exit 101, see invoke-rc.d(8)) as long as the process that wrote it lives,
# so that even a killed setup/up leaves services free to start later.
POLICY_SCRIPT = f"""#!/bin/sh
{POLICY_MARK} for the time of its apt-get; removes itself afterwards
if [ -d /proc/{{pid}} ]; then exit 101; fi
rm -f "$0"
exit 0
"""
LOCK = Path("/run/odooops-setup.lock")
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/odooops-setup.conf")
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


def ensure(state: State) -> str:
    """Installs missing system packages when this process is root; returns a short note.

    Raises StackError with the one line to run when it is not root.
    """
    if os.geteuid() == 0:
        with exclusive(LOCK, wait=True):
            clean_up()
            return _install_missing(state)
    if needed := missing():
        raise StackError(
            f"system packages are missing; run as root: {POSTGRES_HINT if 'postgresql' in needed else ''}"
            f"apt-get install --no-install-recommends {' '.join(needed)}   (then setup/up again)"
        )
    return "all there"


def _install_missing(state: State) -> str:
    needed = missing()
    if not needed:
        return "all there"
    if not program("apt-get"):
        raise StackError(
            f"no apt-get on this machine: install what Debian calls {' '.join(needed)}, then run setup/up again"
        )
    with no_services_started():
        _apt_install(state, needed)
    if still := missing():
        raise StackError(
            f"apt-get installed its packages, but still missing: {' '.join(still)} (log: {state.log('setup')})"
        )
    return f"installed {', '.join(needed)}"


# Debian's postgresql starts a server of its own; a person who installs it for us may not want that one.
POSTGRES_HINT = (
    "mkdir -p /etc/postgresql-common/createcluster.d && "
    "echo create_main_cluster=false > /etc/postgresql-common/createcluster.d/no-main.conf && "
)


def _apt_install(state: State, needed: list[str]) -> None:
    environment = {"DEBIAN_FRONTEND": "noninteractive", "PATH": SYSTEM_PATH}
    install = [
        "apt-get",
        "install",
        "-y",
        "--no-install-recommends",
        "-o",
        "Dpkg::Options::=--force-confold",
        "-o",
        "DPkg::Lock::Timeout=120",
        *needed,
    ]
    # A dpkg that is cut in the middle leaves the system half configured.
    options = {"env": environment, "must_finish": True, "cwd": Path("/")}
    try:
        run(state, "apt-get update", ["apt-get", "update", "-q"], **options)
        run(state, f"installing {' '.join(needed)}", install, **options)
    except CommandFailed as error:
        if "dpkg --configure -a" not in error.output:
            raise
        run(state, "dpkg --configure -a", ["dpkg", "--configure", "-a"], **options)
        run(state, f"installing {' '.join(needed)}", install, **options)


@contextmanager
def no_services_started() -> Iterator[None]:
    """While this lasts, packages neither start services nor make a PostgreSQL cluster."""
    _require_policy()
    NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    try:
        NO_CLUSTER.write_text(
            "# made by OdooOps setup/up for the time of its apt-get\ncreate_main_cluster = false\n"
        )
        yield
    finally:
        clean_up()


def _require_policy() -> None:
    if POLICY.exists():
        # Somebody else's policy (container images have one) is left alone; it must forbid as well.
        if subprocess.run([POLICY, "nginx", "start"], capture_output=True, check=False).returncode != 101:
            raise StackError(
                f"{POLICY} exists and lets packages start services: install these yourself and run setup/up again: "
                f"apt-get install --no-install-recommends {' '.join(missing())}"
            )
        return
    temporary = POLICY.with_name(".policy-rc.d.odooops")
    temporary.write_text(POLICY_SCRIPT.format(pid=os.getpid()))
    temporary.chmod(0o755)
    temporary.replace(POLICY)


def clean_up() -> None:
    """Removes what no_services_started put in place, also what an earlier killed run left."""
    if os.geteuid() != 0:
        return
    NO_CLUSTER.unlink(missing_ok=True)
    with suppress(OSError):  # others may have files there
        NO_CLUSTER.parent.rmdir()
    if POLICY.exists() and POLICY_MARK in POLICY.read_text(errors="replace"):
        POLICY.unlink()

"""Installing system packages without starting their services: invoke-rc.d(8)'s policy and Debian's cluster setting."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import getpid
from pathlib import Path

from .errors import StackError

POLICY = Path("/usr/sbin/policy-rc.d")
MARK = "# made by OdooOps setup/up"
# Forbids (101) while the process lives that it was made for, apt-get: even a killed setup/up leaves no
# machine behind whose services cannot start.
SCRIPT = f"""#!/bin/sh
{MARK} for the time of its apt-get; removes itself afterwards
pid={{pid}}
if [ -d /proc/$pid ]; then exit 101; fi
rm -f "$0"
exit 0
"""
PID = re.compile(r"^pid=(\d+)$", re.MULTILINE)
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/odooops-setup.conf")
NO_CLUSTER_TEXT = f"{MARK} for the time of its apt-get\ncreate_main_cluster = false\n"


@contextmanager
def not_started() -> Iterator[None]:
    """While this lasts, packages neither start services nor make a PostgreSQL cluster."""
    _forbid()
    NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    try:
        NO_CLUSTER.write_text(NO_CLUSTER_TEXT)
        yield
    finally:
        _allow()


def bound_to_policy(command: list[str]) -> list[str]:
    """``command`` by way of a shell that first makes the policy last as long as the command, not as long as us."""
    bind = f'grep -q "{MARK}" {POLICY} && sed -i "s/^pid=.*/pid=$$/" {POLICY}; exec "$@"'
    return ["sh", "-c", bind, "sh", *command]


def clean_up_after_killed_run() -> None:
    """Waits for the apt-get of a setup/up that was killed, then removes what that one put in place."""
    while (pid := _policy_pid()) and Path(f"/proc/{pid}").exists():
        time.sleep(0.2)
    _allow()


def _forbid() -> None:
    if not POLICY.exists():
        temporary = POLICY.with_name(".policy-rc.d.odooops")
        temporary.write_text(SCRIPT.format(pid=getpid()))
        temporary.chmod(0o755)
        temporary.replace(POLICY)
    # Somebody else's policy (container images have one) is left alone; it must forbid as well.
    elif subprocess.run([POLICY, "nginx", "start"], capture_output=True, check=False).returncode != 101:
        raise StackError(
            f"{POLICY} is there and lets packages start services: "
            "move it away for the time of setup/up, or install the packages yourself"
        )


def _allow() -> None:
    NO_CLUSTER.unlink(missing_ok=True)
    with suppress(OSError):  # others may have files there
        NO_CLUSTER.parent.rmdir()
    if _policy_pid():
        POLICY.unlink(missing_ok=True)


def _policy_pid() -> int | None:
    """The process that our policy is for; None when there is no policy or it is somebody else's."""
    try:
        text = POLICY.read_text(errors="replace")
    except FileNotFoundError:
        return None
    found = PID.search(text) if MARK in text else None
    return int(found[1]) if found else None

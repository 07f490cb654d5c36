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
start={{start}}
if [ "$(cut -d" " -f22 "/proc/$pid/stat" 2>/dev/null)" = "$start" ]; then exit 101; fi
rm -f "$0"
exit 0
"""
# The number of a process is given again, its start (proc(5), stat, field 22) makes it one process.
OWNER = re.compile(r"^pid=(\d+)\nstart=(\d+)$", re.MULTILINE)
WAIT_SECONDS = 600
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
    start = 'start=$(cut -d" " -f22 /proc/$$/stat)'
    change = f'sed -i "s/^pid=.*/pid=$$/; s/^start=.*/start=$start/" {POLICY}'
    bind = f'grep -q "{MARK}" {POLICY} && {start} && {change}; exec "$@"'
    return ["sh", "-c", bind, "sh", *command]


def clean_up_after_killed_run() -> None:
    """Waits for the apt-get of a setup/up that was killed, then removes what that one put in place."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (owner := _policy_owner()) and _start_of(owner[0]) == owner[1]:
        if time.monotonic() > deadline:
            raise StackError(
                f"process {owner[0]}, begun by an earlier setup/up, still installs packages: wait for it or end it"
            )
        time.sleep(0.2)
    _allow()


def _forbid() -> None:
    if not POLICY.exists():
        temporary = POLICY.with_name(".policy-rc.d.odooops")
        temporary.write_text(SCRIPT.format(pid=getpid(), start=_start_of(getpid())))
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
    if _policy_owner():
        POLICY.unlink(missing_ok=True)


def _policy_owner() -> tuple[int, str] | None:
    """The process that our policy is for, as number and start; None when there is no policy or it is another's."""
    try:
        text = POLICY.read_text(errors="replace")
    except FileNotFoundError:
        return None
    found = OWNER.search(text) if MARK in text else None
    return (int(found[1]), found[2]) if found else None


def _start_of(pid: int) -> str:
    """When a process started, in ticks since boot; empty when there is none of that number."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""

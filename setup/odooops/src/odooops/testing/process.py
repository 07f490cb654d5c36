"""The programs of a test run: as whom, with which environment, for how long."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO

from ..stack.account import Account
from ..stack.run import base_environment
from .places import BASE_VARIABLE, Places
from .prepare import environment

# After the limit a run may clean up (setup/down of a stack takes some seconds) before it is killed.
GRACE_SECONDS = 120
POLL_SECONDS = 1.0
# Of our caller's variables that begin with ODOO, which are kept from the tests otherwise.
HANDED_ON = ("ODOO_HOME", "ODOOOPS_FAULT_SECONDS")


def module(name: str, places: Places, *arguments: str) -> list[str | Path]:
    """The command that runs a module of this package from the copy of the checkout."""
    source = places.checkout / "setup" / "odooops" / "src"
    return [
        "env",
        f"PYTHONPATH={source}",
        sys.executable,
        "-P",
        "-B",
        "-m",
        f"odooops.testing.{name}",
        *arguments,
    ]


def call(
    command: list[str | Path],
    limit: int,
    places: Places,
    account: Account | None,
    more: Mapping[str, str] = MappingProxyType({}),
    output: IO[bytes] | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Runs a command in the copied checkout as ``account`` (None: as ourselves) and returns its exit code.

    ``more`` are variables of its environment; what it prints goes to ``output``, else to where ours goes.

    It is interrupted when it takes longer than ``limit`` seconds, when ``stop`` is set, when we are interrupted or
    killed: tests then stop what they started.
    """
    variables = base_environment(os.environ) | _variables(places, account) | more
    wrapper = ["setpriv", "--pdeathsig", "INT"]
    if account and account.uid != os.geteuid():
        wrapper += ["--reuid", account.name, "--regid", str(account.gid), "--init-groups"]
        variables |= {"HOME": str(places.base), "USER": account.name, "LOGNAME": account.name}
    # A process group of its own: Ctrl-C reaches us alone, and we interrupt it once.
    process = subprocess.Popen(
        [*wrapper, "--", *map(str, command)],
        cwd=places.checkout,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        process_group=0,
    )
    try:
        return _wait(process, limit, stop or threading.Event())
    except subprocess.TimeoutExpired:
        print(
            f"setup/test: given up after {limit} seconds: {' '.join(map(str, command[-3:]))}",
            file=sys.stderr,
            flush=True,
        )
        return _interrupt(process)
    except BaseException:
        _interrupt(process)
        raise


def _wait(process: subprocess.Popen, limit: int, stop: threading.Event) -> int:
    deadline = time.monotonic() + limit
    while not stop.is_set():
        try:
            return process.wait(min(POLL_SECONDS, max(0.0, deadline - time.monotonic())))
        except subprocess.TimeoutExpired:
            if time.monotonic() >= deadline:
                raise
    return _interrupt(process)


def _variables(places: Places, account: Account | None) -> dict[str, str]:
    kept = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    own = {
        "ODOOOPS_STATE": str(places.stack),
        "ODOOOPS_CACHE": str(places.cache),
        BASE_VARIABLE: str(places.base),
    }
    ready = (places.cache / "monitoring" / "versions.json").exists()
    is_account = bool(account) or os.geteuid() != 0
    return kept | own | (environment(places, is_account=is_account) if ready else {})


def _interrupt(process: subprocess.Popen) -> int:
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(GRACE_SECONDS) or 1
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait() or 1

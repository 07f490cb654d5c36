"""The tiers: which tests, as whom, with what, for how long at most."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ..stack.account import Account
from ..stack.go_modules import WHOLE, Module
from ..stack.run import base_environment
from . import report
from .places import BASE_VARIABLE, Places
from .prepare import environment
from .report import Outcome

# After the limit a run may clean up (setup/down of a stack takes some seconds) before it is killed.
GRACE_SECONDS = 120
LOG_LINES = 25


@dataclass(frozen=True)
class Tier:
    """One group of tests that is run and counted by itself."""

    name: str
    title: str
    limit: int
    """Seconds after which the run is given up."""

    paths: tuple[str, ...] = ()

    marker: str = ""
    """Which of the tests there, as pytest's option -m has it; all when empty."""

    modules: tuple[Module, ...] = ()
    """What Go has to build for it."""

    has_stacks: bool = False
    """Whether it runs against real stacks, which tiers of one run share."""

    is_in_all: bool = True
    """Whether ``setup/test`` runs it without being asked for it by name."""


E2E, FAULTS = "tests/e2e", "tests/e2e/faults"
WITHOUT_FAULTS = (E2E, f"--ignore={FAULTS}")
# Tells the tests about their stacks, in words: found (they are up), keep (leave them up for the next tier).
STACKS_VARIABLE = "ODOOOPS_TEST_STACKS"
# Of our caller's variables that begin with ODOO, which are kept from the tests otherwise.
HANDED_ON = ("ODOO_HOME", "ODOOOPS_FAULT_SECONDS")
TIERS = (
    Tier("unit", "without Odoo", 300, ("tests/unit", "tests/cli", "tests/architecture")),
    Tier(
        "config",
        "configuration, alert rules, hooks",
        600,
        ("tests/monitoring", "tests/hooks"),
        modules=WHOLE,
    ),
    Tier("addons", "in Odoo, with a fresh database", 1200),
    Tier("e2e", "against real stacks", 1800, WITHOUT_FAULTS, "not slow", modules=WHOLE, has_stacks=True),
    Tier(
        "slow",
        "against real stacks: what takes long",
        3600,
        WITHOUT_FAULTS,
        "slow",
        modules=WHOLE,
        has_stacks=True,
        is_in_all=False,
    ),
    Tier(
        "faults",
        "faults injected into a real stack",
        3600,
        (FAULTS,),
        modules=WHOLE,
        has_stacks=True,
        is_in_all=False,
    ),
)


def chosen(names: Iterable[str]) -> list[Tier]:
    """The tiers of these names, each once, in their order; "all" stands for those that run unasked."""
    asked = set(names)
    return [tier for tier in TIERS if tier.name in asked or ("all" in asked and tier.is_in_all)]


def module_names(tiers: list[Tier]) -> list[str]:
    """The names of all modules that these tiers need built."""
    return list(dict.fromkeys(module.name for tier in tiers for module in tier.modules))


def run_tier(tier: Tier, tiers: list[Tier], places: Places, arguments: list[str]) -> Outcome:
    """Runs one of ``tiers``, its output going to ours; ``arguments`` are handed on to pytest."""
    file = places.reports / f"{tier.name}.xml"
    file.unlink(missing_ok=True)
    started = time.monotonic()
    if tier.has_stacks:
        code = _run_with_stacks(tier, tiers, places, file, arguments)
    else:
        runner = _run_addons if tier.name == "addons" else _run_pytest
        code = runner(tier, places, file, arguments)
    outcome = report.read(tier.name, file, code, time.monotonic() - started)
    if tier.has_stacks and outcome.failures:
        print(log_tails(places.stack / "log"), flush=True)
    return outcome


def _run_pytest(tier: Tier, places: Places, file: Path, arguments: list[str]) -> int:
    return call(_pytest(tier, places, file, arguments), tier.limit, places, places.account)


def _run_addons(tier: Tier, places: Places, file: Path, arguments: list[str]) -> int:
    return call(module("addons", places, str(file), *arguments), tier.limit, places, places.account)


def _run_with_stacks(tier: Tier, tiers: list[Tier], places: Places, file: Path, arguments: list[str]) -> int:
    """As the caller: as root, setup/up is tested as root, which gives up its rights by itself."""
    told = stacks_told(tier, tiers)
    if "found" not in told:
        # The log is that of this run alone.
        # As the account: what root would delete there could be a link of its making.
        call(["rm", "-rf", "--", places.stack / "log"], 60, places, places.account)
    is_over = "keep" not in told
    try:
        command = _pytest(tier, places, file, arguments)
        return call(command, tier.limit, places, None, {STACKS_VARIABLE: " ".join(told)})
    except BaseException:
        is_over = True
        raise
    finally:
        if is_over:
            _stop_stacks(places)


def stacks_told(tier: Tier, tiers: list[Tier]) -> list[str]:
    """What STACKS_VARIABLE says in one of the tiers of a run: whether others had the stacks before, or will."""
    sharing = [each for each in tiers if each.has_stacks]
    place = sharing.index(tier)
    return [*(["found"] if place else []), *(["keep"] if tier is not sharing[-1] else [])]


def _stop_stacks(places: Places) -> None:
    states = (file.parent for file in places.base.glob("*/state.json"))
    for state in sorted(state for state in states if state != places.work.directory):
        call(["sh", places.checkout / "setup/down", "--state", state], 120, places, None)


def _pytest(tier: Tier, places: Places, file: Path, arguments: list[str]) -> list[str | Path]:
    named = [name for name in arguments if name.startswith("tests/")]
    paths = (
        []
        if named
        else [path for path in tier.paths if path.startswith("-") or (places.checkout / path).is_dir()]
    )
    return [
        places.python,
        "-m",
        "pytest",
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        f"--junitxml={file}",
        # A file or test that is named is run whatever it is marked with.
        *(["-m", tier.marker] if tier.marker and not named else []),
        *arguments,
        *paths,
    ]


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
) -> int:
    """Runs a command in the copied checkout as ``account`` (None: as ourselves) and returns its exit code.

    ``more`` are variables of its environment.

    It is interrupted when it takes longer than ``limit`` seconds, when we are, and when we are killed:
    tests then stop what they started.
    """
    variables = base_environment(os.environ) | _variables(places) | more
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
        process_group=0,
    )
    try:
        return process.wait(limit)
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


def _variables(places: Places) -> dict[str, str]:
    kept = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    own = {
        "ODOOOPS_STATE": str(places.stack),
        "ODOOOPS_CACHE": str(places.cache),
        BASE_VARIABLE: str(places.base),
    }
    ready = (places.cache / "monitoring" / "versions.json").exists()
    return kept | own | (environment(places) if ready else {})


def _interrupt(process: subprocess.Popen) -> int:
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(GRACE_SECONDS) or 1
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait() or 1


def log_tails(directory: Path) -> str:
    """The last lines of each log of a stack."""
    parts = []
    for log in sorted(directory.glob("*.log")):
        lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        parts += [f"--- {log.name} (last lines)", *lines]
    return "\n".join(parts)

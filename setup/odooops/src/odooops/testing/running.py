"""Running tiers: alone, side by side, or one after the other against stacks that they share."""

import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from ..stack.progress import Console
from . import report
from .places import Places
from .preparing import Preparation
from .process import call, module
from .report import Outcome
from .tiers import STACKS_FILE, STACKS_VARIABLE, Tier, lanes, stacks_told

LOG_LINES = 25
NICENESS = 5
# How many times as long as otherwise a tier may take that has begun beside Go's builds, which take precedence.
PATIENCE_BESIDE_BUILDS = 2


class Run:
    """One run of ``tiers``, of which those wait that need what the ``preparation`` still builds.

    ``arguments`` are handed on to pytest.
    """

    def __init__(
        self,
        tiers: list[Tier],
        places: Places,
        arguments: list[str],
        console: Console,
        preparation: Preparation,
    ):
        self._tiers = tiers
        self._places = places
        self._arguments = arguments
        self._console = console
        self._preparation = preparation
        # Lanes that have to stop may be waiting for the builds.
        self._stop = preparation.stop
        self._printing = threading.Lock()

    def outcomes(self) -> list[Outcome]:
        """What came of each tier, in their order."""
        try:
            found = self._outcomes()
        except BaseException:
            # Whichever tier was to have them last.
            if any(tier.has_stacks for tier in self._tiers):
                _stop_stacks(self._places)
            raise
        order = [tier.name for tier in self._tiers]
        return sorted(found, key=lambda outcome: order.index(outcome.tier))

    def _outcomes(self) -> list[Outcome]:
        """Those of the lanes, which run side by side, then those of the tiers that are in none."""
        groups = lanes(self._tiers)
        builds = ["what Go builds"] if groups and self._preparation.is_building else []
        if len([*groups, *builds]) > 1:
            names = " and ".join([*(", ".join(tier.name for tier in lane) for lane in groups), *builds])
            self._console.say(f"\nSide by side: {names}; each is told when it has ended")
            found = self._side_by_side(groups)
        else:
            found = [self._told(tier, None) for lane in groups for tier in lane]
        told = {outcome.tier for outcome in found}
        return found + [self._told(tier, None) for tier in self._tiers if tier.name not in told]

    def _side_by_side(self, groups: list[list[Tier]]) -> list[Outcome]:
        with ThreadPoolExecutor(len(groups)) as pool:
            futures = [pool.submit(self._lane, lane) for lane in groups]
            try:
                return [outcome for future in futures for outcome in future.result()]
            except BaseException:
                self._stop.set()  # the pool waits until the lanes have ended what they started
                raise

    def _lane(self, lane: list[Tier]) -> list[Outcome]:
        found = []
        for tier in lane:
            with tempfile.TemporaryFile() as output:
                if not self._stop.is_set():
                    found.append(self._told(tier, output))
        return found

    def _told(self, tier: Tier, output: IO[bytes] | None) -> Outcome:
        """The outcome of a tier, whose output is shown as it comes, or in one piece when it is collected."""
        if tier.modules and not self._preparation.has_built():
            return Outcome(tier.name, failures=[f"{tier.name}: not run, Go has not built its programs"])
        with self._shown(tier, output):
            file = self._places.reports / f"{tier.name}.xml"
            file.unlink(missing_ok=True)
            started = time.monotonic()
            code = self._run(tier, file, output)
            outcome = report.read(tier.name, file, code, time.monotonic() - started)
            if tier.has_stacks and outcome.failures:
                _say(log_tails(self._places.stack / "log"), output)
        return outcome

    @contextlib.contextmanager
    def _shown(self, tier: Tier, output: IO[bytes] | None) -> Iterator[None]:
        head = f"\n== {tier.name}: {tier.title}"
        if not output:
            self._console.say(head)
            yield
            return
        try:
            yield
        finally:
            output.seek(0)
            with self._printing:
                self._console.say(head)
                sys.stdout.flush()
                sys.stdout.buffer.write(output.read())
                sys.stdout.flush()

    def _run(self, tier: Tier, file: Path, output: IO[bytes] | None) -> int:
        places = self._places
        if tier.has_stacks:
            return self._run_with_stacks(tier, file, output)
        command = (
            module("addons", places, str(file), *self._arguments)
            if tier.has_odoo
            else self._pytest(tier, file)
        )
        limit, is_building = tier.limit, self._preparation.is_building
        if is_building:
            limit *= PATIENCE_BESIDE_BUILDS
        if is_building or any(other.is_beside_others for other in self._tiers):
            # Tests against a stack wait for its programs, to be built and for what they do; these only compute.
            command = ["nice", "-n", str(NICENESS), *command]
        return call(command, limit, places, places.account, output=output, stop=self._stop)

    def _run_with_stacks(self, tier: Tier, file: Path, output: IO[bytes] | None) -> int:
        """As the caller: as root, setup/up is tested as root, which gives up its rights by itself."""
        places, told = self._places, stacks_told(tier, self._tiers)
        if "found" not in told:
            # The log is that of this run alone, and no stack is known to be up.
            # As the account: what root would delete there could be a link of its making.
            gone = [places.stack / "log", places.base / STACKS_FILE]
            call(["rm", "-rf", "--", *gone], 60, places, places.account)
        command = self._pytest(tier, file)
        if tier.is_shared_out and not self._named:
            command = module("stacks", places, str(file), *map(str, command))
        variables = {STACKS_VARIABLE: " ".join(told)}
        code = call(command, tier.limit, places, None, variables, output=output, stop=self._stop)
        if "keep" not in told:
            _stop_stacks(places, output)
        return code

    @property
    def _named(self) -> list[str]:
        return [name for name in self._arguments if name.startswith("tests/")]

    def _pytest(self, tier: Tier, file: Path) -> list[str | Path]:
        named = self._named
        paths = (
            []
            if named
            else [
                path for path in tier.paths if path.startswith("-") or (self._places.checkout / path).is_dir()
            ]
        )
        return [
            self._places.python,
            "-m",
            "pytest",
            "-q",
            "--no-header",
            "-p",
            "no:cacheprovider",
            f"--junitxml={file}",
            # A file or test that is named is run whatever it is marked with.
            *(["-m", tier.marker] if tier.marker and not named else []),
            *self._arguments,
            *paths,
        ]


def _say(text: str, output: IO[bytes] | None) -> None:
    if output:
        output.write(f"{text}\n".encode())
    else:
        print(text, flush=True)


def _stop_stacks(places: Places, output: IO[bytes] | None = None) -> None:
    states = (file.parent for file in places.base.glob("*/state.json"))
    for state in sorted(state for state in states if state != places.work.directory):
        call(["sh", places.checkout / "setup/down", "--state", state], 120, places, None, output=output)


def log_tails(directory: Path) -> str:
    """The last lines of each log of a stack."""
    parts = []
    for log in sorted(directory.glob("*.log")):
        lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        parts += [f"--- {log.name} (last lines)", *lines]
    return "\n".join(parts)

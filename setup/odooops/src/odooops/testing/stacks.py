"""A tier against stacks, shared out: its tests of the core stack run beside those of the whole one.

Those that compare the two come last. Runs as whoever called setup/test:
``python -m odooops.testing.stacks REPORT COMMAND …``, where COMMAND is that of pytest.
"""

import os
import signal
import sys
from pathlib import Path

from ..stack.progress import Console
from . import parts
from .tiers import STACKS_VARIABLE

# Of the option --asking in tests/e2e/conftest.py: what a test asks for.
WAVES = (("core", "whole"), ("both",))


def run_tests(report: Path, command: list[str], console: Console) -> int:
    """Runs the tests in their waves; returns pytest's exit code. The stacks are left up for setup/test to stop."""
    waves = [[_part(name, report, command) for name in wave] for wave in WAVES]
    return parts.run(waves, Path.cwd(), report, console)


def _part(name: str, report: Path, command: list[str]) -> parts.Part:
    own = report.with_suffix(f".{name}.xml")
    told = {"found", "keep"} if name == "both" else {*os.environ.get(STACKS_VARIABLE, "").split(), "keep"}
    told_of_stacks = {STACKS_VARIABLE: " ".join(sorted(told))}
    return parts.Part(
        name, [*command, f"--junitxml={own}", f"--asking={name}"], os.environ | told_of_stacks, own
    )


def main(arguments: list[str]) -> int:
    """Runs the tests; interrupted, it waits until they have stopped what they started."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return run_tests(Path(arguments[0]), arguments[1:], Console())
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

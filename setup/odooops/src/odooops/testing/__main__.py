"""Command line of setup/test."""

import argparse
import os
import signal
import sys

from ..stack.errors import StackError, from_os_error
from ..stack.lock import exclusive
from ..stack.opening import CHECKOUT
from ..stack.progress import Console
from . import checkout, packages, places as places_, preparing, report
from .places import Places
from .running import Run
from .tiers import TIERS, Tier, chosen

EXIT_FAILED, EXIT_INTERRUPTED = 1, 130


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="setup/test",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Runs the tests of this checkout, installing first what they need.",
        epilog="tiers:\n" + "\n".join(f"  {tier.name:<8} {tier.title}" for tier in TIERS) + "\n\n"
        "What follows -- goes to pytest: setup/test unit -- -k otlp -x",
    )
    top.add_argument(
        "tier",
        nargs="*",
        default=["all"],
        help=f"all (the default: {', '.join(tier.name for tier in TIERS if tier.is_in_all)}), or some of the tiers",
    )
    return top


def parse(arguments: list[str]) -> list[Tier]:
    """The tiers that are asked for; a command line that is wrong ends the process with exit code 2."""
    top = parser()
    names = top.parse_args(arguments).tier
    known = ["all", *(tier.name for tier in TIERS)]
    if unknown := [name for name in names if name not in known]:
        top.error(f"there is no tier {unknown[0]!r}: choose from {', '.join(known)}")
    return chosen(names)


def main(arguments: list[str]) -> int:
    """Runs the tiers asked for; exit code 0 when every one of them ran and nothing failed."""
    # SIGINT too: whoever started us in the background may have had it ignored, and so would the tests.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    own, extra = _split(arguments)
    tiers = parse(own)
    try:
        return _run(tiers, extra)
    except StackError as error:
        print(f"setup/test: {error}", file=sys.stderr)
    except OSError as error:
        print(f"setup/test: {from_os_error(error, os.getcwd())}", file=sys.stderr)
    except KeyboardInterrupt:
        print("setup/test: interrupted; what it had started is stopped", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_FAILED


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:cut], arguments[cut + 1 :]


def _run(tiers: list[Tier], arguments: list[str]) -> int:
    console = Console()
    os.umask(0o022)
    places = places_.locate(dict(os.environ))
    places_.claim(places)
    with exclusive(places.base / "lock"):
        _lay_out(places, console)
        with preparing.begun(places, tiers) as preparation:
            preparation.wait(for_builds=all(tier.modules for tier in tiers))
            outcomes = Run(tiers, places, arguments, console, preparation).outcomes()
    console.say()
    console.say(report.summary(outcomes))
    return EXIT_FAILED if any(outcome.failures for outcome in outcomes) else 0


def _lay_out(places: Places, console: Console) -> None:
    with console.step("System packages") as step:
        step.note = packages.ensure(places.system)
    with console.step("Copy of the checkout") as step:
        step.note = f"{checkout.copy(CHECKOUT, places.checkout, places.account)} files"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Command line of the launcher: python3 -m odooops.stack up|down|cli."""

import argparse
import os
import signal
import subprocess
import sys

from ..usage import Parser
from . import cli, ports
from .down import down
from .errors import StackError, from_os_error
from .progress import Console
from .summary import summary
from .up import Options, up

EXIT_ERROR, EXIT_INTERRUPTED = 1, 130


class Terminated(BaseException):
    """SIGTERM or SIGHUP arrived."""


def parser(verb: str = "up") -> argparse.ArgumentParser:
    """The command line; setup/cli hands its arguments on unread. ``verb`` is what an error is told by."""
    top = Parser(prog=f"setup/{verb}", allow_abbrev=False)
    verbs = top.add_subparsers(dest="verb", required=True)
    state = {
        "metavar": "DIR",
        "help": "directory of the stack (default: $ODOOOPS_STATE, else "
        "/var/lib/odooops as root, else ~/.local/state/odooops)",
    }
    up_ = verbs.add_parser(
        "up", prog="setup/up", help="make or update the local stack and start it", allow_abbrev=False
    )
    up_.add_argument(
        "--core", action="store_true", help="without collector, Loki and Tempo: Odoo, its metrics and alerts"
    )
    up_.add_argument("--reset", action="store_true", help="delete this stack's database and metrics first")
    up_.add_argument("--port", metavar="N", help="the user's port (default: 8069, else the next free one)")
    up_.add_argument("--state", **state)
    down_ = verbs.add_parser("down", prog="setup/down", help="stop the local stack", allow_abbrev=False)
    down_.add_argument("--state", **state)
    return top


def main(arguments: list[str]) -> int:
    """Runs one verb; every failure ends in one line on standard error."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    console = Console()
    try:
        return _dispatch(arguments, console)
    except cli.NotSetUp as error:
        return _fail(str(error), cli.NOTHING_UP)
    except StackError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(str(from_os_error(error, os.getcwd())))
    except subprocess.CalledProcessError as error:
        return _fail(f"{error.cmd[0]} failed: {(error.stderr or '').strip() or f'exit {error.returncode}'}")
    except (KeyboardInterrupt, Terminated):
        where = f" during: {console.current}" if console.current else ""
        return _fail(f"interrupted{where}. Nothing is lost: run setup/up again to go on", EXIT_INTERRUPTED)


def _dispatch(arguments: list[str], console: Console) -> int:
    if arguments[:1] == ["cli"]:
        cli.run_cli(arguments[1:])
        return 0
    options = parser(*arguments[:1]).parse_args(arguments)
    if options.verb == "down":
        down(options.state, console)
        return 0
    port = ports.parse_port(options.port) if options.port is not None else None
    state = up(Options(options.state, port, options.core, options.reset), console)
    console.say(summary(state))
    return 0


def _terminate(number: int, frame: object) -> None:
    raise Terminated


def _fail(message: str, code: int = EXIT_ERROR) -> int:
    print(f"setup: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

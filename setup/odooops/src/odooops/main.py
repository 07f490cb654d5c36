"""The odooops command: parses the command line and prints what the commands return."""

import argparse
import os
import sys

from .commands import status
from .stack import state as states
from .stack.errors import StackError, from_os_error


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="odooops", description="Looks after an Odoo platform from the command line."
    )
    commands = top.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "status",
        help="every part of the local stack and whether it works",
        description="Exit code: 0 all parts are healthy, 1 some are not, 3 nothing is up.",
    )
    command.add_argument("--output", choices=("table", "json"), default="table")
    command.add_argument("--state", metavar="DIR", help="directory of the stack (default: $ODOOOPS_STATE)")
    command.set_defaults(run=run_status)
    return top


def run_status(options: argparse.Namespace) -> int:
    """Prints the status; the exit code says how the stack is."""
    directory = states.state_directory(options.state, dict(os.environ), os.geteuid() == 0)
    result = status.status(directory)
    print(status.as_json(result) if options.output == "json" else status.as_table(result))
    return status.exit_code(result)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; every failure ends in one line on standard error."""
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except StackError as error:
        print(f"odooops: {error}", file=sys.stderr)
    except BrokenPipeError:
        # The reader of our output has seen enough; nothing more may be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"odooops: {from_os_error(error, os.getcwd())}", file=sys.stderr)
    return 1

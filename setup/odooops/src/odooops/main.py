"""The odooops command: parses the command line and prints what the commands return."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import completion, endpoints, printer, render, show
from .arguments import parse
from .client import NotAllowed
from .commands import doctor, query, status
from .commands.query import Period
from .endpoints import Endpoints, NothingUp
from .execute import execute
from .http_transport import NotReached
from .nouns import UsageError
from .stack import state as states
from .stack.errors import StackError, from_os_error
from .text import clean_lines

EXIT_ERROR, EXIT_USAGE, EXIT_NOTHING_UP, EXIT_NOT_ALLOWED = 1, 2, 3, 4
# What a shell makes of a process that SIGINT or SIGPIPE ended.
EXIT_INTERRUPTED, EXIT_PIPE = 130, 141
HOUR = 3600.0


def run_status(options: argparse.Namespace) -> int:
    """Prints the status; the exit code says how the stack is."""
    result = status.status(_directory(options))
    table = options.output == "table"
    print(status.as_table(result) if table else show.data(status.as_data(result), options.output))
    return status.exit_code(result)


def run_doctor(options: argparse.Namespace) -> int:
    """Prints each check as it ends; the exit code says how the stack is."""
    stack = _running(options)
    results = doctor.examine(stack, options.timeout)
    return printer.examination(results, options.output)


def run_query_metrics(options: argparse.Namespace) -> int:
    """Prints the series of a PromQL query."""
    stack = _running(options)
    if options.follow:
        found = query.follow_metrics(stack, options.query, options.step, printer.note)
        return printer.stream(found, options.output, render.metric_line)
    period = _period(options) if options.since or options.until or options.step else None
    series = query.metrics(stack, options.query, period, options.step)
    printer.metrics(series, options.output, options.limit)
    return 0


def run_query_alerts(options: argparse.Namespace) -> int:
    """Prints the alerts that fire or are pending."""
    printer.alerts(query.alerts(_running(options)), options.output)
    return 0


def run_query_logs(options: argparse.Namespace) -> int:
    """Prints the lines of a LogQL query."""
    stack = _running(options)
    if options.follow:
        since = options.since or time.time()
        found = query.follow_logs(stack, options.query, since, options.environment, printer.note)
        return printer.stream(found, options.output, render.log_line)
    lines = query.logs(stack, options.query, _period(options), options.limit, options.environment)
    printer.logs(lines, options.output, options.limit)
    return 0


def run_query_traces(options: argparse.Namespace) -> int:
    """Prints the traces of a TraceQL query, or the one trace that was named."""
    stack = _running(options)
    if options.query and query.TRACE_ID.fullmatch(options.query):
        spans = query.trace(stack, options.query, options.environment)
        printer.trace(options.query.lower(), spans, options.output)
        return 0
    if options.follow:
        since = options.since or time.time()
        found = query.follow_traces(stack, options.query, since, options.environment, printer.note)
        return printer.stream(found, options.output, render.trace_line, render.trace_head())
    traces = query.traces(stack, options.query, _period(options), options.limit, options.environment)
    printer.traces(traces, options.output, options.limit)
    return 0


COMMANDS: dict[tuple[str, str | None], Callable[[argparse.Namespace], int]] = {
    ("status", None): run_status,
    ("doctor", None): run_doctor,
    ("query", "metrics"): run_query_metrics,
    ("query", "alerts"): run_query_alerts,
    ("query", "logs"): run_query_logs,
    ("query", "traces"): run_query_traces,
}


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; every failure ends in one line on standard error."""
    completion.complete()
    options = parse(arguments)
    try:
        code = _function(options)(options)
        # Here rather than at exit, where nobody could catch a reader that has gone.
        sys.stdout.flush()
        return code
    except (NothingUp, NotReached) as error:
        return _fail(str(error), EXIT_NOTHING_UP)
    except NotAllowed as error:
        return _fail(str(error), EXIT_NOT_ALLOWED)
    except UsageError as error:
        return _fail(str(error), EXIT_USAGE)
    except StackError as error:
        return _fail(str(error))
    except BrokenPipeError:
        # The reader of our output has seen enough; nothing more may be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PIPE
    except OSError as error:
        return _fail(str(from_os_error(error, os.getcwd())))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _function(options: argparse.Namespace) -> Callable[[argparse.Namespace], int]:
    return execute if "runs" in options else COMMANDS[options.command, getattr(options, "signal", None)]


def _fail(message: str, code: int = EXIT_ERROR) -> int:
    print(f"odooops: {clean_lines(message)}", file=sys.stderr)
    return code


def _directory(options: argparse.Namespace) -> Path:
    return states.state_directory(options.state, dict(os.environ), os.geteuid() == 0)


def _running(options: argparse.Namespace) -> Endpoints:
    directory = _directory(options)
    stack = endpoints.read(directory)
    endpoints.require_running(directory)
    return stack


def _period(options: argparse.Namespace) -> Period:
    until = options.until or time.time()
    return Period(options.since or until - HOUR, until)

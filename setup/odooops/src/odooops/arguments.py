"""The command line of odooops: the commands about the local stack, and the nouns that commands/ registers."""

import argparse
import time

from . import __version__, moments
from .commands import NOUNS
from .nouns import DEFAULTS, Nouns, add_common, add_parser
from .stack.environments import NAME
from .usage import Parser

QUERY_EXAMPLES = {
    "metrics": """\
examples:
  setup/cli query metrics up
  setup/cli query metrics 'sum by (http_route) (rate(http_server_request_duration_seconds_count[5m]))' --since 1h
  setup/cli query metrics 'odooops_telemetry_sent_total' --follow --step 10s""",
    "logs": """\
examples:
  setup/cli query logs                                    everything of the last hour, the newest 100 lines
  setup/cli query logs '{service_name="odoo"} |= "ERROR"' --since 1d
  setup/cli query logs '{service_name=~".+"} | trace_id="4bf92f3577b34da6a3ce929d0e0e4736"'
  setup/cli query logs --follow --output json | jq -r .text""",
    "traces": """\
examples:
  setup/cli query traces                                  the traces of the last hour
  setup/cli query traces '{ status = error }' --since 1d
  setup/cli query traces '{ duration > 1s && resource.service.name = "odoo" }'
  setup/cli query traces 4bf92f3577b34da6a3ce929d0e0e4736 one trace as a tree""",
}
EXIT_CODES = """\
exit codes:
  0    done (also when nothing was found)
  1    it failed; the line on standard error says why and what to do
  2    the command line is wrong; with --check: there are changes
  3    nothing is up, or nobody answers
  4    not allowed: the key is not known or has expired, or its user lacks the role
  130  interrupted with Ctrl-C; 141  the reader of the output went away"""


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The options of a command line; one that is wrong ends the process with exit code 2."""
    top = parser()
    options = top.parse_args(arguments)
    for name, value in DEFAULTS.items():
        vars(options).setdefault(name, value)
    if options.profile and "runs" not in options:
        top.error(f"--profile does not go with {options.command}, which asks the local stack: use --state")
    if getattr(options, "follow", False):
        if getattr(options, "until", None):
            top.error("--until does not go with --follow, which has no end")
        if getattr(options, "signal", None) == "metrics" and options.since:
            top.error("--since does not go with --follow: metrics are followed from now on")
    return options


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = Parser(
        prog="odooops",
        description="Looks after an Odoo platform from the command line.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=EXIT_CODES,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"odooops {__version__}")
    add_common(top)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add(
        commands,
        "status",
        "every part of the local stack and whether it works",
        "Exit code: 0 all parts are healthy, 1 some are not, 3 nothing is up.",
    )
    doctor = _add(
        commands,
        "doctor",
        "check every link of the telemetry chain with a real round trip",
        "Sends a request, a span, a log record and a metric through the stack and looks for them at the other end.\n"
        "Each failure comes with its remedy. It changes nothing and takes up to a minute and a half.\n"
        "Exit code: 0 all is well, 1 there are problems, 3 nothing is up.",
    )
    doctor.add_argument(
        "--timeout",
        type=_seconds,
        # An Alertmanager that was just started hears of an alert again within a minute and a quarter.
        default=80.0,
        metavar="TIME",
        help="how long to wait for what was sent: 25, 25s, 1m30s (default: 80s)",
    )
    query = _add(
        commands,
        "query",
        "ask for metrics, alerts, logs and traces",
        "Asks for metrics, alerts, logs and traces.",
        plain=True,
    )
    kinds = query.add_subparsers(dest="signal", required=True, metavar="SIGNAL")
    _query_metrics(kinds)
    _add(
        kinds,
        "alerts",
        "the alerts that fire or are pending, from Prometheus",
        "The alerts that fire or are pending, the worst first, each with its runbook.\n"
        "Watchdog, which always fires, is left out.",
    )
    _query_logs(kinds)
    _query_traces(kinds)
    nouns = Nouns(commands)
    for module in NOUNS:
        module.register(nouns)
    return top


def _add(
    commands: argparse._SubParsersAction,
    name: str,
    summary: str,
    description: str,
    *,
    plain: bool = False,
    epilog: str | None = None,
) -> argparse.ArgumentParser:
    command = add_parser(commands, name, summary, description, is_command=not plain)
    command.epilog = epilog
    return command


def _query(
    kinds: argparse._SubParsersAction, name: str, summary: str, description: str, limit: int
) -> argparse.ArgumentParser:
    command = _add(kinds, name, summary, description, epilog=QUERY_EXAMPLES[name])
    command.add_argument(
        "--since", type=_point, metavar="TIME", help="10m, 2h, 3d ago, or a date such as 2026-11-25T14:00"
    )
    command.add_argument("--until", type=_point, metavar="TIME", help="the same (default: now)")
    command.add_argument(
        "--limit", type=_count, default=limit, metavar="N", help=f"at most so many (default: {limit})"
    )
    command.add_argument("--follow", action="store_true", help="go on with what comes, until Ctrl-C")
    return command


def _query_metrics(kinds: argparse._SubParsersAction) -> None:
    command = _query(
        kinds,
        "metrics",
        "PromQL, from Prometheus",
        "The series of a PromQL query: as they are now, or over a period when --since or --step is given.",
        200,
    )
    command.add_argument("query", metavar="PROMQL")
    command.add_argument(
        "--step",
        type=_span,
        metavar="TIME",
        help="distance between two values (default: a 60th of the period)",
    )


def _query_logs(kinds: argparse._SubParsersAction) -> None:
    command = _query(
        kinds,
        "logs",
        "LogQL, from Loki",
        "The newest lines of a LogQL query, oldest first; without a query, of the whole environment.",
        100,
    )
    command.add_argument("query", metavar="LOGQL", nargs="?")
    _environment(command)


def _query_traces(kinds: argparse._SubParsersAction) -> None:
    command = _query(
        kinds,
        "traces",
        "TraceQL or one trace by its id, from Tempo",
        "The newest traces of a TraceQL query; without one, of the whole environment; a trace id shows that trace.\n"
        "A search finds a trace about fifteen seconds after its end; by its id it is there after eight.",
        20,
    )
    command.add_argument("query", metavar="TRACEQL|TRACEID", nargs="?")
    _environment(command)


def _environment(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--environment",
        type=_name,
        metavar="NAME",
        help="whose data, by its deployment.environment.name (default: the stack's)",
    )


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r}: use letters, digits, dots, dashes, such as production")
    return text


def _span(text: str) -> float:
    return moments.span(text)


def _seconds(text: str) -> float:
    """As :func:`_span`; a number alone is one of seconds."""
    return _span(f"{text}s" if text.replace(".", "", 1).isdecimal() else text)


def _point(text: str) -> float:
    return moments.point(text, time.time())


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 5000:
        raise argparse.ArgumentTypeError(f"{text!r}: write a number from 1 to 5000")
    return int(text)

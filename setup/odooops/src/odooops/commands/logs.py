"""``odooops logs``: the log lines of one environment, from the local stack's Loki."""

import json
import time
from collections.abc import Iterator
from typing import Any

from ..backends.loki import Line
from ..nouns import Call, Nouns
from ..render import log_line
from ..usage import whole
from . import query
from .event import add_period
from .query import Period

HOUR = 3600.0


def logql(service: str | None = None, level: str | None = None, text: str | None = None) -> str:
    """The LogQL of what was asked for: https://grafana.com/docs/loki/latest/query/log_queries/"""
    selector = f"{{service_name={json.dumps(service)}}}" if service else query.ALL_LINES
    by_level = f" | severity_text=~{json.dumps(f'(?i){level}')}" if level else ""
    by_text = f" |= {json.dumps(text, ensure_ascii=False)}" if text else ""
    return f"{selector}{by_text}{by_level}"


def _run(call: Call) -> Iterator[Line] | list[Any]:
    options = call.options
    asked = logql(options.service, options.level, options.grep)
    if options.follow:
        since = options.since or time.time()
        return query.follow_logs(call.stack, asked, since, options.environment, call.note)
    until = options.until or time.time()
    period = Period(options.since or until - HOUR, until)
    found = query.logs(call.stack, asked, period, options.limit, options.environment)
    if len(found) == options.limit:
        call.note(f"the newest {options.limit} lines; there may be more: --limit, --since, --until")
    return found


def register(nouns: Nouns) -> None:
    """The command line of this command."""
    command = nouns.command(
        "logs",
        "the log lines of one environment",
        _run,
        "The newest log lines of one environment, oldest first, from Loki of the local stack.\n"
        "odooops query logs takes any LogQL.",
        line=log_line,
        empty="no lines: look further back with --since 1d; odooops doctor tells whether logs arrive",
    )
    command.add_argument("environment", metavar="ENV", help="name of the environment")
    add_period(command)
    command.add_argument("--grep", metavar="TEXT", help="lines that contain this text")
    command.add_argument(
        "--service", metavar="NAME", help="lines of this program: odoo, nginx, postgresql, …"
    )
    command.add_argument("--level", metavar="NAME", help="lines of this severity: ERROR, WARNING, …")
    command.add_argument(
        "--limit", type=whole, default=100, metavar="N", help="at most so many (default: 100)"
    )
    command.add_argument("--follow", action="store_true", help="go on with what comes, until Ctrl-C")

"""Prints what the commands return: data to standard output, notes about it to standard error."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from . import render, show
from .backends.loki import Line
from .backends.prometheus import Alert, Series
from .backends.tempo import Span, Summary
from .commands.doctor import Result, exit_code
from .text import clean


def note(text: str) -> None:
    """A line for the person that is no part of the data."""
    print(f"odooops: {clean(text)}", file=sys.stderr, flush=True)


def metrics(found: list[Series], output: str, limit: int) -> None:
    """Series of Prometheus, or of Loki when a query counts lines."""
    _all(found[:limit], output, render.metrics_table)
    if not found:
        note(
            "no series: is the name right? The metrics are listed in docs/telemetry.md; --since looks further back"
        )
    if len(found) > limit:
        note(f"{limit} of {len(found)} series: aggregate with sum by (…), or raise --limit")


def alerts(found: list[Alert], output: str) -> None:
    """Alerts, each with what it says and where its runbook is."""
    _all(found, output, lambda all_: "\n\n".join(map(render.alert, all_)))
    if not found:
        note("no alert fires or is pending; monitoring/alerts has the rules")


def logs(found: list[Line] | list[Series], output: str, limit: int) -> None:
    """Lines of Loki."""
    if found and isinstance(found[0], Series):
        return metrics(found, output, limit)
    _all(found, output, lambda lines: "\n".join(map(render.log_line, lines)))
    if not found:
        note("no lines: look further back with --since 1d; setup/cli doctor tells whether logs arrive")
    if len(found) == limit:
        note(f"the newest {limit} lines; there may be more: --limit, --since, --until")


def traces(found: list[Summary], output: str, limit: int) -> None:
    """Traces that a search found."""
    _all(found, output, render.traces_table)
    if not found:
        note(
            "no traces: only errors, slow requests and a sample of the rest are kept, and a search finds them "
            "about 15 s after their end; look further back with --since 1d"
        )
    if len(found) == limit:
        note(f"the newest {limit} traces; there may be more: --limit, --since, --until")


def trace(trace_id: str, spans: list[Span], output: str) -> None:
    """One trace."""
    _all(spans, output, lambda found: render.tree(trace_id, found))
    if not spans:
        note(
            f"no trace {trace_id}: only requests that are kept have one (errors, slow ones, a sample of the rest), "
            "some 8 s after their end"
        )


def stream(found: Iterable[Any], output: str, line: Callable[[Any], str], head: str = "") -> int:
    """One line for each thing that comes, at once."""
    if head and output == "table":
        print(head, flush=True)
    for thing in found:
        print(line(thing) if output == "table" else show.compact(render.as_data(thing)), flush=True)
    return 0


def _all(found: list, output: str, text: Callable[[list], str]) -> None:
    if output != "table":
        if told := show.data([render.as_data(thing) for thing in found], output):
            print(told)
    elif found:
        print(text(found))


def examination(results: Iterable[Result], output: str) -> int:
    """Each result of the doctor as it comes, or all as JSON at the end; returns the exit code."""
    found = []
    for result in results:
        found.append(result)
        if output == "table":
            print(render.check_line(result), flush=True)
    code = exit_code(found)
    if output != "table":
        print(show.data([render.as_data(result) for result in found], output))
    else:
        print(render.check_summary(found), flush=True)
    return code

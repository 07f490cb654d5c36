"""``odooops query``: metrics from Prometheus, logs from Loki, traces from Tempo."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..backends import loki, prometheus, tempo
from ..backends.loki import Line
from ..backends.prometheus import Alert, Series
from ..backends.tempo import Span, Summary
from ..endpoints import Endpoints
from ..follow import Source, follow
from ..stack.errors import StackError
from ..text import one_line

TRACE_ID = re.compile(r"[0-9a-fA-F]{32}")
# Functions that make numbers of spans: https://grafana.com/docs/tempo/latest/metrics-from-traces/metrics-queries/functions/
TRACEQL_METRICS = re.compile(
    r"\|\s*(rate|compare|histogram_over_time|quantile_over_time|(?:count|min|max|avg|sum)_over_time)\s*\("
)
# With comments
QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`|//[^\n]*|/\*[\s\S]*?\*/')
ALL_LINES = '{service_name=~".+"}'
ALL_TRACES = "{}"
HINTED = re.compile(r"\bwith\s*\(")
# Else Tempo gives the first traces that it meets: https://grafana.com/docs/tempo/latest/traceql/construct-traceql-queries/
NEWEST = "with (most_recent=true)"
NANO = 1_000_000_000
# Prometheus refuses more points than 11,000 a series; a person wants fewer.
POINTS = 60
LOG_OVERLAP, LOG_INTERVAL = 30.0, 1.0
# A trace is found by the time of its start, and it may have taken minutes until its end.
TRACE_OVERLAP, TRACE_INTERVAL = 300.0, 5.0
METRIC_INTERVAL = 5.0


@dataclass(frozen=True)
class Period:
    """From ``since`` to ``until``, seconds since the epoch."""

    since: float
    until: float

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise StackError("--since must be before --until")

    def step(self) -> float:
        """A distance between points that makes a readable number of them, in whole seconds."""
        return max(1.0, round((self.until - self.since) / POINTS))


def metrics(stack: Endpoints, promql: str, period: Period | None, step: float | None = None) -> list[Series]:
    """The series of a PromQL query: over a period, or as they are now when there is none. Raises StackError."""
    server = stack.server("prometheus")
    if not period:
        return prometheus.instant(server, promql, time.time())
    return prometheus.over(server, promql, period.since, period.until, step or period.step())


def alerts(stack: Endpoints) -> list[Alert]:
    """The alerts that fire or are pending but Watchdog, the worst first. Raises StackError."""
    return prometheus.alerts(stack.server("prometheus"))


def logs(
    stack: Endpoints, logql: str | None, period: Period, limit: int, environment: str | None = None
) -> list[Line] | list[Series]:
    """The newest lines of a LogQL query, or the series of one that counts lines. Raises StackError."""
    server = stack.server("loki", environment)
    since, until = (int(at * NANO) for at in (period.since, period.until))
    return loki.newest(server, logql or ALL_LINES, since, until, limit)


def traces(
    stack: Endpoints, traceql: str | None, period: Period, limit: int, environment: str | None = None
) -> list[Summary]:
    """The newest traces that match a TraceQL query. Raises StackError."""
    server = stack.server("tempo", environment)
    found = tempo.search(server, _newest(_search(traceql)), period.since, period.until, limit)
    return [tempo.with_root(server, each) for each in found]


def _search(traceql: str | None) -> str:
    """The query, or that for everything; what is no search is refused."""
    if not traceql:
        return ALL_TRACES
    unquoted = QUOTED.sub("", traceql)
    if function := TRACEQL_METRICS.search(unquoted):
        raise StackError(
            f"TraceQL metrics are not supported ({function[1]}): Tempo finds traces here; "
            "ask Prometheus for rates and durations, with query metrics"
        )
    if "{" not in unquoted:
        raise StackError(
            f"{one_line(traceql, 100)!r} is neither a trace id, which has 32 hexadecimal digits, nor TraceQL, "
            "which stands in braces, such as '{ status = error }'"
        )
    return traceql


def _newest(traceql: str) -> str:
    """The query that asks for the newest traces, unless it says itself how it is to be answered."""
    return traceql if HINTED.search(QUOTED.sub("", traceql)) else f"{traceql}\n{NEWEST}"


def trace(stack: Endpoints, trace_id: str, environment: str | None = None) -> list[Span]:
    """The spans of one trace, [] when there is none of that id. Raises StackError."""
    return tempo.trace(stack.server("tempo", environment), trace_id.lower())


def follow_metrics(
    stack: Endpoints, promql: str, step: float | None, on_trouble: Callable[[str], None]
) -> Iterator[Series]:
    """Each series with its value of now, again every ``step`` seconds, for ever. Raises StackError."""
    server = stack.server("prometheus")
    source = Source(
        ask=lambda _since: prometheus.instant(server, promql, time.time()),
        time=lambda series: series.samples[-1][0],
        key=lambda series: (tuple(series.labels.items()), tuple(series.samples)),
        overlap=0,
        interval=step or METRIC_INTERVAL,
    )
    return follow(source, time.time(), on_trouble)


def follow_logs(
    stack: Endpoints,
    logql: str | None,
    since: float,
    environment: str | None,
    on_trouble: Callable[[str], None],
) -> Iterator[Line]:
    """Each line from ``since`` on as it comes, for ever. Raises StackError."""
    server = stack.server("loki", environment)
    source = Source(
        # A little into the future: the clock of whoever wrote a line may be ahead.
        ask=lambda at: loki.all_since(
            server, logql or ALL_LINES, int(at * NANO), int((time.time() + LOG_OVERLAP) * NANO)
        ),
        time=lambda line: line.time_ns / NANO,
        key=lambda line: line.key,
        overlap=LOG_OVERLAP,
        interval=LOG_INTERVAL,
    )
    return follow(source, since, on_trouble)


def follow_traces(
    stack: Endpoints,
    traceql: str | None,
    since: float,
    environment: str | None,
    on_trouble: Callable[[str], None],
) -> Iterator[Summary]:
    """Each trace that began after ``since`` as Tempo finds it, for ever. Raises StackError."""
    server, query = stack.server("tempo", environment), _search(traceql)
    source = Source(
        ask=lambda at: tempo.search_all(server, query, at, time.time()),
        # Its end: a question finds every trace that lasted into its period, however long ago it began.
        time=lambda found: (found.start_ns + found.duration_ns) / NANO,
        key=lambda found: found.trace_id,
        overlap=TRACE_OVERLAP,
        interval=TRACE_INTERVAL,
    )
    return (tempo.with_root(server, found) for found in follow(source, since, on_trouble))

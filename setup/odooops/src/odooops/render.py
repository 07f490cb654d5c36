"""What a query found, as text for people and as JSON for programs."""

import re
from dataclasses import asdict
from typing import Any

from . import findings, show
from .backends.loki import Line
from .backends.prometheus import Alert, Series
from .backends.tempo import Event, Span, Summary
from .doctor.examination import Result
from .text import clean, duration, labels, moment, one_line, table

# Fractions are shown with six digits that count, whole numbers with all of theirs.
SHORTENED = re.compile(r"-?\d+\.\d{5,}(e[+-]?\d+)?")
BARS = "▁▂▃▄▅▆▇█"
NANO = 1_000_000_000
TREE_BAR = 20
# A description has a sentence or two.
MAX_TEXT = 1000


def as_data(found: Any) -> dict[str, Any]:
    """One thing that was found as JSON has it: the fields of its class."""
    return asdict(found)


def metrics_table(found: list[Series]) -> str:
    """A line a series: its value, or what became of it over the period."""
    if all(len(series.samples) <= 1 for series in found):
        rows = [("VALUE", "SERIES"), *((_last(series), name(series)) for series in found)]
        return table(rows)
    rows = [("LAST", "MIN", "MAX", "POINTS", "COURSE", "SERIES")]
    for series in found:
        numbers = _numbers(series)
        low, high = (f"{min(numbers):.6g}", f"{max(numbers):.6g}") if numbers else ("-", "-")
        rows.append((_last(series), low, high, str(len(series.samples)), spark(numbers), name(series)))
    return table(rows)


def metric_line(series: Series) -> str:
    """One value of a series that is followed."""
    at, value = series.samples[-1]
    return clean(f"{moment(int(at * NANO))}  {value}  {name(series)}")


def name(series: Series) -> str:
    """The series as PromQL writes it."""
    rest = {label: value for label, value in series.labels.items() if label != "__name__"}
    inner = f"{{{labels(rest)}}}" if rest or "__name__" not in series.labels else ""
    return f"{series.labels.get('__name__', '')}{inner}"


def spark(numbers: list[float], width: int = 30) -> str:
    """Numbers as a row of bars, the lowest one being the smallest; at most ``width`` of them."""
    if not numbers:
        return ""
    shown = (
        [numbers[len(numbers) * place // width] for place in range(width)]
        if len(numbers) > width
        else numbers
    )
    low, height = min(shown), max(shown) - min(shown)
    return "".join(BARS[int((number - low) / height * (len(BARS) - 1)) if height else 0] for number in shown)


def _numbers(series: Series) -> list[float]:
    finite = ("NaN", "+Inf", "-Inf")
    return [
        float(value)
        for _at, value in series.samples
        if value not in finite and not value.startswith("count ")
    ]


def _last(series: Series) -> str:
    value = series.samples[-1][1] if series.samples else "-"
    return f"{float(value):.6g}" if SHORTENED.fullmatch(value) else value


def alert(found: Alert) -> str:
    """One alert: how bad, what, since when; below it what it says, and its runbook."""
    head = (
        f"{found.state.upper():<7}  {found.severity or '-':<8}  {found.name}  since {show.local(found.since)}"
    )
    told = [found.summary, found.description, labels(found.labels), found.runbook]
    return "\n    ".join([clean(head), *(one_line(text, MAX_TEXT) for text in told if text)])


def log_line(line: Line) -> str:
    """One log line: when, who, how bad, what; further lines of its text and a traceback are set in."""
    severity = line.labels.get("severity_text") or line.labels.get("detected_level", "")
    head = f"{moment(line.time_ns)}  {line.labels.get('service_name', '-'):<12}  {severity.upper():<8}"
    first, *more = line.text.splitlines() or [""]
    more += line.labels.get("exception_stacktrace", "").splitlines()
    trace_id = line.labels.get("trace_id", "")
    told = f"{head}  {first}{f'  trace_id={trace_id}' if trace_id else ''}"
    # Set in, what was logged cannot pass for a line of its own.
    return "\n    ".join(map(clean, [told, *more]))


def traces_table(found: list[Summary]) -> str:
    """A line a trace."""
    return "\n".join([trace_head(), *map(trace_line, found)])


def trace_head() -> str:
    """The head of a list of traces."""
    return f"{'START':<29}  {'TRACE':<32}  {'DURATION':>9}  {'SPANS':>5}  {'ERRORS':>6}  ROOT"


def trace_line(found: Summary) -> str:
    """One trace of a list."""
    took = duration(found.duration_ns / NANO)
    root = ": ".join(filter(None, (found.service, found.name)))
    return clean(
        f"{moment(found.start_ns)}  {found.trace_id}  {took:>9}  {found.spans:>5}  {found.errors:>6}  {root}"
    )


def tree(trace_id: str, spans: list[Span]) -> str:
    """A trace as a tree: each span with when it began, how long it took, and its share of the whole."""
    start = min(span.start_ns for span in spans)
    end = max(span.end_ns for span in spans)
    rows = [("SPAN", "SERVICE", "START", "DURATION", "")]
    walked = _walk(spans)
    for prefix, span in walked:
        rows.append(
            (
                f"{prefix}{span.name}{_together(span)}{'  ✗ error' if span.is_error else ''}",
                span.service,
                f"+{duration((span.start_ns - start) / NANO)}",
                duration((span.end_ns - span.start_ns) / NANO),
                _bar(span, start, end),
            )
        )
    head = f"trace {trace_id}  {moment(start)}  {duration((end - start) / NANO)}  {len(spans)} spans"
    title, *lines = table(rows).splitlines()
    body = [
        told
        for line, (prefix, span) in zip(lines, walked, strict=True)
        for told in (
            line,
            *(_event_line(prefix, span, event) for event in span.events if event.name != findings.REPEATED),
        )
    ]
    return "\n".join([head, "", title, *body, *_findings(spans)])


def _together(span: Span) -> str:
    """Of a span that stands for several calls, from the first to the last: how many they are, and their own time."""
    count, seconds = (span.attributes.get(f"odoo.orm.{what}") for what in ("count", "time"))
    if not count or seconds is None:
        return ""
    return f"  ({count} call{'s' if count != 1 else ''}, {duration(seconds)})"


def _findings(spans: list[Span]) -> list[str]:
    found = findings.lines(spans)
    return ["", "what stands out", *(f"  {line}" for line in found)] if found else []


def _event_line(prefix: str, span: Span, event: Event) -> str:
    """What happened within a span, below it; an exception by its type and, where it was sent, its message."""
    below = prefix.replace("├─ ", "│  ").replace("└─ ", "   ")
    if event.name == findings.LOCK_WAIT:
        return f"{below}   ! {one_line(findings.wait(event))}"
    told = {key: str(value) for key, value in event.attributes.items() if key != "exception.stacktrace"}
    kind, message = told.pop("exception.type", ""), told.pop("exception.message", "")
    after = duration((event.time_ns - span.start_ns) / NANO)
    parts = [event.name, ": ".join(filter(None, (kind, message))), labels(told), f"after {after}"]
    return f"{below}   ! {one_line('  '.join(filter(None, parts)))}"


def _walk(spans: list[Span]) -> list[tuple[str, Span]]:
    """The spans depth first with the lines of the tree before them. One whose parent is missing is a root."""
    ids = {span.span_id for span in spans}
    children: dict[str, list[Span]] = {}
    for span in spans:
        children.setdefault(span.parent_id if span.parent_id in ids else "", []).append(span)
    found: list[tuple[str, Span]] = []
    waiting = [("", "", span) for span in reversed(children.pop("", []))]
    while waiting:
        first, rest, span = waiting.pop()
        found.append((first, span))
        below = children.pop(span.span_id, [])
        for number, child in enumerate(reversed(below)):
            is_last = number == 0
            waiting.append(
                (f"{rest}{'└─ ' if is_last else '├─ '}", f"{rest}{'   ' if is_last else '│  '}", child)
            )
    # Spans that name each other as parents hang on no root.
    return found + [("", span) for span in spans if span.parent_id in children]


def _bar(span: Span, start: int, end: int) -> str:
    whole = max(end - start, 1)
    before = (span.start_ns - start) * TREE_BAR // whole
    length = max(1, (span.end_ns - span.start_ns) * TREE_BAR // whole)
    return (" " * min(before, TREE_BAR - 1) + "█" * length)[:TREE_BAR]


MARKS = {"ok": "ok     ", "warning": "WARNING", "problem": "PROBLEM", "skipped": "-      "}


def check_line(result: Result) -> str:
    """One finding of the doctor, with its remedy below it."""
    line = clean(f"{MARKS[result.status]}  {result.check:<32}  {result.detail}")
    return f"{line}\n{'':9}remedy: {clean(result.remedy)}" if result.remedy else line


def check_summary(found: list[Result]) -> str:
    """How many of each kind."""
    counts = {status: sum(result.status == status for result in found) for status in MARKS}
    if not counts["problem"]:
        if not counts["warning"]:
            return f"\nall is well: {counts['ok']} checks passed"
        return f"\nno problem now, but {counts['warning']} warnings to look at; {counts['ok']} checks passed"
    return f"\n{counts['problem']} problems, {counts['warning']} warnings, {counts['ok']} checks passed"

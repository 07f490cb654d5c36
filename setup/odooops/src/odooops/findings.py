"""What stands out in a trace of Odoo, in words: statements in loops, locks, slow statements, cold caches.

The names are those of docs/telemetry.md; what they mean for a developer is in docs/diagnosis.md.
"""

from collections.abc import Iterator
from typing import Any

from .backends.tempo import Event, Span
from .text import duration, one_line

NANO = 1_000_000_000
REPEATED, LOCK_WAIT = "odoo.sql.repeated", "odoo.sql.lock_wait"
# What takes less of its request is not worth a line.
MIN_SHARE = 0.05
# A few misses are nothing: somebody is always the first to ask.
MIN_MISSES = 10


def lines(spans: list[Span]) -> list[str]:
    """A line for each finding, the dearest kind first; nothing for a trace that is well."""
    found = [(kind, text) for span in spans for kind, text in _of(span)]
    order = ["waits", "repeats", "slow", "runs", "misses", "tables", "modules"]
    found.sort(key=lambda each: order.index(each[0]))
    return [f"{kind:<8}{one_line(text)}" for kind, text in found]


def wait(event: Event) -> str:
    """What a statement waited for."""
    seconds = event.attributes.get("odoo.sql.lock_wait.time") or 0
    return f"waited {duration(seconds)} for a lock of {_sessions(event)}"


def _of(span: Span) -> Iterator[tuple[str, str]]:
    told = span.attributes
    for event in span.events:
        if event.name == LOCK_WAIT:
            yield "waits", f"{span.name} {wait(event)}{_code(told)}"
        elif event.name == REPEATED:
            yield "repeats", _repeated(span, event.attributes)
    if told.get("odoo.sql.slow"):
        query = told.get("odooops.postgresql.query.id")
        known = f", query id {query}" if query else ""
        yield "slow", f"{span.name} {duration(_seconds(span))}{_code(told)}{known}"
    if (attempts := told.get("odoo.request.attempts") or 1) > 1:
        yield "runs", f"{span.name} {attempts} times: another transaction was in the way, or it had to write"
    if (misses := told.get("odoo.cache.miss.count") or 0) >= MIN_MISSES:
        yield "misses", f"{span.name} {misses} values that were not cached: {_missed(told)}"
    for kind in ("table", "module"):
        if shares := _shares(span, kind):
            yield f"{kind}s", f"{span.name} {shares}"


def _repeated(span: Span, told: dict[str, Any]) -> str:
    seconds = told.get("odoo.sql.time") or 0
    share = f" ({_percent(seconds, span)})" if _seconds(span) else ""
    times = f"{told.get('odoo.sql.count')} times, {duration(seconds)}{share}"
    remembered = " (seen in an earlier one)" if told.get("odoo.sql.repeated.remembered") else ""
    return f"{told.get('db.query.summary')} {times}{_code(told)}{remembered}"


def _missed(told: dict[str, Any]) -> str:
    """The methods that had to compute most."""
    names, counts = (told.get(f"odoo.cache.miss.{key}") or () for key in ("methods", "counts"))
    return ", ".join(f"{name} {count}" for name, count in zip(names, counts, strict=False))


def _shares(span: Span, kind: str) -> str:
    """The tables or modules that took most of a span's time."""
    names, times = (span.attributes.get(f"odoo.sql.{kind}.{key}") or () for key in ("names", "times"))
    told = [
        f"{name} {duration(seconds)} ({_percent(seconds, span)})"
        for name, seconds in zip(names, times, strict=False)
        if seconds >= MIN_SHARE * _seconds(span)
    ]
    return ", ".join(told)


def _code(told: dict[str, Any]) -> str:
    """The line of an addon's code, if somebody saw it."""
    if not (path := told.get("code.file.path")):
        return ""
    function = told.get("code.function.name")
    return f", {path}:{told.get('code.line.number')}{f' in {function}' if function else ''}"


def _sessions(event: Event) -> str:
    sessions = event.attributes.get("odooops.postgresql.blocking.sessions") or ["a session that was gone"]
    return "; ".join(map(str, sessions))


def _percent(seconds: float, span: Span) -> str:
    return f"{seconds / _seconds(span):.0%}"


def _seconds(span: Span) -> float:
    return (span.end_ns - span.start_ns) / NANO

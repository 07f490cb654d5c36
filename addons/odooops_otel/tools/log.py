"""From a log entry to a JSON line, or to an OTLP ``LogRecord``.

The fields of a line are those of OpenTelemetry's log data model
(https://opentelemetry.io/docs/specs/otel/logs/data-model/) in snake case, with the attributes beside them. A line
is ASCII: what the encoding of Odoo's standard error is does not matter, and nothing in a message can end it.
"""

from __future__ import annotations

import datetime
import functools
import json
import re
import urllib.parse
from typing import NamedTuple

from . import otlp, statement, url
from .redact import DEFAULT, REDACTED, Policy

# Characters of a message or a traceback that are kept: its beginning, and as much of its end.
MAX_TEXT = 32_768
# logging's levels to https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
_SEVERITIES = ((50, 21), (40, 17), (30, 13), (20, 9), (10, 5))
_TRACE = 1
# The target of a request in werkzeug's access line: "GET /web/login?token=… HTTP/1.1", perhaps coloured.
_TARGET = re.compile(r'(?P<before>"(?:\x1b\[\d+m)*[A-Z]+ )(?P<path>[^ ?]*)(?P<query>\?[^ ]*)?')
# What Odoo's PerfFilter adds to an access line: statements, seconds in them, seconds beside them, cursor mode.
_PERFORMANCE = re.compile(r"(\d+) (\d+\.\d+) (-?\d+\.\d+)(?: (ro|rw|ro->rw))?")
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), default=str).encode


class Entry(NamedTuple):
    """One entry of Odoo's log. Ids are bytes, empty outside of a record; ``time`` is in ns since the epoch."""

    time: int
    severity_text: str
    severity_number: int
    logger: str
    body: str
    attributes: dict[str, otlp.Value]
    trace_id: bytes = b""
    span_id: bytes = b""


def severity_number(level: int) -> int:
    """OpenTelemetry's number of a level of the ``logging`` module."""
    return next((number for floor, number in _SEVERITIES if level >= floor), _TRACE)


def json_line(entry: Entry, policy: Policy = DEFAULT) -> str:
    """The entry as one line, its texts redacted."""
    fields = {
        # RFC 3339; not by way of a float, which has no room for the microseconds of today
        "timestamp": f"{_second(entry.time // 1_000_000_000)}.{entry.time // 1000 % 1_000_000:06d}Z",
        "severity_text": entry.severity_text,
        "severity_number": entry.severity_number,
        "logger": entry.logger,
        "body": policy.text(entry.body),
        **policy.values(entry.attributes),
    }
    if entry.trace_id:
        fields["trace_id"], fields["span_id"] = entry.trace_id.hex(), entry.span_id.hex()
    return _encode(fields)


@functools.lru_cache(maxsize=8)  # many lines are of the same second
def _second(time: int) -> str:
    return f"{datetime.datetime.fromtimestamp(time, datetime.UTC):%Y-%m-%dT%H:%M:%S}"


def otlp_record(entry: Entry, observed: int, policy: Policy = DEFAULT) -> bytes:
    """The entry as the body of a ``LogRecord``, its texts redacted; the logger's name is that of the scope.

    :param observed: when it is encoded, in ns since the epoch
    """
    return otlp.log_record(
        time=entry.time,
        observed=observed,
        severity=entry.severity_number,
        severity_text=entry.severity_text,
        body=policy.text(entry.body),
        attributes_body=otlp.attributes(6, policy.values(entry.attributes)),
        trace_id=entry.trace_id,
        span_id=entry.span_id,
    )


def shorten(text: str) -> str:
    """A text that is not too long."""
    if len(text) <= MAX_TEXT:
        return text
    half = MAX_TEXT // 2
    return f"{text[:half]}… [{len(text) - 2 * half} characters left out] …{text[-half:]}"


def message(template: object, args: object, logger: str) -> str:
    """The message of an entry. One whose arguments do not fit is shown without them.

    :param args: as ``logging`` keeps them: a tuple, a mapping, or nothing
    """
    text = template if isinstance(template, str) else str(template)
    if not args:
        return text
    if logger == "odoo.sql_db" and isinstance(args, tuple):
        args = tuple(map(_without_literals, args))
    try:
        return text % args
    except Exception as error:
        return f"{text} [its arguments do not fit: {type(error).__name__}]"


def _without_literals(argument: object) -> object:
    """Of the statements that Odoo logs ("bad query: %s", "query: %s") the values are left out."""
    if isinstance(argument, bytes):
        argument = argument.decode("utf-8", "replace")
    return statement.normalize(argument) if isinstance(argument, str) else argument


def access_line(text: str, route: str | None) -> str:
    """An access line of werkzeug without the query, and without the secrets that its route has in the path."""

    def replace(match: re.Match) -> str:
        path = urllib.parse.unquote(match["path"], errors="replace")
        shown = url.path_without_secrets(path, route)
        query = f"?{REDACTED}" if match["query"] else ""
        return match["before"] + (match["path"] if shown == path else shown or "") + query

    return _TARGET.sub(replace, text, count=1)


def performance(perf_info: str) -> dict[str, otlp.Value]:
    """What Odoo adds to an access line, as attributes; times in s. Nothing when it is not as expected."""
    match = _PERFORMANCE.fullmatch(perf_info)
    if not match:
        return {}
    found = {
        "odoo.sql.count": int(match[1]),
        "odoo.sql.time": float(match[2]),
        "odoo.python.time": float(match[3]),
    }
    return found | {"odoo.cursor.mode": match[4]} if match[4] else found

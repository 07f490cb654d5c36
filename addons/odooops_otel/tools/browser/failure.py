"""A JavaScript error as it may be told: its message redacted, of its stack the places in code and nothing else.

A stack begins with the message, and its addresses have the server's name and queries. So no line of it is passed on:
each is read as a frame, in the forms of V8 (https://v8.dev/docs/stack-trace-api) and of Firefox and Safari, and written
anew from its function, file, line and column.
"""

from __future__ import annotations

import re
import urllib.parse

from ..redact import DEFAULT, Policy

MAX_SHOWN = 500
MAX_FRAMES = 30
MAX_LINE = 400
OTHER = "_OTHER"
# The classes of ECMAScript, of the DOM and of Owl; a program may have any number of its own.
TYPES = frozenset(
    """
    AbortError AggregateError DOMException Error EvalError NetworkError NotFoundError OwlError RangeError ReferenceError
    SyntaxError TypeError URIError
    """.split()
)
_PLACE = re.compile(r"(?P<url>.+):(?P<line>\d{1,7}):(?P<column>\d{1,7})", re.ASCII)
_V8 = re.compile(r"at (?:(?P<name>[^()]+) \()?(?P<place>[^()]+?)\)?", re.ASCII)
_NAME = re.compile(r"[\w$.<># \[\]]{1,100}", re.ASCII)
# /web/assets/<hash>/<name of the bundle>: the hash changes with each upgrade
_BUNDLE = re.compile(r"/web/assets/(?:[\w.%-]{1,100}/){1,4}(?P<name>[\w.-]{1,100}\.js)", re.ASCII)
_SOURCE = re.compile(r"/[a-z0-9_]{1,60}/static/(?:[\w-]{1,60}/){1,8}[\w.-]{1,80}\.js", re.ASCII)


def type_of(name: str) -> str:
    """``error.type`` of a metric: the class, if it is a known one."""
    return name if name in TYPES else OTHER


def message_of(text: str, policy: Policy = DEFAULT) -> str:
    """A message on one line, redacted and cut."""
    # Redacted before it is cut: half of a secret is not recognised.
    return policy.text(" ".join("".join(map(_printable, text)).split()))[:MAX_SHOWN]


def _printable(sign: str) -> str:
    return sign if sign.isprintable() else " "


def stack_of(text: str) -> str:
    """The frames of a stack, one a line, those that called last first; empty when it has none."""
    frames = (_frame(line.strip()) for line in text.splitlines() if len(line) <= MAX_LINE)
    return "\n".join([frame for frame in frames if frame][:MAX_FRAMES])


def _frame(line: str) -> str:
    if line.startswith("at "):
        match = _V8.fullmatch(line)
        name, place = (match["name"] or "", match["place"]) if match else ("", "")
    else:
        name, _sign, place = line.rpartition("@")
    found = _PLACE.fullmatch(place)
    if not found:
        return ""
    shown = name if _NAME.fullmatch(name) else "anonymous"
    return f"at {shown} ({asset_of(found['url'])}:{found['line']}:{found['column']})"


def asset_of(url: str) -> str:
    """A script's name: of its bundle, or its path in an addon; ``other`` for what is none of Odoo's."""
    try:
        path = urllib.parse.urlsplit(url).path
    except ValueError:
        return "other"
    if match := _BUNDLE.fullmatch(path):
        return match["name"]
    return path if _SOURCE.fullmatch(path) else "other"

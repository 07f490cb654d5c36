"""A browser's report: its form, and how it is read.

It is JSON that the page in ``static/src/browser/watch`` sends, and whoever is logged in may send something else: what
is not exactly of this form is refused as a whole. Times are in ms of the browser's own clock, which began with the page
(https://www.w3.org/TR/hr-time-3/#dfn-time-origin); what counts is how long before ``now``, the moment of sending, a
thing was, so that a browser whose clock is wrong does no harm::

    {"version": 1, "now": 5120, "page": {"id": "…32 hexadecimal digits…", "path": "/odoo/contacts", "trace": "00-…"},
     "load": {"type": "navigate", "response_start": 80, "response_end": 95, "dom_interactive": 700, "duration": 1900,
              "shown": {"action": "contacts.action_contacts", "view": "kanban"}},
     "rpcs": [{"path": "/web/dataset/call_kw/res.partner/web_search_read", "at": 900, "duration": 61, "trace": "00-…",
               "shown": {"action": "contacts.action_contacts", "view": "kanban"}}],
     "errors": [{"type": "TypeError", "message": "…", "stack": "…", "at": 4000}],
     "vitals": [{"name": "lcp", "value": 1250}]}
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ..trace_context import Parent, parse as parse_trace
from .checks import ReportError, items, like, members, number, one_of, text

MAX_BODY = 64 * 1024
MAX_RPCS, MAX_ERRORS, MAX_VITALS = 100, 10, 5
MAX_PATH, MAX_MESSAGE, MAX_STACK = 500, 1000, 5000
# ms. A tab may be open for a month; what is told has happened within the last hour, and took no longer.
MONTH, HOUR = 31 * 86_400_000, 3_600_000
# A shift of the layout is a share of the window, and there may be some in a row; the other vitals are in ms.
MAX_SHIFT = 1000

NAVIGATION_TYPES = frozenset({"navigate", "reload", "back_forward", "prerender"})
RPC_ERRORS = frozenset({"server", "connection_lost", "aborted"})
VITALS = frozenset({"cls", "fcp", "inp", "lcp", "ttfb"})
_TRACE_ID = re.compile(r"(?!0{16})[0-9a-f]{32}")
_ERROR_TYPE = re.compile(r"[A-Za-z_$][\w$.]{0,99}", re.ASCII)
_ACTION = re.compile(r"[a-z0-9_]{1,100}\.[\w.-]{1,100}", re.ASCII)
_VIEW = re.compile(r"[a-z_]{1,30}")
_PATH = re.compile(rf"/[!->@-~]{{0,{MAX_PATH - 1}}}")  # no query


class Page(NamedTuple):
    """One load of the web client; ``trace`` is the server's span that answered it, when it was kept."""

    id: str
    path: str
    trace: Parent | None


class Shown(NamedTuple):
    """What the page showed: an action by its XML id, and the type of its view."""

    action: str | None = None
    view: str | None = None


NOTHING = Shown()


class Load(NamedTuple):
    """How the page was loaded; all in s since its beginning.

    https://www.w3.org/TR/navigation-timing-2/#sec-PerformanceNavigationTiming
    """

    type: str
    response_start: float
    response_end: float
    dom_interactive: float
    duration: float
    shown: Shown = NOTHING


class Rpc(NamedTuple):
    """A call of the server; began ``ago`` s before the report was sent, took ``duration`` s."""

    path: str
    ago: float
    duration: float
    error: str | None
    trace: Parent | None
    shown: Shown = NOTHING


class Failure(NamedTuple):
    """An error that nobody handled, ``ago`` s before the report was sent, as the browser tells it."""

    type: str
    message: str
    stack: str
    ago: float


class Vital(NamedTuple):
    """A Web Vital (https://web.dev/articles/vitals): in s, but for ``cls``, which is a score."""

    name: str
    value: float


class Report(NamedTuple):
    """What a page has to tell; it began ``ago`` s before the report was sent."""

    page: Page
    ago: float
    load: Load | None
    rpcs: list[Rpc]
    errors: list[Failure]
    vitals: list[Vital]


def parse(body: bytes) -> Report:
    """The report that ``body`` is; raises ReportError."""
    if len(body) > MAX_BODY:
        raise ReportError(f"the report: expected at most {MAX_BODY} bytes")
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ReportError("the report: expected JSON in UTF-8") from None
    lists = ("rpcs", "errors", "vitals")
    data = members(data, "the report", ("version", "now", "page"), ("load", *lists))
    if data["version"] != 1 or isinstance(data["version"], bool):
        raise ReportError("version: expected 1")
    now = number(data["now"], "now", MONTH)
    return Report(
        _page(data["page"]),
        now / 1000,
        _load(data["load"], now) if "load" in data else None,
        _each(data, "rpcs", MAX_RPCS, lambda value, where: _rpc(value, where, now)),
        _each(data, "errors", MAX_ERRORS, lambda value, where: _failure(value, where, now)),
        _each(data, "vitals", MAX_VITALS, _vital),
    )


def _refuse(_constant: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")


def _each(data: dict, name: str, limit: int, read: Callable[[Any, str], Any]) -> list:
    found = items(data.get(name, []), name, limit)
    return [read(value, f"{name}[{index}]") for index, value in enumerate(found)]


def _page(value: Any) -> Page:
    page = members(value, "page", ("id", "path"), ("trace",))
    return Page(
        like(page["id"], "page.id", _TRACE_ID, "32 hexadecimal digits in lower case, the first 16 not all 0"),
        _path(page["path"], "page.path"),
        _trace(page, "page"),
    )


def _load(value: Any, now: float) -> Load:
    times = ("response_start", "response_end", "dom_interactive", "duration")
    load = members(value, "load", ("type", *times), ("shown",))
    if now > HOUR:
        raise ReportError("load: expected of a page that was opened within the last hour")
    kind = one_of(load["type"], "load.type", NAVIGATION_TYPES)
    return Load(
        kind, *(number(load[name], f"load.{name}", now) / 1000 for name in times), _shown(load, "load")
    )


def _rpc(value: Any, where: str, now: float) -> Rpc:
    rpc = members(value, where, ("path", "at", "duration"), ("error", "trace", "shown"))
    ago = _ago(rpc["at"], where, now)
    return Rpc(
        _path(rpc["path"], f"{where}.path"),
        ago,
        number(rpc["duration"], f"{where}.duration", HOUR) / 1000,
        one_of(rpc["error"], f"{where}.error", RPC_ERRORS) if "error" in rpc else None,
        _trace(rpc, where),
        _shown(rpc, where),
    )


def _failure(value: Any, where: str, now: float) -> Failure:
    failure = members(value, where, ("type", "message", "stack", "at"))
    return Failure(
        like(failure["type"], f"{where}.type", _ERROR_TYPE, "the name of a class"),
        text(failure["message"], f"{where}.message", MAX_MESSAGE),
        text(failure["stack"], f"{where}.stack", MAX_STACK),
        _ago(failure["at"], where, now),
    )


def _vital(value: Any, where: str) -> Vital:
    vital = members(value, where, ("name", "value"))
    name = one_of(vital["name"], f"{where}.name", VITALS)
    if name == "cls":
        return Vital(name, number(vital["value"], f"{where}.value", MAX_SHIFT))
    return Vital(name, number(vital["value"], f"{where}.value", HOUR) / 1000)


def _ago(at: Any, where: str, now: float) -> float:
    ago = now - number(at, f"{where}.at", now)
    if ago > HOUR:
        raise ReportError(f"{where}.at: expected within the last hour")
    return ago / 1000


def _path(value: Any, where: str) -> str:
    return like(value, where, _PATH, f"a path without query of at most {MAX_PATH} characters of ASCII")


def _shown(value: dict, where: str) -> Shown:
    if "shown" not in value:
        return NOTHING
    where = f"{where}.shown"
    shown = members(value["shown"], where, (), ("action", "view"))
    return Shown(
        like(shown["action"], f"{where}.action", _ACTION, "an XML id") if "action" in shown else None,
        like(shown["view"], f"{where}.view", _VIEW, "a type of views") if "view" in shown else None,
    )


def _trace(value: dict, where: str) -> Parent | None:
    """The server's span; only what it has kept is told to browsers."""
    if "trace" not in value:
        return None
    trace = parse_trace(text(value["trace"], f"{where}.trace", 55))
    if trace is None or not trace.is_sampled:
        raise ReportError(f"{where}.trace: expected a traceparent that is sampled")
    return trace

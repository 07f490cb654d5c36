"""The ORM within requests and jobs: how often, on how many records and for how long, by operation and model.

It is called thousands of times in a heavy request, and each call may take a microsecond of ours. So a call
reads the clock twice and appends to a list. What was whose part, sums and metrics are computed by the drainer's
thread, spans by the sender's, once the request has ended (tools/orm.py).

``BaseModel``'s own methods are wrapped, which every override ends in: what is measured is the ORM's part, not what
addons do around it. ``ODOOOPS_ORM=false`` leaves them alone.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable

from odoo.orm.models import BaseModel

from ..tools.settings import Settings
from . import compiled, faults, forwarding
from .patch import wrap
from .record import current

# Methods by operation: those that get their records, and those that find or make them.
_ON_RECORDS = {
    "write": "write",
    "unlink": "unlink",
    "read": "read",
    "fetch": "fetch",
    "_compute_field_value": "compute",
    "_write_multi": "flush",
}
_FOR_RECORDS = {"create": "create", "search_fetch": "search"}
# What returns neither.
_FOR_NUMBERS = {
    "search_count": "search_count",
    "_read_group": "read_group",
    "_read_grouping_sets": "read_group",
}


class Counted(enum.IntEnum):
    """What has as many entries as there were records; ``native/src/noted_method.c`` has the same numbers."""

    RECORDS = 0
    FOUND = 1
    NOTHING = 2


_EXPRESSIONS = {Counted.RECORDS: "{self}._ids", Counted.FOUND: "_found", Counted.NOTHING: "()"}
# One function each: one that is passed in and called would cost as much as all the rest; so would names that are looked
# up among the globals, each one more miss of the processor's caches.
_BODY = """
_record = _get_record()
_calls = None if _record is None else _record.orm
if _calls is None:
    return _original({arguments})
_found = ()
_began = _clock()
try:
    _found = _original({arguments})
    return _found
finally:
    try:
        _calls.append((_operation, {self}._name, len(%s), _began, _clock()))
    except Exception:
        _broken()
"""


def instrument(settings: Settings) -> None:
    """Wrap the methods."""
    make = maker(settings)
    groups = (
        (_ON_RECORDS, Counted.RECORDS),
        (_FOR_RECORDS, Counted.FOUND),
        (_FOR_NUMBERS, Counted.NOTHING),
    )
    for methods, counted in groups:
        for name, operation in methods.items():
            wrap(BaseModel, name, make(operation, counted))


def maker(settings: Settings) -> Callable[[str, Counted], Callable[[Callable], Callable]]:
    """What makes of an operation, and what is counted of it, a function that wraps methods."""
    return noting_natively if compiled.is_used(settings) else noting


def noting(operation: str, counted: Counted) -> Callable[[Callable], Callable]:
    """Makes of a method one that notes its calls."""

    def make(original):
        names = {
            "_original": original,
            "_operation": operation,
            "_get_record": current.get,
            "_clock": time.perf_counter,
            "_broken": _broken,
        }
        return forwarding.make(original, _BODY % _EXPRESSIONS[counted], names)

    return make


def noting_natively(operation: str, counted: Counted) -> Callable[[Callable], Callable]:
    """The same, compiled."""

    def make(original):
        return compiled.native.NotedMethod(original, operation, counted, current, _broken)

    return make


def _broken(error: Exception | None = None) -> None:
    faults.report("Telemetry could not count a call of the ORM; Odoo is not affected.", error)

"""The ORM within requests and jobs: how often, on how many records and for how long, by operation and model.

It is called thousands of times in a heavy request, and each call may take a microsecond of ours. So a call
reads the clock twice and appends to a list. What was whose part, sums, metrics and spans are computed by the drainer's
thread once the request has ended (tools/orm.py).

``BaseModel``'s own methods are wrapped, which every override ends in: what is measured is the ORM's part, not what
addons do around it. ``ODOOOPS_ORM=false`` leaves them alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from odoo.orm.models import BaseModel

from . import faults, forwarding
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

# The records of a method that gets them
ON_RECORDS = "{self}._ids"
# One function each: one that is passed in and called would cost as much as all the rest; so would names that are looked
# up among the globals, each one more miss of the processor's caches.
_BODY = """
_record = _get_record()
if _record is None:
    return _original({arguments})
_found = ()
_began = _clock()
try:
    _found = _original({arguments})
    return _found
finally:
    try:
        _record.orm.append((_operation, {self}._name, len(%s), _began, _clock()))
    except Exception:
        _broken()
"""


def instrument() -> None:
    for methods, counted in ((_ON_RECORDS, ON_RECORDS), (_FOR_RECORDS, "_found"), (_FOR_NUMBERS, "()")):
        for name, operation in methods.items():
            wrap(BaseModel, name, noting(operation, counted))


def noting(operation: str, counted: str) -> Callable[[Callable], Callable]:
    """Makes of a method one that notes its calls.

    :param counted: what has as many entries as there were records
    """

    def make(original):
        names = {
            "_original": original,
            "_operation": operation,
            "_get_record": current.get,
            "_clock": time.perf_counter,
            "_broken": _broken,
        }
        return forwarding.make(original, _BODY % counted, names)

    return make


def _broken() -> None:
    faults.report("Telemetry could not count a call of the ORM; Odoo is not affected.")

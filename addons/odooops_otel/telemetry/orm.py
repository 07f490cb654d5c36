"""The ORM within requests and jobs: how often, on how many records and for how long, by operation and model.

It is called thousands of times in a heavy request, and each call may take a microsecond of ours. So a call
reads the clock twice and appends to a list. What was whose part, sums and metrics are computed by the drainer's
thread, spans by the sender's, once the request has ended (tools/orm.py).

``BaseModel``'s own methods are wrapped, which every override ends in: what is measured is the ORM's part, not what
addons do around it. ``ODOOOPS_ORM=false`` leaves them alone.
"""

from __future__ import annotations

import time

from odoo.orm.models import BaseModel

from . import faults
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


def instrument() -> None:
    for methods, make in (
        (_ON_RECORDS, _on_records),
        (_FOR_RECORDS, _for_records),
        (_FOR_NUMBERS, _for_numbers),
    ):
        for name, operation in methods.items():
            wrap(BaseModel, name, make(operation))


def _broken() -> None:
    faults.report("Telemetry could not count a call of the ORM; Odoo is not affected.")


# The three below differ in one expression. A function that is passed in and called would cost as much as all the
# rest; so would names that are looked up among the globals, each one more miss of the processor's caches.


def _on_records(operation: str):
    def make(
        original,
        get_record=current.get,
        clock=time.perf_counter,
        broken=_broken,
    ):
        def call(self, *args, **kwargs):
            record = get_record()
            if record is None:
                return original(self, *args, **kwargs)
            began = clock()
            try:
                return original(self, *args, **kwargs)
            finally:
                try:
                    record.orm.append((operation, self._name, len(self._ids), began, clock()))
                except Exception:
                    broken()

        return call

    return make


def _for_records(operation: str):
    def make(
        original,
        get_record=current.get,
        clock=time.perf_counter,
        broken=_broken,
    ):
        def call(self, *args, **kwargs):
            record = get_record()
            if record is None:
                return original(self, *args, **kwargs)
            found = ()
            began = clock()
            try:
                found = original(self, *args, **kwargs)
                return found
            finally:
                try:
                    record.orm.append((operation, self._name, len(found), began, clock()))
                except Exception:
                    broken()

        return call

    return make


def _for_numbers(operation: str):
    def make(
        original,
        get_record=current.get,
        clock=time.perf_counter,
        broken=_broken,
    ):
        def call(self, *args, **kwargs):
            record = get_record()
            if record is None:
                return original(self, *args, **kwargs)
            began = clock()
            try:
                return original(self, *args, **kwargs)
            finally:
                try:
                    record.orm.append((operation, self._name, 0, began, clock()))
                except Exception:
                    broken()

        return call

    return make

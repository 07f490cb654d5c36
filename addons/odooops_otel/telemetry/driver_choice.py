"""Whose statements have spans from the driver: what a rule or setting says, and callers that ask for it.

It is decided once for a request or job, when it borrows its first connection, and again when its route and method are
known if there are such rules. Connections of Odoo's pools are made ready when they are borrowed, so that a change
holds from the next transaction on. What the driver needs is imported when it is first used.
"""

from __future__ import annotations

import sys

from odoo import sql_db

from ..tools import otlp
from ..tools.sampling_rules import Policy
from . import faults, runtime
from .policies import Policies
from .record import Record, caller_address, current

# Of a trusted caller's tracestate: https://www.w3.org/TR/trace-context-2/#tracestate-header
ASKED = "odooops=sql:driver"
_DRIVER = f"{__package__}.driver"


def prepare(telemetry: runtime.Telemetry, connection, database: str | None) -> None:
    """Make a connection ready for who has borrowed or opened it."""
    try:
        wanted = _is_wanted(telemetry.policies, current.get(), database)
        # Odoo's own connections have no factory.
        if wanted:
            _driver().trace(connection)
        elif connection.cursor_factory is not None and _DRIVER in sys.modules:
            _driver().untrace(connection)
    except Exception:
        faults.report("Telemetry could not prepare a connection; statements are recorded by Odoo's hooks.")


def reconsider(record: Record, cursor) -> None:
    """More is known of a record now: have its open cursor make spans if a rule says so."""
    try:
        if record.uses_driver or not record.sampler.policies.has_driver_rules:
            return
        if not record.decision().uses_driver:
            return
        record.uses_driver = True
        # A cursor of a test is none of Odoo's own.
        if type(cursor) is sql_db.Cursor:
            _driver().trace(cursor._cnx)
            cursor._obj = cursor._cnx.cursor()
    except Exception:
        faults.report("Telemetry could not prepare a connection; statements are recorded by Odoo's hooks.")


def stop() -> None:
    """Leave the driver as it was, if it has been used."""
    if driver := sys.modules.get(_DRIVER):
        driver.uninstrument()


def _is_wanted(policies: Policies, record: Record | None, database: str | None) -> bool:
    if record is not None and record.uses_driver is not None:
        return record.uses_driver
    policy = policies.find(database)
    if record is None:
        return policy.default.uses_driver
    is_wanted = _wants(record, policy)
    # A database without rules, such as the one that lists all others, decides nothing.
    if is_wanted or policy is not policies.default:
        record.uses_driver = is_wanted
    return is_wanted


def _wants(record: Record, policy: Policy) -> bool:
    if policy.default.uses_driver:
        # A rule may say otherwise, but is known too late: what was made before would be missing.
        return True
    if record.kind != otlp.KIND_SERVER:
        return policy.decide(None, None, record.job).uses_driver
    return _is_asked_for(record)


def _is_asked_for(record: Record) -> bool:
    """Whether the caller wants it, and is believed."""
    environ, state = record.environ, record.tracestate
    if not state or environ is None or ASKED not in (member.strip() for member in state.split(",")):
        return False
    return record.sampler.trusts(caller_address(environ))


def _driver():
    from . import driver

    return driver

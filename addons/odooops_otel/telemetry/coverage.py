"""What is seen of Odoo besides requests, jobs and statements."""

from __future__ import annotations

import functools
from collections.abc import Callable

from ..tools.settings import Settings
from . import (
    attachment,
    bus,
    cache,
    copying,
    cron_schedule,
    gauges,
    leader,
    mail,
    measurements,
    module,
    orm,
    patch,
    queue_job,
    report,
    session,
    statements,
    table_modules,
)


def instrument(settings: Settings) -> None:
    """Put it all in place; ``patch.unwrap_all`` takes it back."""
    if settings.orm:
        orm.instrument(settings)
    cache.instrument()
    statements.instrument()
    copying.instrument()
    cron_schedule.instrument()
    mail.instrument()
    report.instrument()
    session.instrument()
    attachment.instrument()
    module.instrument(_know_loaded)
    instrument_loaded()
    for observer in (cache.observe, bus.observe):
        _add(measurements.observers, observer)
    for question in (cron_schedule.observe, mail.observe, queue_job.observe, gauges.observe):
        _add(leader.questions, question)


def instrument_loaded() -> None:
    """What other addons bring that have been imported by now."""
    mail.instrument_loaded()
    bus.instrument_loaded()
    queue_job.instrument_loaded()


def _know_loaded(database: str) -> None:
    instrument_loaded()
    table_modules.shared.of(database)


def _add(functions: list, function: Callable) -> None:
    functions.append(function)
    patch.undo_later(functools.partial(functions.remove, function))

"""How late scheduled actions begin, and (asked by the leader) which are overdue or about to be deactivated.

Odoo deactivates an action that has failed five times in a row over more than seven days.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator

from odoo.addons.base.models import ir_cron
from odoo.addons.base.models.ir_cron import IrCron

from ..tools import semconv
from ..tools.observation import Observation
from . import faults, runtime
from .measuring import measure
from .patch import wrap

# Jobs that are told; their names are values of an attribute, which has a limit.
MAX_JOBS = 500
# How long each active job has been due: by its plan, or since somebody triggered it. First those that need somebody:
# they fail, or have been due for a minute.
_JOBS = """
    SELECT cron_name, failure_count, failing_for, due_for, count(*) OVER ()
      FROM (
        SELECT id,
               cron_name,
               coalesce(failure_count, 0) AS failure_count,
               extract(epoch FROM now() AT TIME ZONE 'UTC' - first_failure_date)::float8 AS failing_for,
               extract(epoch FROM now() AT TIME ZONE 'UTC' - least(nextcall, (
                   SELECT min(call_at) FROM ir_cron_trigger WHERE cron_id = ir_cron.id
               )))::float8 AS due_for
          FROM ir_cron
         WHERE active
      ) AS job
  ORDER BY failure_count DESC, (due_for > 60) IS TRUE DESC, id
     LIMIT %s
"""


def instrument() -> None:
    wrap(IrCron, "_process_job", _process_job)


def _process_job(original):
    def _process_job(cls, cron_cr, job):
        if runtime.active is not None:
            _note_lateness(cron_cr.dbname, job)
        return original(cls, cron_cr, job)

    return _process_job


def _note_lateness(database: str, job: dict) -> None:
    try:
        now = datetime.datetime.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)
        seconds = (now - job["nextcall"]).total_seconds()
        if seconds >= 0:  # else it was triggered, or is run by hand
            measure(semconv.CRON_JOB_LATENESS, job["cron_name"], database, value=seconds)
    except Exception:
        faults.report("Telemetry could not tell how late a job is; the job goes on.")


def observe(cursor) -> Iterator[Observation]:
    """The jobs of a database; asked by its leader."""
    cursor.execute(_JOBS, [MAX_JOBS], log_exceptions=False)
    overdue, failures, deactivation, left_out = {}, {}, {}, 0
    rows = cursor.fetchall()
    for name, failed, failing_for, due_for, active in rows:
        left_out = active - len(rows)
        key = (name, cursor.dbname)
        # Two jobs may have a name in common: the worse of them is told.
        overdue[key] = max(due_for or 0.0, overdue.get(key, 0.0))
        failures[key] = max(failed or 0, failures.get(key, 0))
        if failed:
            left = max(0.0, ir_cron.MIN_DELTA_BEFORE_DEACTIVATION.total_seconds() - (failing_for or 0.0))
            deactivation[key] = min(left, deactivation.get(key, left))
    yield Observation(semconv.CRON_JOB_OVERDUE, overdue)
    yield Observation(semconv.CRON_JOB_FAILURES, failures)
    yield Observation(semconv.CRON_JOB_DEACTIVATION, deactivation)
    yield Observation(semconv.CRON_JOB_LEFT_OUT, {(cursor.dbname,): left_out})

"""Jobs of OCA's ``queue_job``: how long they wait and take, what becomes of them, and who asked for them.

A job bears the span that it was made in (``traceparent``, https://www.w3.org/TR/trace-context/) in the context that
queue_job stores with its records; the request that runs it links to that span. Its parts are there once a registry
has been loaded that has it (:func:`instrument_loaded`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from ..tools import otlp, semconv, trace_context
from ..tools.annotations import Link
from ..tools.observation import Observation
from . import faults, runtime
from .measuring import Measured, current_span_id, measure
from .patch import wrap_once
from .record import current

_BASE = "odoo.addons.queue_job.models.base"
_CONTROLLER = "odoo.addons.queue_job.controllers.main"
# A key of Odoo's context, stored with the job.
TRACEPARENT = "odooops_traceparent"
DONE, RETRIED, FAILED = "done", "retried", "failed"

# Those that are done are many. A job that may begin later does not wait yet.
_JOBS = """
    SELECT state,
           coalesce(channel, 'root'),
           count(*),
           coalesce(extract(epoch FROM now() AT TIME ZONE 'UTC' - min(greatest(date_created, eta)) FILTER (
               WHERE state IN ('pending', 'enqueued') AND (eta IS NULL OR eta <= now() AT TIME ZONE 'UTC')
           )), 0)::float8
      FROM queue_job
     WHERE state IN ('wait_dependencies', 'pending', 'enqueued', 'started', 'failed')
  GROUP BY 1, 2
     LIMIT 500
"""


def instrument_loaded() -> None:
    """Wrap what the addon ``queue_job`` brings, if it has been imported."""
    base, controller = sys.modules.get(_BASE), sys.modules.get(_CONTROLLER)
    if base and controller:
        wrap_once(base.Base, "_job_prepare_context_before_enqueue", _prepare_context)
        wrap_once(controller.RunJobController, "_try_perform_job", _try_perform_job(controller))


def _prepare_context(original):
    def _job_prepare_context_before_enqueue(self):
        context = original(self)
        try:
            if (record := current.get()) is not None and runtime.active is not None:
                span = current_span_id(record)
                context = {
                    **context,
                    TRACEPARENT: trace_context.header(record.trace_id, span, record.trace_flags),
                }
        except Exception:
            faults.report("Telemetry could not note who asked for a job; the job is not affected.")
        return context

    return _job_prepare_context_before_enqueue


def _try_perform_job(controller):
    def make(original):
        def _try_perform_job(cls, env, job):
            if runtime.active is None:
                return original(cls, env, job)
            attributes = _begin(env, job)
            name = f"queue_job {attributes.get('odoo.queue_job.function', '')}".rstrip()
            with Measured(semconv.QUEUE_JOB_DURATION, name, attributes, otlp.KIND_CONSUMER):
                try:
                    result = original(cls, env, job)
                except Exception as error:
                    attributes["odoo.queue_job.outcome"] = _outcome(controller, error)
                    raise
                attributes["odoo.queue_job.outcome"] = DONE
                return result

        return _try_perform_job

    return make


def _outcome(controller, error: Exception) -> str:
    """Whether queue_job runs it again, as it decides itself (controllers/main.py, _runjob)."""
    if isinstance(error, controller.RetryableJobError):
        return RETRIED
    is_conflict = getattr(error, "pgcode", None) in controller.PG_CONCURRENCY_ERRORS_TO_RETRY
    return RETRIED if is_conflict else FAILED


def _begin(env, job) -> dict:
    """The attributes of a job that begins, whose waiting is measured and whose origin is linked."""
    attributes: dict = {}
    try:
        attributes["db.namespace"] = env.cr.dbname
        attributes["odoo.queue_job.function"] = f"{job.recordset._name}.{job.method_name}"
        attributes["odoo.queue_job.channel"] = job.channel or "root"
        _note_latency(job, attributes)
        _link(job)
    except Exception:
        faults.report("Telemetry could not look at a job; the job goes on.")
    return attributes


def _note_latency(job, attributes: dict) -> None:
    """From when it was made, or may begin, until it began; a repeated run waits for what queue_job decides."""
    if job.retry or not job.date_started:
        return
    since = max(moment for moment in (job.date_created, job.eta) if moment)
    seconds = max(0.0, (job.date_started - since).total_seconds())
    key = map(attributes.get, semconv.QUEUE_JOB_LATENCY.attributes)
    measure(semconv.QUEUE_JOB_LATENCY, *key, value=seconds)


def _link(job) -> None:
    record = current.get()
    parent = trace_context.parse(job.recordset.env.context.get(TRACEPARENT))
    if record is not None and parent is not None:
        link = Link(parent.trace_id, parent.span_id, parent.flags, {})
        record.extra().annotations.add_link(link)


def observe(cursor) -> Iterator[Observation]:
    """The jobs of a database that are not done; asked by its leader."""
    cursor.execute("SELECT to_regclass('queue_job') IS NOT NULL", log_exceptions=False)
    if not cursor.fetchone()[0]:
        return
    cursor.execute(_JOBS, log_exceptions=False)
    counts, ages = {}, {}
    for state, channel, count, age in cursor.fetchall():
        counts[state, channel, cursor.dbname] = count
        key = (channel, cursor.dbname)
        ages[key] = max(age, ages.get(key, 0.0))
    yield Observation(semconv.QUEUE_JOB_COUNT, counts)
    yield Observation(semconv.QUEUE_JOB_AGE, ages)

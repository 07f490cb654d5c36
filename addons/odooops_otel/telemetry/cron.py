"""Scheduled actions: one record a run of a job, whatever number of batches it makes."""

from __future__ import annotations

import threading
import time

from odoo.addons.base.models.ir_cron import CompletionStatus, IrCron

from ..tools import otlp
from . import cache, faults, runtime, statements
from .patch import wrap
from .record import current, forget_current

_perf_counter = time.perf_counter


def instrument() -> None:
    wrap(IrCron, "_run_job", _run_job)
    wrap(IrCron, "_callback", _callback)


def _run_job(original):
    def _run_job(cls, job):
        telemetry = runtime.active
        if telemetry is None:
            return original(cls, job)
        recorder, thread = telemetry.recorder, threading.current_thread()
        try:
            record = recorder.begin(thread)
        except Exception:
            faults.report("Telemetry could not begin a record; the job goes on.")
            return original(cls, job)
        record.kind, record.job = otlp.KIND_INTERNAL, job["cron_name"]
        record.started = _perf_counter()
        try:
            status = original(cls, job)
            record.job_status = status
            if status == CompletionStatus.FAILED and not record.error_type:
                record.error_type = "failed"  # without an exception: its user is archived
            return status
        finally:
            try:
                record.duration = _perf_counter() - record.started
                recorder.detach(record, thread)
                record.database = getattr(thread, "dbname", None)
                recorder.finish(record)
            except Exception:
                forget_current(record)
                faults.report("Telemetry could not end a record; the job is not affected.")

    return _run_job


def _callback(original):
    """``_run_job`` swallows what a job raises; here it passes by."""

    def _callback(self, cron_name, server_action_id):
        record = current.get()
        if record is not None:
            statements.note_backend(record, self.env.cr)
            cache.note_lookups(record, self.env.cr)
        try:
            return original(self, cron_name, server_action_id)
        except Exception as error:
            if record is not None:
                statements.note_failed(record, error)
                record.fail(error)
            raise
        finally:
            if record is not None:
                cache.count_lookups(record)

    return _callback

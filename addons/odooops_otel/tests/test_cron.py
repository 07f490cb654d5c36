"""Scheduled actions: one record a run, with its outcome."""

import threading
from unittest import mock

from odoo.tests import HttpCase, TransactionCase, mute_logger, tagged

from odoo.addons.odooops_base.tests.common import new_user

from ..telemetry.record import current
from ..tools import otlp
from .common import TelemetryMixin

DURATION = "odoo.cron.job.duration"


def make_job(env, code: str):
    """A scheduled action that runs this code."""
    return env["ir.cron"].create(
        {
            "name": "Test job",
            "model_id": env.ref("base.model_res_partner").id,
            "state": "code",
            "code": code,
            "interval_type": "days",
        }
    )


@tagged("post_install", "-at_install")
class TestCron(TelemetryMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()
        # As ir.cron._process_jobs does before it runs a job.
        thread = threading.current_thread()
        self.startPatcher(mock.patch.object(thread, "dbname", self.env.cr.dbname, create=True))

    def test_job_has_its_name_and_database(self):
        self.run_job("env['res.partner'].search_count([])")
        self.flush()
        point = self.point(DURATION)
        expected = {"odoo.cron.name": "Test job", "db.namespace": self.env.cr.dbname}
        self.assertEqual(point.attributes, expected)
        self.assertEqual(point.value, 1)
        (span,) = self.receiver.spans("cron Test job")
        expected["odoo.cron.status"] = "fully done"
        self.assertLessEqual(expected.items(), span.attributes.items())
        self.assertEqual((span.data.kind, span.data.parent_span_id), (otlp.KIND_INTERNAL, b""))

    def test_statements_are_counted_and_become_spans(self):
        self.run_job("env.cr.execute('SELECT 1 AS statement')")
        self.flush()
        record = self.record()
        self.assertEqual(self.receiver.total("db.client.operation.duration"), record.statement_count)
        (own,) = self.receiver.spans("cron Test job")
        texts = [
            span.attributes["db.query.text"]
            for span in self.receiver.spans("SELECT")
            if span.data.parent_span_id == own.data.span_id
        ]
        self.assertIn("SELECT ? AS statement", texts)

    def test_what_it_asked_caches_for_is_counted_and_not_held(self):
        for code in ("env.ref('base.main_company')", "env.ref('base.main_company')\n1 / 0"):
            with mute_logger("odoo.addons.base.models.ir_cron"):
                self.run_job(code)
            record = self.records.pop()
            self.assertGreater(record.cache_lookups, 0)
            self.assertIsNone(record.cache_keys)

    def test_failure_has_the_class_of_the_exception(self):
        with mute_logger("odoo.addons.base.models.ir_cron"):
            self.run_job("1 / 0")
        self.flush()
        self.assertEqual(self.point(DURATION).attributes["error.type"], "ZeroDivisionError")
        self.assert_failed("ZeroDivisionError", "failed")

    def test_job_that_fails_after_some_progress_is_partially_done_and_has_failed(self):
        with (
            mute_logger("odoo.addons.base.models.ir_cron"),
            mock.patch("odoo.addons.base.models.ir_cron.MIN_TIME_PER_JOB", 0),
        ):
            self.run_job("env['ir.cron']._commit_progress(1, remaining=2)\n1 / 0")
        self.flush()
        # Odoo has run it again and again, with the same outcome.
        self.assert_failed("ZeroDivisionError", "partially done")

    def test_statement_that_failed_is_a_span_of_the_job(self):
        with mute_logger("odoo.addons.base.models.ir_cron", "odoo.sql_db"):
            self.run_job("env.cr.execute('SELECT a FROM no_such_table')")
        self.flush()
        self.assert_failed("ValueError", "failed")  # which is what safe_eval() makes of it
        (own,) = self.receiver.spans("cron Test job")
        (failed,) = self.receiver.spans("SELECT no_such_table")
        self.assertEqual(failed.data.parent_span_id, own.data.span_id)
        self.assertEqual(failed.attributes["db.response.status_code"], "42P01")

    def test_job_whose_user_is_archived_fails_without_an_exception(self):
        job = make_job(self.env, "pass")
        job.user_id = new_user(self.env, "somebody", groups="base.group_user")
        job.user_id.active = False
        with self.enter_registry_test_mode(), mute_logger("odoo.addons.base.models.ir_cron"):
            job.method_direct_trigger()
        self.flush()
        (span,) = self.receiver.spans("cron Test job")
        self.assertEqual(
            (span.attributes["odoo.cron.status"], span.attributes["error.type"]), ("failed", "failed")
        )
        self.assertEqual(list(span.data.events), [])

    def assert_failed(self, error_type: str, status: str):
        (span,) = self.receiver.spans("cron Test job")
        self.assertEqual((span.data.status.code, span.data.status.message), (otlp.STATUS_ERROR, error_type))
        self.assertEqual(span.attributes["odoo.cron.status"], status)
        (event,) = (event for event in span.data.events if event.name != "odoo.sql.repeated")
        told = {pair.key: pair.value.string_value for pair in event.attributes}
        self.assertEqual((event.name, told["exception.type"]), ("exception", error_type))
        # The code of the action is text in the database, not a module.
        self.assertIn('File "<dynamic>", line ', told["exception.stacktrace"])

    def test_user_error_in_a_job_is_a_failure(self):
        with mute_logger("odoo.addons.base.models.ir_cron"):
            self.run_job("raise UserError('nobody is there to read this')")
        self.assertEqual(self.record().error_type, "odoo.exceptions.UserError")

    def test_job_that_works_in_batches_is_one_record(self):
        self.run_job(
            "done = env['ir.config_parameter'].search_count([('key', '=like', 'batch.%')])\n"
            "env['ir.config_parameter'].create({'key': 'batch.%s' % done, 'value': 'x'})\n"
            "env['ir.cron']._commit_progress(1, remaining=2 - done)"
        )
        batches = self.env["ir.config_parameter"].search_count([("key", "=like", "batch.%")])
        self.assertEqual((batches, self.record().error_type), (3, None))

    def test_no_record_is_current_and_no_hook_left_after_a_job(self):
        self.run_job("pass")
        self.assertIsNone(current.get())
        self.assertEqual(getattr(threading.current_thread(), "query_hooks", []), [])

    def test_bug_of_ours_does_not_reach_the_job(self):
        thread = threading.current_thread()
        self.startPatcher(mock.patch.object(thread, "query_hooks", [], create=True))
        for method in ("begin", "finish", "detach"):
            with (
                self.subTest(method),
                mock.patch.object(self.telemetry.recorder, method, side_effect=ZeroDivisionError("ours")),
                self.assertLogs("odoo.addons.odooops_otel", "ERROR"),
                mock.patch.dict("odoo.addons.odooops_otel.telemetry.faults._reported", clear=True),
            ):
                self.run_job(f"env['ir.config_parameter'].set_param('ran.{method}', 'yes')")
            self.assertEqual(self.env["ir.config_parameter"].get_param(f"ran.{method}"), "yes")

    def run_job(self, code: str):
        job = make_job(self.env, code)
        with self.enter_registry_test_mode():
            job.method_direct_trigger()


@tagged("post_install", "-at_install")
class TestCronByHand(TelemetryMixin, HttpCase):
    def test_job_run_by_hand_is_recorded_within_its_request_and_statements_are_counted_once(self):
        self.start_telemetry()
        self.authenticate("admin", "admin")
        self.records.clear()
        self.telemetry.recorder.drain()
        job = make_job(self.env, "env.cr.execute('SELECT 1')")
        params = {"model": "ir.cron", "method": "method_direct_trigger", "args": [job.ids], "kwargs": {}}
        counted = self.counted()
        self.make_jsonrpc_request("/web/dataset/call_kw/ir.cron/method_direct_trigger", params)
        self.telemetry.recorder.drain()
        of_job, of_request = self.records
        self.assertEqual(of_job.job, job.name)
        self.assertGreater(of_job.statement_count, 0)
        self.assertGreater(of_request.statement_count, of_job.statement_count)
        self.assertEqual(self.counted() - counted, of_request.statement_count)

    def counted(self) -> int:
        points = self.telemetry.recorder.aggregator.statements.operations.points
        return sum(sum(point.buckets) for point in points.values())

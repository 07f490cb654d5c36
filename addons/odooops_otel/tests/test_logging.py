"""Odoo's log as JSON lines and by OTLP: what an entry knows of the request or job it belongs to."""

import contextlib
import contextvars
import io
import json
import logging
import threading
from unittest import mock

import gevent
import psycopg2

from odoo.exceptions import ConcurrencyError
from odoo.tests import HttpCase, TransactionCase, tagged

from ..telemetry import logging as log_entries, patch
from ..telemetry.record import Ended, ended
from ..tools import settings
from .common import TelemetryMixin
from .test_cron import make_job

_logger = logging.getLogger("odoo.addons.of_the_test")
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}


class LogMixin(TelemetryMixin):
    """Odoo's handler writes into a text of the test's own."""

    def start_logging(self, **environ: str) -> None:
        self.start_telemetry(**environ)
        self.stream = io.StringIO()
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(logging.Formatter("%(dbname)s %(message)s %(perf_info)s"))
        root = logging.getLogger()
        root.addHandler(handler)
        self.addCleanup(root.removeHandler, handler)
        for logger in map(logging.getLogger, ("odoo", "werkzeug")):
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.INFO)
        log_entries.instrument(self.telemetry.settings)

    def lines(self, logger: str = _logger.name) -> list[dict]:
        """The lines of a logger; each line of the text is JSON."""
        lines = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        return [line for line in lines if line["logger"] == logger]

    def line(self, logger: str = _logger.name) -> dict:
        (line,) = self.lines(logger)
        return line

    def log_in_controller(self, log) -> None:
        def controller(_cr):
            log()
            return "done"

        self.serve(controller)


@tagged("post_install", "-at_install")
class TestJsonLines(LogMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_logging(ODOOOPS_LOG_FORMAT="json")

    def test_line_of_a_request_has_its_trace_database_and_user(self):
        self.authenticate("admin", "admin")
        self.records.clear()
        self.log_in_controller(lambda: _logger.info("one of %d", 2))
        self.url_open("/web/content/1", headers=TRACEPARENT)
        line, record = self.line(), self.records[-1]
        self.assertEqual((line["trace_id"], line["span_id"]), (TRACE_ID, record.span_id.hex()))
        self.assertEqual(
            (line["body"], line["severity_text"], line["severity_number"]), ("one of 2", "INFO", 9)
        )
        self.assertEqual(line["db.namespace"], self.env.cr.dbname)
        self.assertEqual(line["user.id"], str(self.env.ref("base.user_admin").id))

    def test_ids_are_those_of_the_span_that_is_kept(self):
        self.log_in_controller(lambda: _logger.info("here"))
        self.url_open("/web/login")
        (span,) = self.kept()
        line = self.line()
        self.assertEqual(line["trace_id"], span.data.trace_id.hex())
        self.assertEqual(line["span_id"], span.data.span_id.hex())

    def test_line_outside_of_a_record_has_neither_ids_nor_user(self):
        self.log_in_controller(lambda: None)
        self.url_open("/web/login")
        _logger.info("outside")
        self.assertFalse({"trace_id", "span_id", "user.id"} & self.line().keys())

    def test_access_line_belongs_to_the_request_that_has_ended(self):
        self.url_open("/web/login?token=do-not-tell")
        line, record = self.line("werkzeug"), self.record()
        self.assertEqual(line["trace_id"], record.trace_id.hex())
        self.assertEqual(line["odoo.sql.count"], record.statement_count)
        self.assertIn("odoo.sql.time", line)
        self.assertIn('"GET /web/login?REDACTED HTTP/1.1"', line["body"])

    def test_only_one_access_line_belongs_to_a_request(self):
        context = contextvars.copy_context()
        context.run(ended.set, Ended(b"\1" * 16, b"\2" * 8, None))
        for _ in range(2):
            context.run(logging.getLogger("werkzeug").info, "a line of the server")
        self.assertEqual([("trace_id" in line) for line in self.lines("werkzeug")], [True, False])

    def test_every_attempt_of_a_request_logs_under_the_same_span(self):
        attempts = []

        def fail_once():
            _logger.info("attempt")
            attempts.append(1)
            if len(attempts) == 1:
                raise ConcurrencyError("again")

        self.log_in_controller(fail_once)
        self.startPatcher(mock.patch("odoo.service.model.time.sleep"))
        self.url_open("/web/login")
        lines = self.lines()
        self.assertEqual(len(lines), 2)
        self.assertEqual(len({(line["trace_id"], line["span_id"]) for line in lines}), 1)

    def test_exception_is_one_line_with_its_class_and_traceback(self):
        def fail():
            try:
                raise ZeroDivisionError("password=hunter2")
            except ZeroDivisionError:
                _logger.exception("it failed")

        self.log_in_controller(fail)
        self.url_open("/web/login")
        line = self.line()
        self.assertEqual((line["severity_number"], line["exception.type"]), (17, "ZeroDivisionError"))
        self.assertTrue(line["exception.stacktrace"].startswith("Traceback (most recent call last):\n"))
        self.assertTrue(line["exception.stacktrace"].endswith("ZeroDivisionError: password=REDACTED"))

    def test_arguments_that_do_not_fit_still_give_a_line(self):
        _logger.info("%d items", "many")
        self.assertEqual(self.line()["body"], "%d items [its arguments do not fit: TypeError]")

    def test_message_that_raises_still_gives_a_line(self):
        class Broken:
            def __str__(self):
                raise ValueError("planted")

        _logger.warning(Broken())
        line = self.line()
        self.assertIn("cannot be shown: ValueError", line["body"])
        self.assertEqual(line["severity_number"], 13)
        self.assertNotIn("planted", self.stream.getvalue())

    def test_line_of_each_greenlet_belongs_to_its_own_record(self):
        def work(number):
            record = self.telemetry.recorder.begin(threading.current_thread())
            gevent.sleep(0)
            _logger.info("greenlet %d", number)
            self.telemetry.recorder.detach(record, threading.current_thread())
            return record.trace_id.hex()

        jobs = [gevent.spawn(work, number) for number in range(3)]
        gevent.joinall(jobs, raise_error=True)
        found = {line["body"]: line["trace_id"] for line in self.lines()}
        self.assertEqual(found, {f"greenlet {number}": job.value for number, job in enumerate(jobs)})
        self.assertEqual(len(set(found.values())), 3)

    def test_what_odoo_logs_of_a_statement_has_no_values(self):
        with contextlib.suppress(psycopg2.Error), self.env.cr.savepoint(flush=False):
            self.env.cr.execute("SELECT %s FROM no_such_table", ["planted"])
        line = self.line("odoo.sql_db")
        self.assertTrue(
            line["body"].startswith("bad query: SELECT ? FROM no_such_table\nERROR: "), line["body"]
        )
        self.assertNotIn("planted", self.stream.getvalue())

    def test_planted_secrets_are_in_no_line(self):
        secret = "planted-9f3c"
        headers = [
            ("Authorization", f"Bearer {secret}"),
            ("X-Api-Key", secret),
            ("Cookie", f"session_id={secret}"),
        ]
        self.log_in_controller(lambda: _logger.info("kwargs=%r headers=%r", {"password": secret}, headers))
        self.url_open(f"/web/login?token={secret}", headers={"X-Api-Key": secret})
        self.assertEqual(len(self.lines()), 1)
        self.assertNotIn(secret, self.stream.getvalue())


@tagged("post_install", "-at_install")
class TestJsonLinesOfJobs(LogMixin, TransactionCase):
    def test_line_of_a_job_has_its_trace_and_database(self):
        self.start_logging(ODOOOPS_LOG_FORMAT="json")
        thread = threading.current_thread()
        self.startPatcher(mock.patch.object(thread, "dbname", self.env.cr.dbname, create=True))
        with self.enter_registry_test_mode():
            make_job(self.env, "raise ValueError('planted')").method_direct_trigger()
        record = self.record()
        failed = [line for line in self.lines("odoo.addons.base.models.ir_cron") if "exception.type" in line]
        self.assertEqual({line["trace_id"] for line in failed}, {record.trace_id.hex()})
        self.assertEqual({line["db.namespace"] for line in failed}, {self.env.cr.dbname})


@tagged("post_install", "-at_install")
class TestTextLines(LogMixin, TransactionCase):
    def test_odoos_own_format_is_the_default(self):
        self.start_logging()
        _logger.info("as it was")
        self.assertTrue(self.stream.getvalue().rstrip().endswith(" as it was"))

    def test_odoos_own_format_is_put_back(self):
        self.start_logging(ODOOOPS_LOG_FORMAT="json")
        patch.unwrap_all()
        _logger.info("as it was")
        self.assertTrue(self.stream.getvalue().rstrip().endswith(" as it was"))

    def test_format_does_not_depend_on_telemetry(self):
        self.start_logging()
        log_entries.instrument(settings.read({"OTEL_SDK_DISABLED": "true", "ODOOOPS_LOG_FORMAT": "json"}))
        _logger.info("in JSON")
        self.assertEqual(self.line()["body"], "in JSON")


@tagged("post_install", "-at_install")
class TestOtlpLogs(LogMixin, HttpCase):
    def sent(self, logger: str = _logger.name) -> list:
        self.flush()
        return self.receiver.logs(logger)

    def test_entry_arrives_with_its_trace_its_logger_and_its_process(self):
        self.start_logging(ODOOOPS_LOG_EXPORTER="otlp")
        self.log_in_controller(lambda: _logger.warning("mail to bob@example.com"))
        self.url_open("/web/login", headers=TRACEPARENT)
        (entry,) = self.sent()
        record = self.records[-1]
        self.assertEqual((entry.data.trace_id.hex(), entry.data.span_id), (TRACE_ID, record.span_id))
        self.assertEqual((entry.data.body.string_value, entry.data.severity_number), ("mail to REDACTED", 13))
        self.assertEqual(entry.attributes["db.namespace"], self.env.cr.dbname)
        self.assertEqual(entry.resource["service.name"], "odoo")
        (access,) = self.sent("werkzeug")
        self.assertEqual(access.data.trace_id.hex(), TRACE_ID)

    def test_both_forms_say_the_same_of_an_access_line(self):
        self.start_logging(ODOOOPS_LOG_EXPORTER="otlp", ODOOOPS_LOG_FORMAT="json")
        self.url_open("/web/health")
        (access,) = self.sent("werkzeug")
        self.assertEqual(access.data.trace_id.hex(), self.line("werkzeug")["trace_id"])

    def test_entries_about_sending_are_not_sent(self):
        self.start_logging(ODOOOPS_LOG_EXPORTER="otlp")
        for name in ("odoo.addons.odooops_otel.telemetry.sender", "opentelemetry.sdk"):
            logging.getLogger(name).error("cannot be delivered")
        others = ["opentelemetry_of_somebody", "requests", "urllib3.connectionpool"]
        for name in others:
            logging.getLogger(name).error("else")
        self.flush()
        self.assertEqual([entry.logger for entry in self.receiver.logs()], others)

    def test_full_queue_drops_and_counts(self):
        self.start_logging(ODOOOPS_LOG_EXPORTER="otlp", OTEL_BLRP_MAX_QUEUE_SIZE="3")
        for number in range(5):
            _logger.info("entry %d", number)
        self.assertEqual(self.telemetry.slot.read()["logs", "dropped", "queue_full"], 2)
        self.assertEqual(
            [entry.data.body.string_value for entry in self.sent()], [f"entry {n}" for n in range(3)]
        )
        self.assertEqual(self.telemetry.slot.read()["logs", "sent"], 3)

    def test_waiting_entries_are_bounded_by_their_size(self):
        self.start_logging(ODOOOPS_LOG_EXPORTER="otlp")
        with mock.patch("odoo.addons.odooops_otel.telemetry.log_source.MAX_QUEUED_TEXT", 100):
            _logger.info("x" * 60)
            _logger.info("y" * 60)
        self.assertEqual(self.telemetry.slot.read()["logs", "dropped", "queue_full"], 1)
        self.assertEqual(len(self.sent()), 1)

    def test_entry_that_cannot_be_encoded_is_counted_and_the_others_are_sent(self):
        self.start_logging(ODOOOPS_LOG_EXPORTER="otlp")
        broken = mock.patch("odoo.addons.odooops_otel.tools.log.otlp_record", side_effect=[ValueError, b""])
        _logger.info("first")
        with broken, self.assertLogs("odoo.addons.odooops_otel.telemetry.faults", "ERROR"):
            self.flush()
        self.assertEqual(self.telemetry.slot.read()["logs", "dropped", "error"], 1)

    def test_by_default_nothing_is_sent(self):
        self.start_logging()
        _logger.info("stays here")
        self.flush()
        self.assertIsNone(self.telemetry.logs)
        self.assertFalse(self.receiver.logs())

    def test_planted_secrets_are_in_nothing_that_is_sent(self):
        self.start_logging(ODOOOPS_LOG_EXPORTER="otlp", OTEL_EXPORTER_OTLP_COMPRESSION="none")
        secret = "planted-2b9d"
        self.log_in_controller(
            lambda: _logger.info("kwargs=%r to %s@example.com", {"password": secret}, secret)
        )
        self.url_open(f"/web/login?token={secret}")
        self.assertEqual(len(self.sent()), 1)
        self.assertEqual(len(self.sent("werkzeug")), 1)
        self.assertNotIn(secret.encode(), self.receiver.everything())

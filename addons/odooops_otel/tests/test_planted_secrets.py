"""Secrets × entrances: no byte that leaves the process has one that was planted."""

import threading
from unittest import mock

from odoo.tests import HttpCase, tagged

from .common import RpcMixin
from .entrances import CodeEntrances, LibraryEntrances, RequestEntrances
from .http_server import HttpServer
from .planted import FORMLESS, FORMS, Planted
from .test_logging import LogMixin


@tagged("post_install", "-at_install")
class TestPlantedSecrets(RequestEntrances, CodeEntrances, LibraryEntrances, LogMixin, RpcMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.server = HttpServer()
        self.addCleanup(self.server.stop)
        # Both ways that Odoo's log goes; the job's database as ir.cron._process_jobs sets it.
        self.start_logging(ODOOOPS_LOG_FORMAT="json", ODOOOPS_LOG_EXPORTER="otlp")
        self.startPatcher(
            mock.patch.object(threading.current_thread(), "dbname", self.env.cr.dbname, create=True)
        )
        self.authenticate("admin", "admin")

    def entrances(self, *, is_closed: bool) -> dict:
        names = [
            name for name in dir(self) if name.startswith("enter_") and name != "enter_registry_test_mode"
        ]
        methods = {name: getattr(self, name) for name in names}
        return {
            name: method
            for name, method in methods.items()
            if not is_closed or getattr(method, "is_closed", False)
        }

    def leaves(self, enter, planted) -> bool:
        """Whether a secret that goes in there comes out: as OTLP, or in the lines that the collector reads."""
        self.receiver.received.clear()
        self.stream.seek(0)
        self.stream.truncate()
        enter(planted)
        self.flush()
        self.assertTrue(self.receiver.received, "nothing was sent")
        return planted.is_in(self.receiver.everything() + self.stream.getvalue().encode())

    def test_what_has_a_form_leaves_by_no_entrance(self):
        for name, enter in self.entrances(is_closed=False).items():
            for planted in FORMS:
                with self.subTest(entrance=name, secret=planted.name):
                    self.assertFalse(self.leaves(enter, planted))

    def test_what_has_no_form_leaves_by_none_that_is_closed(self):
        for name, enter in self.entrances(is_closed=True).items():
            with self.subTest(entrance=name):
                self.assertFalse(self.leaves(enter, FORMLESS))

    def test_an_entrance_is_closed_or_lets_through_what_has_no_form(self):
        """Or it would not be known what the policy is needed for, and whether anything went in at all."""
        is_open = self.entrances(is_closed=False).keys() - self.entrances(is_closed=True).keys()
        silent = {name for name in is_open if not self.leaves(getattr(self, name), FORMLESS)}
        self.assertEqual(silent, set())


@tagged("post_install", "-at_install")
class TestSecretsOfTheSite(CodeEntrances, LibraryEntrances, LogMixin, HttpCase):
    def test_names_and_patterns_of_the_site_hold_for_all_signals(self):
        self.start_logging(
            ODOOOPS_LOG_FORMAT="json",
            ODOOOPS_LOG_EXPORTER="otlp",
            ODOOOPS_REDACT_NAMES="employee_no",
            ODOOOPS_REDACT_PATTERNS=r"\bEMP-\d{6}\b",
        )
        for planted in (
            Planted("name", "pl4nted", "employee_no=pl4nted"),
            Planted("pattern", "EMP-123456", "x EMP-123456"),
        ):
            self.enter_arguments_of_a_log_line(planted)
            self.enter_message_of_an_exception(planted)
            self.enter_span_of_the_request(planted)
            self.enter_span_of_a_library(planted)
            self.enter_log_record_of_a_library(planted)
            self.enter_metric_of_a_library(planted)
            self.flush()
            with self.subTest(planted.name):
                self.assertFalse(planted.is_in(self.receiver.everything() + self.stream.getvalue().encode()))
        self.assertIn("employee_no=REDACTED", self.stream.getvalue())

"""Secrets × entrances: no byte that leaves the process has one that was planted."""

import logging
import threading
from unittest import mock

from odoo.tests import HttpCase, tagged

from .common import RpcMixin
from .entrances import BrowserEntrances, CodeEntrances, LibraryEntrances, RequestEntrances
from .http_server import HttpServer
from .planted import FORMLESS, FORMS, Planted
from .test_logging import LogMixin


@tagged("post_install", "-at_install")
class TestPlantedSecrets(
    RequestEntrances, BrowserEntrances, CodeEntrances, LibraryEntrances, LogMixin, RpcMixin, HttpCase
):
    def setUp(self):
        super().setUp()
        self.server = HttpServer()
        self.addCleanup(self.server.stop)
        # Both ways that Odoo's log goes; the job's database as ir.cron._process_jobs sets it.
        self.start_logging(ODOOOPS_LOG_FORMAT="json", ODOOOPS_LOG_EXPORTER="otlp")
        self.startPatcher(
            mock.patch.object(threading.current_thread(), "dbname", self.env.cr.dbname, create=True)
        )
        # What the tests of Odoo say of their own requests
        self.startPatcher(
            mock.patch.object(logging.getLogger("odoo.tests.common.requests"), "disabled", True)
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
            if getattr(method, "is_closed", False) is is_closed
        }

    def told(self, enter, *secrets) -> bytes:
        """What leaves when secrets have gone in there: as OTLP, or in the lines that the collector reads."""
        self.receiver.received.clear()
        self.stream.seek(0)
        self.stream.truncate()
        for planted in secrets:
            enter(planted)
        self.flush()
        self.assertTrue(self.receiver.received, "nothing was sent")
        return self.receiver.everything() + self.stream.getvalue().encode()

    def test_nothing_leaves_by_a_closed_entrance(self):
        everything = Planted("everything", "", "\n".join(planted.text for planted in FORMS))
        for name, enter in self.entrances(is_closed=True).items():
            for planted in (FORMLESS, everything):
                told = self.told(enter, planted)
                for secret in (FORMLESS, *FORMS):
                    with self.subTest(entrance=name, secret=secret.name):
                        self.assertEqual(secret.places(told), [])

    def test_what_has_a_form_leaves_by_no_entrance(self):
        for name, enter in self.entrances(is_closed=False).items():
            # One after the other, and all that has left is searched at once.
            told = self.told(enter, *FORMS)
            for planted in FORMS:
                with self.subTest(entrance=name, secret=planted.name):
                    self.assertEqual(planted.places(told), [])

    def test_texts_leave_by_an_entrance_that_is_not_closed(self):
        """Or nothing went in, or it should be called closed."""
        silent = {
            name
            for name, enter in self.entrances(is_closed=False).items()
            if not FORMLESS.places(self.told(enter, FORMLESS))
        }
        self.assertEqual(silent, set())


# What only a site knows to be one
SITE = (
    Planted("name", "pl4nted", "employee_no=pl4nted"),
    Planted("pattern", "EMP-123456", "x EMP-123456"),
)


class SiteEntrances(BrowserEntrances, CodeEntrances, LibraryEntrances, LogMixin):
    """Texts go in wherever they leave again: in spans, metrics and logs, Odoo's own and those of libraries."""

    def told_of(self, planted) -> bytes:
        """All that has left since the test began."""
        self.enter_arguments_of_a_log_line(planted)
        self.enter_message_of_an_exception(planted)
        self.enter_span_of_the_request(planted)
        self.enter_span_of_a_library(planted)
        self.enter_log_record_of_a_library(planted)
        self.enter_metric_of_a_library(planted)
        self.enter_report_of_a_browser(planted)
        self.flush()
        return self.receiver.everything() + self.stream.getvalue().encode()


@tagged("post_install", "-at_install")
class TestSecretsOfTheSite(SiteEntrances, HttpCase):
    def test_names_and_patterns_of_the_site_hold_for_all_signals(self):
        self.start_logging(
            ODOOOPS_LOG_FORMAT="json",
            ODOOOPS_LOG_EXPORTER="otlp",
            ODOOOPS_REDACT_NAMES="employee_no",
            ODOOOPS_REDACT_PATTERNS=r"\bEMP-\d{6}\b",
        )
        for planted in SITE:
            with self.subTest(planted.name):
                self.assertEqual(planted.places(self.told_of(planted)), [])
        self.assertIn("employee_no=REDACTED", self.stream.getvalue())

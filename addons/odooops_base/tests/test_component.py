"""The page's data: every part with its state, and what to do about it."""

import json
import os
import threading
from unittest.mock import patch

from odoo import release
from odoo.tests import tagged
from odoo.tools import config

from .common import OK, OwnPartsCase, answer, free_address, serving, silence


def http(address):
    return {"type": "http", "url": f"http://{address}/-/ready"}


@tagged("post_install", "-at_install", "odooops")
class TestStatus(OwnPartsCase):
    def get_status(self):
        return self.env["odooops.component"].get_status()

    def test_parts_that_answer_are_healthy(self):
        with serving(answer(OK)) as address:
            self.list_parts(prometheus=http(address), nginx={"type": "tcp", "address": address})
            status = self.get_status()

        self.assertEqual(status["summary"]["title"], "All 4 parts are healthy")
        self.assertEqual(
            status["summary"],
            {
                "state": "healthy",
                "total": 4,
                "healthy": 4,
                "warning": 0,
                "failing": 0,
                "unknown": 0,
                "title": "All 4 parts are healthy",
                "message": "",
            },
        )

    def test_every_part_has_every_key(self):
        self.list_parts(nginx={"type": "none"})
        status = self.get_status()

        for part in status["components"]:
            self.assertEqual(
                set(part),
                set("name title purpose state message version listen latency_ms checked_at figures".split()),
            )
            self.assertEqual(part["checked_at"], status["checked_at"])

    def test_a_dead_part_comes_first_and_says_what_to_do(self):
        address = free_address()
        with serving(answer(OK)) as up:
            self.list_parts(nginx=http(up), prometheus=http(address))
            status = self.get_status()

        first = status["components"][0]
        self.assertEqual(
            (first["name"], first["state"], first["latency_ms"]), ("prometheus", "failing", False)
        )
        self.assertEqual(
            first["message"],
            f"Nothing listens at {address}. setup/cli status shows the process, setup/up starts it again.",
        )
        self.assertEqual(status["summary"]["title"], "1 of 4 parts needs attention")
        self.assertEqual(status["summary"]["message"], "See Prometheus for what to do.")

    def test_several_dead_parts_are_named_together(self):
        self.list_parts(prometheus=http(free_address()), alertmanager=http(free_address()))

        summary = self.get_status()["summary"]

        self.assertEqual(summary["title"], "2 of 4 parts need attention")
        self.assertEqual(summary["message"], "See Prometheus and Alertmanager for what to do.")

    def test_an_error_status_and_a_redirect_are_told_apart(self):
        for answered, said in ((b"503 Down", "answered 503. See its log."), (b"302 Found", "a redirect")):
            with serving(answer(b"HTTP/1.1 " + answered + b"\r\n\r\n")) as address:
                self.list_parts(prometheus=http(address))
                self.assertIn(said, self.get_part("prometheus")["message"])

    def test_a_part_that_keeps_silent_does_not_keep_the_others_from_being_shown(self):
        with serving(silence) as slow, serving(answer(OK)) as up:
            self.list_parts(prometheus=http(slow), nginx=http(up))
            status = self.get_status()

        states = {part["name"]: part["state"] for part in status["components"]}
        self.assertEqual((states["prometheus"], states["nginx"]), ("failing", "healthy"))
        self.assertIn("did not answer within a second", status["components"][0]["message"])

    def test_a_part_without_a_check_is_not_known_and_not_failing(self):
        self.list_parts(backup={"type": "none"})

        self.assertEqual(self.get_part("backup")["state"], "unknown")
        self.assertEqual(
            self.get_status()["summary"]["title"],
            "2 of 3 parts are healthy, the state of the others is not known",
        )

    def test_odoo_speaks_for_itself_and_is_not_asked(self):
        asked = threading.Event()
        with serving(lambda connection, end: asked.set()) as address:
            self.list_parts(nginx={"type": "none"}, odoo=http(address))
            status = self.get_status()

        odoo = self.get_part("odoo")
        self.assertFalse(asked.is_set())
        self.assertEqual((odoo["state"], odoo["version"]), ("healthy", release.version))
        self.assertEqual([part["name"] for part in status["components"]].count("odoo"), 1)
        self.assertEqual(odoo["figures"][0], {"label": "Database", "value": self.env.cr.dbname})

    def test_version_and_address_of_postgresql_are_as_listed_where_they_are(self):
        entry = {"name": "postgresql", "title": "Database", "listen": "127.0.0.1:5432"}
        self.components_file.write_text(json.dumps({"version": 1, "components": [entry]}))
        part = self.get_part("postgresql")

        self.assertEqual((part["title"], part["listen"]), ("PostgreSQL", "127.0.0.1:5432"))
        self.assertRegex(part["version"], r"^\d+(\.\d+)?$")

    def test_the_workers_of_odoo_are_the_configured_ones(self):
        self.list_parts()
        with patch.dict(config.options, workers=3, max_cron_threads=1):
            figures = {figure["label"]: figure["value"] for figure in self.get_part("odoo")["figures"]}

        self.assertEqual((figures["HTTP workers"], figures["Cron workers"]), (3, 1))

    def test_postgresql_shows_size_and_connections(self):
        self.list_parts()
        part = self.get_part("postgresql")
        size, connections = part["figures"]

        self.assertRegex(part["version"], r"^\d+(\.\d+)?$")
        self.assertGreater(size["value"], 1_000_000)
        self.assertEqual(size["unit"], "By")
        self.assertGreaterEqual(connections["value"], 1)
        self.assertGreater(connections["limit"], connections["value"])

    def test_messages_are_in_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.list_parts(prometheus=http(free_address()), nginx=http(free_address()))

        status = self.env["odooops.component"].with_context(lang="fr_FR").get_status()

        self.assertIn("Prometheus et Nginx", status["summary"]["message"])


@tagged("post_install", "-at_install", "odooops")
class TestList(OwnPartsCase):
    def assert_list(self, state, message):
        part = self.get_part("components")
        self.assertEqual(part["state"], state)
        self.assertRegex(part["message"], message)
        self.assertEqual(self.get_part("postgresql")["state"], "healthy")

    def test_without_the_variable_the_page_says_how_to_get_a_list(self):
        with patch.dict(os.environ):
            del os.environ["ODOOOPS_COMPONENTS_FILE"]
            self.assert_list("unknown", "No list of parts .* setup/up writes .* ODOOOPS_COMPONENTS_FILE")

    def test_a_file_that_is_not_there_is_named(self):
        self.assert_list("unknown", f"{self.components_file} does not exist. setup/up writes")

    def test_a_malformed_file_is_named_with_the_field(self):
        self.components_file.write_text('{"version": 1, "components": [{"name": "x"}]}')

        self.assert_list(
            "failing",
            rf"^{self.components_file}: components\[0\].title: expected .* Correct it, or run setup/up",
        )

    def test_a_file_that_is_no_text_or_no_file_is_named(self):
        self.components_file.write_bytes(b"\xff\xfe")
        self.assert_list("failing", "components.json: the file is not UTF-8 text")

        self.components_file.unlink()
        self.components_file.mkdir()
        self.assert_list("failing", "components.json: Is a directory")

    def test_a_changed_file_is_read_without_a_restart(self):
        self.list_parts(nginx={"type": "none"})
        self.get_part("nginx")
        self.list_parts(prometheus={"type": "none"})
        self.get_part("prometheus")

    def test_an_address_comes_from_the_file_and_not_from_the_caller(self):
        self.list_parts()
        component = self.env["odooops.component"].with_context(ODOOOPS_COMPONENTS_FILE="/etc/passwd")

        with self.assertRaises(TypeError):
            component.get_status({"type": "http", "url": "http://127.0.0.1/"})
        self.assertEqual(len(component.get_status()["components"]), 2)


@tagged("post_install", "-at_install", "odooops")
class TestExtension(OwnPartsCase):
    def test_an_addon_adds_a_part_with_figures(self):
        Component = type(self.env["odooops.component"])
        original = Component._collect_components

        def collect(self):
            telemetry = self._prepare_component(
                "telemetry", "Telemetry", state="failing", figures=[{"label": "Sent", "value": 1200}]
            )
            return [*original(self), telemetry]

        self.list_parts()
        with patch.object(Component, "_collect_components", collect):
            status = self.env["odooops.component"].get_status()

        first = status["components"][0]
        self.assertEqual((first["name"], first["figures"][0]["value"]), ("telemetry", 1200))
        self.assertEqual(status["summary"]["title"], "1 of 3 parts needs attention")

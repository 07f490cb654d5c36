"""The history of what was applied: back and forth, and drift."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import odooops_configuration_version
from .test_configuration import TEXT, ConfigurationCase


@tagged("post_install", "-at_install", "odooops")
class TestHistory(ConfigurationCase):
    def setUp(self):
        super().setUp()
        self.first = self.version(self.apply(TEXT))
        self.second = self.version(
            self.apply(
                TEXT.replace("retention_days: 90", "retention_days: 7")
                .replace("paris:", "rome:", 1)
                .replace("[berlin, paris]", "[berlin]")
            )
        )

    def version(self, result):
        return self.versions.browse(result["version"]).with_user(self.admin)

    def test_each_version_says_who_when_and_what(self):
        self.assertEqual((self.second.user_id, self.second.origin), (self.admin, "applied"))
        self.assertEqual(self.second.summary, "1 new, 2 changed")
        self.assertIn("-     retention_days: 90\n+     retention_days: 7\n", self.second.difference)
        self.assertEqual(self.versions.search([("is_current", "=", True)]), self.second)

    def test_undo_takes_back_exactly_what_it_changed(self):
        note = "made by hand since"
        self.environment("berlin").note = note
        result = self.second.undo_version()
        self.assertTrue(result["changed"])
        berlin = self.environment("berlin")
        self.assertEqual((berlin.retention_days, berlin.note), (90, note))
        self.assertFalse(self.environment("rome").active)
        current = self.version(result)
        self.assertEqual((current.text, current.origin, current.is_current), (TEXT, "undone", True))
        self.assertFalse(self.configuration.check_drift()["drifted"])

    def test_an_undo_can_be_undone(self):
        self.version(self.second.undo_version()).undo_version()
        self.assertEqual(self.environment("berlin").retention_days, 7)
        self.assertTrue(self.environment("rome").active)

    def test_the_first_one_can_be_undone(self):
        self.versions.search([("id", "!=", self.first.id)]).unlink()
        self.first.sudo().is_current = True
        only = self.version(self.first.undo_version())
        self.assertEqual((only.text, only.is_current), ("version: 1\n", True))
        self.assertFalse(self.environment("berlin").active)
        self.assertFalse(self.operator._has_odooops_role("auditor"))

    def test_an_older_one_is_not_undone(self):
        with self.assertRaisesRegex(UserError, "Only the configuration in force"):
            self.first.undo_version()

    def test_undo_leaves_alone_what_is_gone_by_now(self):
        self.environment("rome").active = False
        changes = self.second.undo_version()["changes"]
        self.assertNotIn("rome", [change["key"] for change in changes])

    def test_restore_applies_an_older_one_again(self):
        result = self.first.restore_version()
        self.assertEqual(self.environment("berlin").retention_days, 90)
        self.assertTrue(self.environment("rome").active, "what a later one made stays")
        current = self.version(result)
        self.assertEqual((current.text, current.origin), (TEXT, "restored"))

    def test_the_oldest_ones_go_and_the_one_in_force_stays(self):
        with patch.object(odooops_configuration_version, "KEPT", 0):
            self.versions._gc_versions()
        self.assertEqual(self.versions.search([]), self.second)

    def test_the_buttons_say_what_was_done(self):
        self.assertEqual(self.first.action_restore()["params"]["message"], "2 changed")
        self.assertEqual(self.versions._get_current().action_undo()["tag"], "display_notification")


@tagged("post_install", "-at_install", "odooops")
class TestDrift(ConfigurationCase):
    def test_without_a_configuration_there_is_no_drift(self):
        found = self.configuration.check_drift()
        self.assertEqual((found["drifted"], found["version"], found["changes"]), (False, False, []))
        self.versions._cron_check_drift()

    def test_a_change_by_hand_is_drift(self):
        self.apply(TEXT)
        self.assertFalse(self.configuration.check_drift()["drifted"])
        self.environment("berlin").retention_days = 1
        found = self.configuration.check_drift()
        self.assertTrue(found["drifted"])
        self.assertEqual(
            found["difference"],
            "  environments:\n    berlin:\n-     retention_days: 1\n+     retention_days: 90\n",
        )

    def test_it_is_told_once_and_again_when_it_is_another(self):
        self.apply(TEXT)
        self.environment("berlin").retention_days = 1
        self.versions._cron_check_drift()
        self.versions._cron_check_drift()
        self.assertEqual(len(self.events("configuration.drifted")), 1)
        self.assertTrue(self.versions._get_current().has_drifted)
        self.environment("berlin").retention_days = 2
        self.versions._cron_check_drift()
        self.assertEqual(len(self.events("configuration.drifted")), 2)
        self.environment("berlin").retention_days = 90
        self.versions._cron_check_drift()
        self.assertFalse(self.versions._get_current().has_drifted)

    def test_a_setting_turns_it_off(self):
        self.apply(TEXT)
        self.environment("berlin").retention_days = 1
        self.env["odooops.setting"].set_setting("configuration.check_drift", False)
        self.versions._cron_check_drift()
        self.assertFalse(self.events("configuration.drifted"))

    def test_what_cannot_be_applied_any_more_is_told(self):
        self.apply(TEXT)
        self.operator.active = False
        found = self.configuration.check_drift()
        self.assertEqual(found["drifted"], False)
        self.assertIn("there is no active internal user", found["problems"][0])
        self.versions._cron_check_drift()
        self.assertTrue(self.versions._get_current().has_drifted)

    def test_who_may_not_read_a_section_is_told_that_it_was_skipped(self):
        self.apply(TEXT)
        found = self.configuration.with_user(self.make_user("viewer")).check_drift()
        self.assertEqual((found["skipped"], found["drifted"]), (["roles"], False))

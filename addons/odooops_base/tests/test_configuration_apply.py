"""The dialog: paste or upload, plan, apply."""

import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_configuration import TEXT, ConfigurationCase


@tagged("post_install", "-at_install", "odooops")
class TestDialog(ConfigurationCase):
    def make(self, text, user=None):
        return self.env["odooops.configuration.apply"].with_user(user or self.admin).create({"text": text})

    def test_plan_then_apply(self):
        dialog = self.make(TEXT)
        self.assertEqual(dialog.state, "write")
        dialog.action_plan()
        self.assertEqual((dialog.state, dialog.can_apply), ("planned", True))
        self.assertEqual(
            dialog.line_ids.mapped("key"),
            ["berlin", "paris", "event.retention_days", "config_operator auditor"],
        )
        self.assertEqual(dialog.line_ids[2].after, "30")
        action = dialog.action_apply()
        self.assertEqual(action["params"]["message"], "4 new")
        self.assertTrue(self.environment("berlin"))

    def test_mistakes_are_shown_and_nothing_can_be_applied(self):
        dialog = self.make("version: 1\nenviroments: {}\n")
        dialog.action_plan()
        self.assertEqual(dialog.state, "wrong")
        self.assertIn('line 2, column 1: enviroments: "enviroments" is not known here', dialog.problems)
        with self.assertRaisesRegex(UserError, "Plan first"):
            dialog.action_apply()

    def test_nothing_given_is_told(self):
        dialog = self.make(False)
        dialog.action_plan()
        self.assertIn('begin it with "version: 1"', dialog.problems)

    def test_a_text_that_changed_since_the_plan_has_to_be_planned_again(self):
        dialog = self.make(TEXT)
        dialog.action_plan()
        dialog.text = TEXT.replace("90", "91")
        self.assertEqual(dialog.state, "write")
        with self.assertRaisesRegex(UserError, "Plan first"):
            dialog.action_apply()

    def test_a_platform_that_changed_since_the_plan_is_not_touched(self):
        dialog = self.make(TEXT)
        dialog.action_plan()
        self.env["odooops.environment"].create({"name": "berlin"})
        with self.assertRaisesRegex(UserError, "changed since the plan"):
            dialog.action_apply()

    def test_a_file_takes_the_place_of_the_text(self):
        form = Form(self.env["odooops.configuration.apply"].with_user(self.admin))
        form.file = base64.b64encode(TEXT.encode()).decode()
        self.assertEqual(form.text, TEXT)
        with self.assertRaisesRegex(UserError, "not UTF-8"):
            form.file = base64.b64encode(b"\xff\xfe").decode()

    def test_one_can_begin_with_what_is(self):
        dialog = self.make(False)
        dialog.action_export()
        dialog.action_plan()
        self.assertEqual(dialog.state, "same")

    def test_one_can_go_back_to_the_text(self):
        dialog = self.make(TEXT)
        dialog.action_plan()
        dialog.action_edit()
        self.assertEqual((dialog.state, dialog.text), ("write", TEXT))

    def test_viewers_plan_and_do_not_apply(self):
        dialog = self.make("version: 1\nsettings: {event.retention_days: 3}\n", self.make_user("viewer"))
        dialog.action_plan()
        self.assertEqual((dialog.state, dialog.can_apply), ("planned", False))
        with self.assertRaises(AccessError):
            dialog.action_apply()

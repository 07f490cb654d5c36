"""Configuration as code: checked, planned, applied as a whole or not at all."""

import contextlib
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..stores import RecordStore, RoleStore, SettingStore, StoreError
from ..tools.configuration.validation import suggestion
from .common import new_user

TEXT = """\
version: 1
environments:
  berlin:
    kind: production
    url: https://berlin.example.com
    retention_days: 90
    sampling_ratio: 0.12345678
  paris:
    kind: staging
settings:
  event.retention_days: 30
roles:
  config_operator:
    auditor: [berlin, paris]
"""


class ConfigurationCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.make_user("admin")
        cls.operator = cls.make_user("operator")

    def setUp(self):
        super().setUp()
        self.configuration = self.env["odooops.configuration"]
        self.versions = self.env["odooops.configuration.version"]

    @classmethod
    def make_user(cls, role):
        return new_user(cls.env, f"config_{role}", groups=f"odooops_base.group_odooops_{role}")

    def apply(self, text, digest=None):
        return self.configuration.with_user(self.admin).apply_configuration(text, digest)

    def plan(self, text):
        return self.configuration.with_user(self.admin).plan_configuration(text)

    def get_changes(self, text):
        return [(own["section"], own["key"], own["action"]) for own in self.plan(text)["changes"]]

    def environment(self, name):
        return self.env["odooops.environment"].with_context(active_test=False).search([("name", "=", name)])

    def events(self, name):
        return self.env["odooops.event"].search([("name", "=", name)])


@tagged("post_install", "-at_install", "odooops")
class TestPlanAndApply(ConfigurationCase):
    def test_a_plan_says_what_would_change_and_changes_nothing(self):
        plan = self.plan(TEXT)
        self.assertEqual(
            [(own["section"], own["key"], own["action"]) for own in plan["changes"]],
            [
                ("environments", "berlin", "create"),
                ("environments", "paris", "create"),
                ("settings", "event.retention_days", "create"),
                ("roles", "config_operator auditor", "create"),
            ],
        )
        self.assertEqual(plan["counts"], {"create": 4, "update": 0, "delete": 0})
        self.assertIn("+   berlin:\n+     kind: production\n", plan["difference"])
        self.assertFalse(self.environment("berlin"))

    def test_a_plan_goes_by_what_is_stored_not_by_what_its_process_remembers(self):
        """Another process may have applied something since the request began."""
        self.env["odooops.setting"]._get_stored()
        changed = SQL(
            "UPDATE odooops_setting SET stored = '{\"value\": 30}' WHERE name = 'event.retention_days'"
        )
        self.env.cr.execute(changed)
        self.assertEqual(self.env.cr.rowcount, 1)
        self.assertNotIn(("settings", "event.retention_days", "create"), self.get_changes(TEXT))

    def test_apply_makes_it_so(self):
        result = self.apply(TEXT)
        self.assertTrue(result["changed"])
        berlin = self.environment("berlin")
        self.assertEqual((berlin.kind, berlin.retention_days), ("production", 90))
        self.assertEqual(self.env["odooops.setting"]._get("event.retention_days"), 30)
        self.assertEqual(
            self.operator._get_odooops_environment_ids("auditor"),
            (berlin | self.environment("paris")).ids,
        )
        event = self.events("configuration.applied")
        self.assertEqual(event.user_id, self.admin)
        self.assertEqual(event.details, {"how": "applied", "create": 4, "update": 0, "delete": 0})

    def test_the_second_apply_changes_nothing(self):
        first = self.apply(TEXT)
        self.env.flush_all()
        events = self.env["odooops.event"].search_count([])
        with patch.object(RecordStore, "apply", side_effect=AssertionError("wrote")):
            second = self.apply(TEXT)
        self.assertEqual(
            (second["changed"], second["changes"], second["version"]), (False, [], first["version"])
        )
        self.assertEqual(self.env["odooops.event"].search_count([]), events)
        self.assertEqual(self.versions.search_count([]), 1)

    def test_what_is_not_mentioned_stays(self):
        self.apply(TEXT)
        self.environment("berlin").databases = "odoo"
        changes = self.get_changes("version: 1\nenvironments: {berlin: {kind: staging}}\n")
        self.assertEqual(changes, [("environments", "berlin", "update")])
        self.apply("version: 1\nenvironments: {berlin: {kind: staging}}\n")
        self.assertEqual(
            (self.environment("berlin").databases, self.environment("paris").active), ("odoo", True)
        )

    def test_prune_takes_away_what_is_not_listed(self):
        self.apply(TEXT)
        current = self.env["odooops.environment"]._get_current().name
        text = f"version: 1\nprune: [environments]\nenvironments: {{berlin: {{}}, {current}: {{}}}}\n"
        listed = set(self.env["odooops.environment"].search([]).mapped("name")) - {"berlin", current}
        self.assertEqual(
            self.get_changes(text), [("environments", name, "delete") for name in sorted(listed)]
        )
        self.apply(text)
        self.assertFalse(self.environment("paris").active, "archived: what belongs to it stays")
        self.apply("version: 1\nenvironments: {paris: {kind: development}}\n")
        self.assertEqual(
            (self.environment("paris").active, self.environment("paris").kind), (True, "development")
        )

    def test_pruned_settings_go_back_to_their_defaults(self):
        self.apply(TEXT)
        self.apply("version: 1\nprune: [settings]\nsettings: {}\n")
        self.assertEqual(self.env["odooops.setting"]._get("event.retention_days"), 90)

    def test_the_environment_that_this_odoo_runs_in_is_not_pruned(self):
        # What failed is logged by a cursor of its own.
        self.registry_enter_test_mode()
        with self.assertRaisesRegex(UserError, "Nothing was changed"):
            self.apply("version: 1\nprune: [environments]\nenvironments: {}\n")
        self.assertTrue(self.env["odooops.environment"]._get_current().active)

    def test_an_export_applied_changes_nothing(self):
        self.apply(TEXT)
        text = self.configuration.with_user(self.admin).export_configuration()
        self.assertIn("# yaml-language-server: $schema=http", text)
        self.assertEqual(self.get_changes(text), [])
        self.assertEqual(text, self.configuration.with_user(self.admin).export_configuration())
        pruned = text.replace("version: 1\n", "version: 1\nprune: [environments, settings, roles]\n")
        self.assertEqual(self.get_changes(pruned), [])

    def test_some_sections_are_exported_when_asked_for(self):
        text = self.configuration.export_configuration(["settings"])
        self.assertNotIn("environments", text)
        with self.assertRaisesRegex(UserError, "setings is no section. Did you mean"):
            self.configuration.export_configuration(["setings"])

    def test_every_mistake_is_told_with_its_place(self):
        text = TEXT.replace("kind: staging", "kind: stage").replace("[berlin, paris]", "[berlin, pariss]")
        text = text.replace("config_operator", "nobody").replace("days: 30", "days: 0")
        found = self.configuration.validate_configuration(text)
        self.assertFalse(found["valid"])
        self.assertEqual(
            found["messages"],
            [
                "line 9, column 11: environments.paris.kind: expected one of production, staging, development, "
                'found "stage"',
                "line 11, column 25: settings.event.retention_days: expected at least 1, found 0",
                "line 13, column 3: roles.nobody: there is no active internal user with this login",
                'line 14, column 23: roles.nobody.auditor[1]: environment "pariss" is not known.'
                + suggestion("pariss", self.env["odooops.environment"].search([]).mapped("name")),
            ],
        )
        self.assertEqual([problem["line"] for problem in found["problems"]], [9, 11, 13, 14])
        for method in ("plan_configuration", "apply_configuration"):
            with self.assertRaisesRegex(
                UserError, "line 13, column 3: roles.nobody: there is no active internal"
            ):
                getattr(self.configuration, method)(text)

    def test_what_is_no_text_is_refused(self):
        for wrong in (None, 5, ["version: 1"], {"version": 1}):
            with self.assertRaisesRegex(UserError, "as a text"):
                self.configuration.validate_configuration(wrong)

    def test_a_number_that_is_rounded_when_stored_is_no_change(self):
        self.apply(TEXT)
        self.assertEqual(self.get_changes(TEXT), [])

    def test_a_plan_that_is_out_of_date_is_refused(self):
        digest = self.plan(TEXT)["digest"]
        self.env["odooops.environment"].create({"name": "berlin"})
        with self.assertRaisesRegex(UserError, "changed since the plan. Nothing was done: plan again"):
            self.apply(TEXT, digest)
        self.assertFalse(self.environment("paris"))
        self.assertTrue(self.apply(TEXT, self.plan(TEXT)["digest"])["changed"])

    def test_a_plan_of_another_text_is_refused(self):
        digest = self.plan(TEXT)["digest"]
        with self.assertRaisesRegex(UserError, "changed since the plan"):
            self.apply(TEXT.replace("90", "91"), digest)


@tagged("post_install", "-at_install", "odooops")
class TestAllOrNothing(ConfigurationCase):
    def setUp(self):
        super().setUp()
        # What failed is logged by a cursor of its own.
        self.registry_enter_test_mode()

    def fail_after(self, count):
        """The change after ``count`` fails; returns the list of those that were made."""
        made = []

        def failing(original):
            def apply(store, env, change):
                if len(made) == count:
                    raise StoreError("the disk is full")
                made.append(change)
                original(store, env, change)

            return apply

        stack = contextlib.ExitStack()
        for store in (RecordStore, SettingStore, RoleStore):
            stack.enter_context(patch.object(store, "apply", failing(store.apply)))
        return made, stack

    def test_a_failure_after_any_change_leaves_nothing(self):
        for count in range(4):
            made, failing = self.fail_after(count)
            with (
                self.subTest(count=count),
                failing,
                self.assertRaisesRegex(UserError, "the disk is full\nNothing was changed."),
            ):
                self.apply(TEXT)
            self.assertEqual(len(made), count)
            self.assert_untouched()
        self.assertTrue(self.apply(TEXT)["changed"])

    def assert_untouched(self):
        self.assertFalse(self.environment("berlin") | self.environment("paris"))
        self.assertEqual(self.env["odooops.setting"]._get("event.retention_days"), 90)
        self.assertFalse(self.operator._has_odooops_role("auditor"))
        self.assertFalse(self.versions.search([]))
        self.assertFalse(
            self.events("configuration.applied").filtered(lambda event: event.outcome == "success")
        )

    def test_what_a_model_refuses_is_told_with_its_entry(self):
        text = TEXT + "  config_admin:\n    viewer: all\nprune: [roles]\n"
        with self.assertRaisesRegex(
            UserError, r"(?s)roles.config_admin admin: This takes from you.*Nothing was"
        ):
            self.apply(text)
        self.assertTrue(self.admin._has_odooops_role("admin"))
        self.assert_untouched()


@tagged("post_install", "-at_install", "odooops")
class TestConfigurationRoles(ConfigurationCase):
    def test_viewers_check_plan_and_export_what_they_may_read(self):
        viewer = self.configuration.with_user(self.make_user("viewer"))
        self.assertTrue(viewer.validate_configuration("version: 1\n")["valid"])
        self.assertEqual(viewer.plan_configuration("version: 1\nsettings: {}\n")["changes"], [])
        text = viewer.export_configuration()
        self.assertIn("environments:", text)
        self.assertNotIn("roles:", text)
        with self.assertRaisesRegex(AccessError, "section roles is for"):
            viewer.export_configuration(["roles"])
        with self.assertRaisesRegex(AccessError, "section roles is for"):
            viewer.plan_configuration("version: 1\nroles: {}\n")

    def test_only_administrators_of_all_environments_apply(self):
        limited = new_user(self.env, "config_limited", groups="odooops_base.group_odooops_operator")
        staging = self.env["odooops.environment"].create({"name": "staging"})
        self.env["odooops.role.assignment"].create(
            {"user_id": limited.id, "role": "admin", "scope": "named", "environment_ids": [staging.id]}
        )
        users = [limited, self.operator, self.make_user("viewer"), self.make_user("auditor")]
        version = self.versions.browse(self.apply("version: 1\n")["version"])
        for user in users:
            with self.assertRaises(AccessError):
                self.configuration.with_user(user).apply_configuration("version: 1\n")
            for method in ("restore_version", "undo_version", "action_restore", "action_undo"):
                with self.assertRaises(AccessError):
                    getattr(version.with_user(user), method)()
            for attempt in (
                lambda user=user: version.with_user(user).write({"text": "x"}),
                lambda user=user: version.with_user(user).unlink(),
                lambda user=user: self.versions.with_user(user).create({"text": "x", "origin": "applied"}),
            ):
                with self.assertRaises(AccessError):
                    attempt()

    def test_history_is_for_auditors_and_administrators(self):
        self.apply("version: 1\n")
        self.assertTrue(self.versions.with_user(self.admin).search([]))
        self.assertTrue(self.versions.with_user(self.make_user("auditor")).search([]))
        with self.assertRaises(AccessError):
            self.versions.with_user(self.operator).search([])

    def test_nobody_writes_history_not_even_administrators(self):
        version = self.versions.browse(self.apply("version: 1\n")["version"]).with_user(self.admin)
        with self.assertRaises(AccessError):
            version.write({"text": "x"})
        with self.assertRaises(AccessError):
            version.unlink()

    def test_others_get_nothing(self):
        plain = self.configuration.with_user(new_user(self.env, "plain", groups="base.group_system"))
        for method in ("validate_configuration", "plan_configuration", "apply_configuration"):
            with self.assertRaises(AccessError):
                getattr(plain, method)("version: 1\n")
        for method in ("export_configuration", "check_drift", "get_schema"):
            with self.assertRaises(AccessError):
                getattr(plain, method)()

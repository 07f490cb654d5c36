"""Odd records and odd texts: what is exported validates and changes nothing, and what validates can be applied."""

import os
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .test_configuration import ConfigurationCase

KEY = "a2V5LW9mLXRoZS10ZXN0cy1hbmQtb2Ytbm90aGluZzE="
ODD_TEXTS = (
    "null",
    "yes",
    "<<",
    "2024-01-01",
    "0x1F",
    "a: b # c",
    " spaces ",
    "line\n\n  line\n",
    "'\"\\ \t",
    "- a\n- b",
    "ünï\u2028cödé 密码 🔑",
    "{{ }} %(a)s $window",
    "---\nend\n...",
    "\x07bell",
)


@tagged("post_install", "-at_install", "odooops")
class TestOddRecords(ConfigurationCase):
    def setUp(self):
        super().setUp()
        self.enterContext(patch.dict(os.environ, ODOOOPS_SECRET_KEY=KEY))
        os.environ.pop("ODOOOPS_SECRET_KEY_FILE", None)
        self.secrets = self.env["odooops.secret"].with_user(self.admin)

    def assert_round_trip(self):
        """Export → validate → plan is empty, and so it is when every section is said to be complete."""
        configuration = self.configuration.with_user(self.admin)
        text = configuration.export_configuration()
        self.assertEqual(configuration.validate_configuration(text)["messages"], [])
        self.assertEqual(self.get_changes(text), [])
        complete = text.replace(
            "version: 1\n", "version: 1\nprune: [environments, settings, secrets, gates, roles]\n"
        )
        self.assertEqual(self.get_changes(complete), [])
        return text

    def test_secrets_of_every_kind(self):
        for name, vals in {
            "stored": {"value": "x"},
            "null": {"value": "x"},
            "2024-01-01": {"value": "x"},
            "1": {"reference": "$ODOOOPS_SECRET_X"},
            "braces": {"reference": "${ODOOOPS_SECRET_X}"},
            "spaces": {"reference": "file:/run/secrets/a name: with # all"},
            "cyrillic": {"reference": "file:/run/secrets/пароль"},
            "emptied": {"reference": "$ODOOOPS_SECRET_X"},
        }.items():
            self.secrets.create({"name": name, **vals})
        self.secrets.search([("name", "=", "emptied")]).reference = False
        text = self.assert_round_trip()
        self.assertNotIn("emptied", text, "there is nothing to say of it")
        self.assertIn("  stored: kept\n", text)

    def test_a_secret_that_was_emptied_is_filled_by_a_configuration(self):
        secret = self.secrets.create({"name": "emptied", "reference": "$ODOOOPS_SECRET_X"})
        secret.reference = False
        self.apply("version: 1\nsecrets: {emptied: $ODOOOPS_SECRET_Y}\n")
        self.assertEqual(secret.reference, "$ODOOOPS_SECRET_Y")

    def test_a_secret_with_nothing_in_it_is_not_made(self):
        stored = self.secrets.create({"name": "stored", "value": "x"})
        for make in (
            stored.copy,
            lambda: self.secrets.create({"name": "new"}),
            lambda: self.secrets.name_create("new"),
        ):
            refusal = self.assertRaisesRegex(
                ValidationError, "give a value or a reference. A stored value is"
            )
            with refusal, self.cr.savepoint():
                make()
        self.assertEqual(stored.copy({"value": "y"}).name, "stored-copy")
        elsewhere = self.secrets.create({"name": "elsewhere", "reference": "$ODOOOPS_SECRET_X"})
        self.assertEqual(elsewhere.copy().reference, "$ODOOOPS_SECRET_X")
        self.assert_round_trip()

    def test_texts_of_every_kind(self):
        for number, text in enumerate(ODD_TEXTS):
            self.env["odooops.environment"].create(
                {"name": f"{number}.odd", "note": text, "databases": text.replace("\n", "")}
            )
            self.env["odooops.gate"].create(
                {"name": text.replace("\n", " "), "query": "1 # " + text.replace("\n", "\n# "), "note": text}
            )
        self.assert_round_trip()

    def test_names_of_every_kind(self):
        for name in ("1", "1e3", "null", "true", "2024-01-01", "0.5", "a_b-c.d"):
            environment = self.env["odooops.environment"].create({"name": name})
            vals = {"user_id": self.operator.id, "role": "auditor", "scope": "named"}
            held = self.env["odooops.role.assignment"].search(
                [("user_id", "=", self.operator.id), ("role", "=", "auditor")]
            )
            if held:
                held.environment_ids |= environment
            else:
                held.create(vals | {"environment_ids": environment.ids})
        self.operator.login = "null: a user # with all"
        self.assert_round_trip()

    def test_what_is_limited_to_an_archived_environment_stays_so(self):
        environments = self.env["odooops.environment"]
        old = environments.create({"name": "old"})
        self.env["odooops.role.assignment"].create(
            {"user_id": self.operator.id, "role": "auditor", "scope": "named", "environment_ids": old.ids}
        )
        gate = self.env["odooops.gate"].create({"name": "Of old", "query": "1", "environment_ids": old.ids})
        old.active = False
        self.assertNotIn(gate, gate._find_for(environments._get_current()))
        text = self.assert_round_trip()
        self.assertEqual(text.count("- old\n"), 2)


@tagged("post_install", "-at_install", "odooops")
class TestOddTexts(ConfigurationCase):
    def test_an_entry_without_keys_is_one_with_the_defaults(self):
        text = "version: 1\nenvironments:\n  berlin: {}\n  2024-01-01: {}\n  null: {}\n"
        text = text.replace("null", "'null'")
        plan = self.plan(text)
        for line in ("+   berlin: {}\n", "+   '2024-01-01': {}\n", "+   'null': {}\n"):
            self.assertIn(line, plan["difference"])
        self.assertEqual(plan["counts"]["create"], 3)
        version = self.versions.browse(self.apply(text)["version"])
        self.assertEqual(self.environment("2024-01-01").kind, "development")
        self.assertEqual(self.environment("berlin").retention_days, 30)
        self.assertEqual(self.get_changes(text), [])
        version.with_user(self.admin).undo_version()
        self.assertFalse(self.environment("berlin").active)

    def test_what_will_have_no_effect_is_said_in_the_plan(self):
        text = "version: 1\nsettings: {event.retention_days: 30}\n"
        self.assertEqual(self.plan(text)["notes"], [])
        with patch.dict(os.environ, ODOOOPS_EVENT_RETENTION_DAYS="7"):
            plan = self.plan(text)
        note = (
            "settings.event.retention_days: without effect as long as ODOOOPS_EVENT_RETENTION_DAYS says it."
        )
        self.assertEqual(plan["notes"], [note])
        self.assertIn(f"  # {note}\n", plan["difference"])

    def test_what_will_be_refused_is_said_in_the_plan(self):
        own = self.env["odooops.environment"]._get_current().name
        self.environment("berlin").create({"name": "berlin"})
        plan = self.plan("version: 1\nprune: [environments]\nenvironments: {}\n")
        self.assertEqual(
            plan["notes"], [f"environments.{own}: this Odoo runs in it. Name it, or applying is refused."]
        )

    def test_a_section_without_entries_changes_nothing(self):
        for store in self.configuration._get_stores():
            self.assertEqual(self.get_changes(f"version: 1\n{store.name}: {{}}\n"), [])

    def test_an_entry_without_keys_is_made_or_told_what_it_lacks(self):
        for store in self.configuration._get_stores():
            text = f"version: 1\n{store.name}:\n  x1: {{}}\n"
            found = self.configuration.validate_configuration(text)
            if found["valid"]:
                self.assertEqual(self.get_changes(text), [(store.name, "x1", "create")])
                continue
            self.assertIn(f"{store.name}.x1", found["messages"][0])
            with self.assertRaisesRegex(UserError, store.name):
                self.plan(text)

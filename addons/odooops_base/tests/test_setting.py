"""Settings: which value counts, who may change it, and that no wrong one keeps Odoo from working."""

import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from .. import server_file
from ..models import odooops_setting
from ..tools.settings import Setting
from .common import new_user

NAME, VARIABLE = "event.retention_days", "ODOOOPS_EVENT_RETENTION_DAYS"


class SettingsCase(TransactionCase):
    """No variable and no file of whoever runs the tests; a file of the test's own, looked at each time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.make_user("admin")

    def setUp(self):
        super().setUp()
        ours = [
            name for name in os.environ if name in (VARIABLE, server_file.VARIABLE, "ODOOOPS_PROMETHEUS_URL")
        ]
        self.enterContext(patch.dict(os.environ))
        for name in ours:
            del os.environ[name]
        self.settings = self.env["odooops.setting"]
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory()), "observability.yaml")
        self.enterContext(patch.object(server_file, "LOOK_INTERVAL", 0))

    @classmethod
    def make_user(cls, role):
        return new_user(cls.env, f"settings_{role}", groups=f"odooops_base.group_odooops_{role}")

    def write_file(self, text):
        self.file.write_text(text)
        os.environ[server_file.VARIABLE] = str(self.file)

    def get_described(self, name=NAME):
        return next(own for own in self.settings.get_settings() if own["name"] == name)

    def events(self, name):
        return self.env["odooops.event"].search([("name", "=", name)])


@tagged("post_install", "-at_install", "odooops")
class TestSetting(SettingsCase):
    def test_a_setting_has_its_default_until_it_is_set(self):
        self.assertEqual(self.settings._get(NAME), 90)
        found = self.get_described()
        self.assertEqual((found["source"], found["where"], found["is_stored"]), ("default", "", False))

    def test_what_is_set_counts_until_it_is_unset(self):
        settings = self.settings.with_user(self.admin)
        self.assertEqual(settings.set_setting(NAME, 30)["value"], 30)
        self.assertEqual(self.settings._get(NAME), 30)
        self.assertEqual(settings.unset_setting(NAME)["value"], 90)
        self.assertEqual(self.settings._get(NAME), 90)

    def test_text_is_taken_for_a_value_of_the_type(self):
        self.assertEqual(self.settings.set_setting(NAME, " 30 ")["value"], 30)
        self.assertIs(self.settings.set_setting("configuration.check_drift", "false")["value"], False)
        self.assertIs(self.settings._get("configuration.check_drift"), False)

    def test_the_file_wins_over_what_is_set_and_says_where(self):
        self.settings.set_setting(NAME, 30)
        self.write_file(f"version: 1\nsettings:\n  {NAME}: 20\n")
        found = self.get_described()
        self.assertEqual((found["value"], found["source"]), (20, "file"))
        self.assertEqual(found["where"], f"{self.file}:3:3")
        self.assertTrue(found["is_pinned"])

    def test_the_variable_wins_over_all(self):
        self.settings.set_setting(NAME, 30)
        self.write_file(f"version: 1\nsettings:\n  {NAME}: 20\n")
        os.environ[VARIABLE] = "10"
        found = self.get_described()
        self.assertEqual((found["value"], found["source"], found["where"]), (10, "environment", VARIABLE))

    def test_a_file_that_changes_counts_without_a_restart(self):
        self.write_file(f"version: 1\nsettings: {{{NAME}: 20}}\n")
        self.assertEqual(self.settings._get(NAME), 20)
        self.write_file(f"version: 1\nsettings: {{{NAME}: 21}}\n")
        self.assertEqual(self.settings._get(NAME), 21)
        self.file.unlink()
        self.assertEqual(self.settings._get(NAME), 90)

    def test_a_wrong_variable_or_file_is_told_and_the_next_source_counts(self):
        self.settings.set_setting(NAME, 30)
        os.environ[VARIABLE] = "many"
        for text, problem in (
            (f"settings:\n  {NAME}: 0\n", f"{self.file}:2:3: {NAME}: expected a whole number from 1 to 3650"),
            ("settings: [5\n", f"{self.file}: line 1, column 11: a [ is opened and not closed"),
            ("settings: 5\n", f"{self.file}: line 1, column 11: settings: expected a mapping"),
            ("- 1\n", f"{self.file}: line 1, column 1: settings: expected a mapping"),
            (
                "settings: {event.retention: 5}\n",
                f"{self.file}:1:12: event.retention is no setting. Did you mean",
            ),
        ):
            self.write_file(text)
            self.assertEqual(self.settings._get(NAME), 30)
            problems = "\n".join(self.settings._get_problems())
            self.assertIn(
                f'{VARIABLE}: expected a whole number from 1 to 3650 (days), found "many"', problems
            )
            self.assertIn(problem, problems)

    def test_what_cannot_be_used_is_told_once_in_the_log_when_the_registry_is_made(self):
        settings = self.env["odooops.setting"]
        with (
            patch.dict(os.environ, ODOOOPS_EVENT_RETENTION_DAYS="many"),
            patch.object(odooops_setting, "_told", set()),
            self.assertLogs(odooops_setting.__name__, "WARNING") as logs,
        ):
            settings._register_hook()
            settings._register_hook()
        [record] = logs.records
        self.assertRegex(
            record.getMessage(), "^ODOOOPS_EVENT_RETENTION_DAYS: expected a whole number from 1 to 3650"
        )

    def test_a_file_that_cannot_be_read_has_no_effect_and_is_told(self):
        self.file.write_bytes(b"settings: \xff\n")
        os.environ[server_file.VARIABLE] = str(self.file)
        self.assertEqual(self.settings._get_problems(), [f"{self.file}: the file is not UTF-8 text"])
        os.environ[server_file.VARIABLE] = str(self.file.parent)
        self.assertEqual(self.settings._get_problems(), [f"{self.file.parent}: Is a directory"])
        os.environ[server_file.VARIABLE] = "/does/not/exist"
        self.assertEqual(self.settings._get_problems(), ["/does/not/exist: No such file or directory"])
        self.assertEqual(self.settings._get(NAME), 90)

    def test_reading_asks_the_database_once(self):
        self.settings._get(NAME)
        with self.assertQueryCount(0):
            for _time in range(100):
                self.settings._get(NAME)

    def test_a_value_that_is_not_taken_is_refused_by_one_sentence(self):
        for value, message in (
            (0, "event.retention_days: expected a whole number from 1 to 3650 (days), found 0"),
            ("x", 'event.retention_days: expected a whole number from 1 to 3650 (days), found "x"'),
            (None, "event.retention_days: expected a whole number from 1 to 3650 (days), found nothing"),
            (True, "event.retention_days: expected a whole number from 1 to 3650 (days), found true"),
            ([1], "event.retention_days: expected a whole number from 1 to 3650 (days), found a list"),
        ):
            with self.assertRaises(UserError) as caught:
                self.settings.set_setting(NAME, value)
            self.assertEqual(str(caught.exception), message)

    def test_a_setting_that_is_not_there_is_named_with_what_was_meant(self):
        with self.assertRaisesRegex(UserError, "event.retention_day is no setting. Did you mean"):
            self.settings.set_setting("event.retention_day", 3)

    def test_a_password_in_an_address_is_refused_and_not_repeated(self):
        with self.assertRaises(UserError) as caught:
            self.settings.set_setting("prometheus.url", "http://user:planted@prometheus")
        self.assertNotIn("planted", str(caught.exception))

    def test_what_is_stored_past_the_methods_is_checked_all_the_same(self):
        record = self.settings.search([("name", "=", NAME)]).with_user(self.admin)
        for stored in ({"value": 0}, {"value": "30"}, {"other": 30}, [30], "30"):
            with self.assertRaises(ValidationError):
                record.write({"stored": stored})

    def test_who_changed_what_is_logged(self):
        self.settings.with_user(self.admin).set_setting(NAME, 30)
        self.settings.with_user(self.admin).set_setting(NAME, 30)
        event = self.events("setting.changed")
        self.assertEqual(len(event), 1, "the second time nothing changed")
        self.assertEqual(event.user_id, self.admin)
        self.assertEqual((event.target_name, event.details), (NAME, {"before": "", "after": "30"}))
        self.settings.with_user(self.admin).unset_setting(NAME)
        self.assertEqual(self.events("setting.unset").details, {"before": "30", "after": ""})

    def test_a_secret_is_named_and_has_to_be_there(self):
        token = Setting("test.token", "secret", "", "A token.")
        with patch.object(type(self.settings), "_get_declared", lambda self: [token]):
            self.env.registry.clear_cache()
            with self.assertRaisesRegex(ValidationError, "no secret of that name"):
                self.settings.set_setting("test.token", "unknown")
        self.env.registry.clear_cache()


@tagged("post_install", "-at_install", "odooops")
class TestStatePage(SettingsCase):
    """The part that says what is wrong with the configuration."""

    def get_part(self):
        components = self.env["odooops.component"].get_status()["components"]
        return next((part for part in components if part["name"] == "configuration"), None)

    def test_it_is_there_when_there_is_something_to_say(self):
        self.assertIsNone(self.get_part())
        self.write_file("version: 1\n")
        self.assertEqual(self.get_part()["state"], "healthy")

    def test_it_says_what_to_correct(self):
        os.environ[VARIABLE] = "many"
        part = self.get_part()
        self.assertEqual(part["state"], "failing")
        self.assertIn(f"{VARIABLE}: expected a whole number", part["message"])

    def test_it_says_that_the_platform_has_drifted(self):
        self.settings.set_setting(NAME, 30)
        self.env["odooops.configuration"].apply_configuration(f"version: 1\nsettings: {{{NAME}: 30}}\n")
        self.assertEqual(self.get_part()["state"], "healthy")
        self.settings.set_setting(NAME, 31)
        self.env["odooops.configuration.version"]._cron_check_drift()
        self.assertIn("no longer what the applied configuration says", self.get_part()["message"])


@tagged("post_install", "-at_install", "odooops")
class TestSettingRoles(SettingsCase):
    def test_every_role_reads(self):
        for role in ("viewer", "operator", "auditor", "admin"):
            user = self.admin if role == "admin" else self.make_user(role)
            self.assertTrue(self.settings.with_user(user).get_settings())

    def test_only_administrators_of_all_environments_change(self):
        limited = self.make_user("operator")
        environment = self.env["odooops.environment"].create({"name": "staging"})
        self.env["odooops.role.assignment"].create(
            {
                "user_id": limited.id,
                "role": "admin",
                "scope": "named",
                "environment_ids": [environment.id],
            }
        )
        for user in (limited, self.make_user("viewer"), self.make_user("auditor")):
            settings = self.settings.with_user(user)
            record = settings.search([("name", "=", NAME)])
            attempts = (
                (settings.set_setting, NAME, 1),
                (settings.unset_setting, NAME),
                (record.action_reset,),
                (record.write, {"value": "1"}),
                (record.write, {"stored": {"value": 1}}),
                (settings.create, {"name": "x.y", "section": "x"}),
                (record.unlink,),
            )
            for method, *arguments in attempts:
                with self.assertRaises(AccessError):
                    method(*arguments)
        self.assertEqual(self.settings._get(NAME), 90)

    def test_others_do_not_even_read(self):
        plain = new_user(self.env, "plain", groups="base.group_system")
        with self.assertRaises(AccessError):
            self.settings.with_user(plain).get_settings()
        with self.assertRaises(AccessError):
            self.settings.with_user(plain).search([])


@tagged("post_install", "-at_install", "odooops")
class TestSettingList(SettingsCase):
    """What the list shows, and what typing into it does."""

    def get_record(self):
        return self.settings.with_user(self.admin).search([("name", "=", NAME)])

    def test_no_setting_gets_the_value_of_another_by_its_name(self):
        setting = self.settings.search([("name", "=", NAME)])
        for field in ("name", "section"):
            with self.assertRaisesRegex(UserError, f"{field}: settings are named where they are declared"):
                setting.with_user(self.admin).write({field: "key.max_days"})

    def test_each_setting_has_one_record(self):
        names = self.settings.search([]).mapped("name")
        self.assertEqual(sorted(names), sorted(self.settings._get_declared_by_name()))
        self.settings._ensure_records()
        self.assertEqual(self.settings.search_count([]), len(names))

    def test_typing_sets_and_emptying_resets(self):
        record = self.get_record()
        record.value = "30"
        self.assertEqual(self.settings._get(NAME), 30)
        self.assertIn(self.admin.name, record.origin)
        record.value = False
        self.assertEqual((record.value, record.source), ("90", "default"))

    def test_typing_something_wrong_is_refused(self):
        record = self.get_record()
        with self.assertRaisesRegex(UserError, "expected a whole number"):
            record.value = "many"

    def test_a_yes_or_no_is_a_choice_and_so_is_a_list_of_words(self):
        records = {record.name: record for record in self.settings.with_user(self.admin).search([])}
        self.assertEqual(records["configuration.check_drift"].choices, [["true", "Yes"], ["false", "No"]])
        self.assertFalse(records[NAME].choices)
        word = Setting("test.word", "text", "a", "A word.", choices=("a", "b"))
        self.assertEqual(self.settings._prepare_choices(word), [["a", "a"], ["b", "b"]])

    def test_a_yes_or_no_is_chosen_and_left_to_the_default_again(self):
        record = self.settings.with_user(self.admin).search([("name", "=", "configuration.check_drift")])
        for chosen, counts, source in (
            ("false", False, "record"),
            ("true", True, "record"),  # as the default is, and set all the same
            (False, True, "default"),
        ):
            record.write({"value": chosen})
            self.assertIs(self.settings._get(record.name), counts)
            self.assertEqual((record.source, record.is_stored), (source, source == "record"))

    def test_what_is_neither_yes_nor_no_is_refused_by_the_name_of_the_setting(self):
        record = self.settings.with_user(self.admin).search([("name", "=", "configuration.check_drift")])
        message = 'configuration.check_drift: expected true or false, found "maybe"'
        with self.assertRaises(UserError) as caught:
            record.write({"value": "maybe"})
        self.assertEqual(str(caught.exception), message)
        with self.assertRaises(UserError) as caught:
            record.set_setting(record.name, "maybe")
        self.assertEqual(str(caught.exception), message)
        with self.assertRaisesRegex(ValidationError, "configuration.check_drift: expected true or false"):
            record.write({"stored": {"value": 1}})

    def test_settings_are_found_by_where_their_value_comes_from(self):
        os.environ[VARIABLE] = "10"
        settings = self.settings.with_user(self.admin)
        self.assertEqual(settings.search([("source", "=", "environment")]).mapped("name"), [NAME])
        self.assertNotIn(NAME, settings.search([("source", "!=", "environment")]).mapped("name"))

    def test_the_button_resets(self):
        record = self.get_record()
        record.value = "30"
        self.assertTrue(record.is_stored)
        record.action_reset()
        self.assertFalse(record.is_stored)
        self.assertEqual(self.settings._get(NAME), 90)

    def test_what_is_pinned_is_shown_with_its_variable(self):
        os.environ[VARIABLE] = "10"
        record = self.get_record()
        self.assertTrue(record.is_pinned)
        self.assertEqual((record.value, record.source, record.origin), ("10", "environment", VARIABLE))

    def test_a_setting_that_no_addon_reads_any_more_says_so(self):
        record = self.settings.create({"name": "gone.setting", "section": "gone"})
        self.assertEqual(record.problem, "No addon that is installed reads it.")
        self.assertTrue(record.is_pinned)

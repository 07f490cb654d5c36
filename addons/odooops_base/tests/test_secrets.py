"""Secrets are set, used, rotated and deleted by those who may, and say what is wrong with them."""

import contextlib
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from cryptography.fernet import Fernet
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import file_open, mute_logger

from ..secret_values import resolve

PLANTED = "pl4nted-secret"


def group(role):
    return f"odooops_base.group_odooops_{role}"


class SecretsCase(TransactionCase):
    """A key of the test's own, a directory for files, and users of each role."""

    def setUp(self):
        super().setUp()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.directory = self.folder / "files"
        self.directory.mkdir()
        self.key_file = self.folder / "key"
        self.new_key()
        self.set_environment(
            ODOOOPS_SECRET_KEY_FILE=str(self.key_file), ODOOOPS_SECRET_DIR=str(self.directory)
        )
        self.admin = self.make_user("admin")
        self.secrets = self.env["odooops.secret"].with_user(self.admin)

    def make_user(self, role):
        return new_test_user(self.env, f"secret_{role}", groups=group(role))

    def set_environment(self, **variables):
        self.enterContext(patch.dict(os.environ, variables))

    def new_key(self, *others):
        """A new first key, before others; returns it."""
        key = Fernet.generate_key().decode()
        self.key_file.write_text("\n".join([key, *others]) + "\n")
        return key

    def make(self, name="slack", **vals):
        secret = self.secrets.create({"name": name, **(vals or {"value": PLANTED})})
        self.env.flush_all()
        self.env.invalidate_all()
        return secret

    @contextlib.contextmanager
    def assert_refused(self, kind, text):
        """It raises, and what it did until then is undone, as after a request."""
        with self.assertRaisesRegex(kind, text), self.cr.savepoint():
            yield

    def events(self, name):
        return self.env["odooops.event"].search([("name", "=", name)], order="id")


@tagged("post_install", "-at_install", "odooops")
class TestSecrets(SecretsCase):
    def test_a_value_is_kept_and_can_be_used(self):
        secret = self.make()

        self.assertEqual(resolve(secret), PLANTED)
        self.assertEqual((secret.source, secret.has_value, secret.masked), ("stored", True, "••••••••"))
        self.assertEqual((secret.is_usable, secret.problem), (True, False))

    def test_any_text_is_kept_as_it_is(self):
        for value in (" a b \n", "-----BEGIN KEY-----\n…\n", "密码", "x" * 60_000, "%(line)s %s"):
            self.assertEqual(resolve(self.make(f"n{len(value)}", value=value)), value)

    def test_setting_by_name_makes_or_changes(self):
        made = self.secrets.set_secret("slack", value="first")
        changed = self.secrets.set_secret("slack", value=PLANTED)

        self.assertEqual(made, {"name": "slack", "created": True, "usable": True, "problem": ""})
        self.assertEqual(changed, made | {"created": False})
        self.assertEqual(resolve(self.secrets.search([("name", "=", "slack")])), PLANTED)

    def test_a_value_and_a_reference_take_each_others_place(self):
        secret = self.make()
        self.set_environment(ODOOOPS_SECRET_SLACK="from outside")
        self.secrets.set_secret("slack", reference="$ODOOOPS_SECRET_SLACK")
        self.assertEqual((secret.source, secret.has_value), ("variable", False))
        self.assertEqual(resolve(secret), "from outside")

        self.secrets.set_secret("slack", value=PLANTED)
        self.assertEqual((secret.source, secret.reference, resolve(secret)), ("stored", False, PLANTED))

        secret.reference = "$ODOOOPS_SECRET_SLACK"
        secret.reference = False
        self.assertEqual((secret.source, secret.is_usable), ("none", False))

    def test_neither_or_both_are_refused(self):
        for values in (
            {},
            {"value": PLANTED, "reference": "$ODOOOPS_SECRET_X"},
            {"value": "", "reference": ""},
        ):
            with self.assert_refused(UserError, "Secret slack: give either a value or a reference"):
                self.secrets.set_secret("slack", **values)
        with self.assert_refused(ValidationError, "not both"):
            self.make(value=PLANTED, reference="$ODOOOPS_SECRET_X")

    def test_an_empty_value_keeps_what_is_stored(self):
        secret = self.make()
        secret.write({"value": "", "note": "for alerts"})
        secret.write({"value": False})

        self.assertEqual(resolve(secret), PLANTED)

    def test_a_form_sets_a_value_and_shows_none(self):
        with Form(self.secrets) as form:
            form.name = "slack"
            form.value = PLANTED
        secret = form.save()
        self.assertEqual(resolve(secret), PLANTED)
        with Form(secret) as form:
            self.assertFalse(form.value)
            form.note = "for alerts"

        self.assertEqual(resolve(secret), PLANTED)

    def test_what_is_no_name_is_refused(self):
        for name in ("", "a b", "-a", "a/b", "ä", "x" * 64, "a\n"):
            with self.assert_refused(ValidationError, "use letters, digits"):
                self.make(name)

    @mute_logger("odoo.sql_db")
    def test_a_name_is_there_once(self):
        self.make()
        with self.assertRaises(IntegrityError):
            self.make()

    def test_a_copy_has_another_name_and_no_value(self):
        copied = self.make().copy()

        self.assertEqual((copied.name, copied.source), ("slack-copy", "none"))

    def test_what_happens_is_an_event_without_the_value(self):
        secret = self.make()
        secret.value = "other " + PLANTED
        secret.note = "for alerts"
        self.secrets.rotate_secrets()
        secret.unlink()
        expected = {
            "secret.created": {"kept": "stored"},
            "secret.changed": {"changed": ["value"], "kept": "stored"},
            "secret.rotated": {"rotated": 0, "current": 1, "unreadable": []},
            "secret.deleted": {"name": "slack"},
        }
        for name, details in expected.items():
            (event,) = self.events(name)
            self.assertEqual((event.details, event.user_id), (details, self.admin))
            self.assertNotIn(PLANTED, str(event.read()))

    def test_a_secret_that_is_used_is_not_deleted(self):
        secret, other = self.make(), self.make("other")
        user = self.env["res.partner"].create({"name": "A drain"})
        model = type(secret)
        with patch.object(model, "_get_users", lambda self: [user] if secret in self else []):
            self.assertIn("A drain", secret.used_by)
            self.assertFalse(other.used_by)
            with self.assert_refused(
                UserError, "Secret slack cannot be deleted, it is used by Contact: A drain"
            ):
                secret.unlink()
            other.unlink()

        self.assertTrue(secret.exists())

    def test_who_has_a_field_for_a_secret_is_found_by_it(self):
        fields = self.env["ir.model.fields"]
        fields.create(
            {
                "name": "x_secret_id",
                "model_id": self.env.ref("base.model_res_partner").id,
                "ttype": "many2one",
                "relation": "odooops.secret",
                "on_delete": "restrict",
            }
        )
        secret = self.make()
        self.env["res.partner"].create({"name": "A drain", "x_secret_id": secret.id, "active": False})

        self.assertEqual(secret.used_by, "Contact: A drain")

    def test_a_copy_of_the_database_for_tests_has_none(self):
        stored, named = self.make(), self.make("other", reference="$ODOOOPS_SECRET_OTHER")
        with file_open("odooops_base/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()

        self.assertEqual((stored + named).mapped("source"), ["none", "none"])


@tagged("post_install", "-at_install", "odooops")
class TestSecretKeys(SecretsCase):
    def test_without_a_key_nothing_is_stored_and_the_way_to_one_is_said(self):
        self.set_environment(ODOOOPS_SECRET_KEY_FILE="", ODOOOPS_SECRET_KEY="")
        with self.assert_refused(UserError, "There is no key.*openssl rand.*ODOOOPS_SECRET_KEY_FILE"):
            self.secrets.set_secret("slack", value=PLANTED)

        self.assertTrue(self.make("outside", reference="$ODOOOPS_SECRET_X").problem)

    def test_the_key_may_be_a_variable(self):
        key = Fernet.generate_key().decode()
        self.set_environment(ODOOOPS_SECRET_KEY_FILE="", ODOOOPS_SECRET_KEY=key)

        self.assertEqual(resolve(self.make()), PLANTED)

    def test_a_key_file_that_cannot_be_read_or_holds_no_key_is_said(self):
        for text, problem in (
            ("", "There is no key"),
            ("too short", "Line 1 of the keys is no key"),
            (f"{Fernet.generate_key().decode()}\n\nx", "Line 3 of the keys is no key"),
        ):
            self.key_file.write_text(text)
            with self.assert_refused(UserError, problem):
                self.make()
        self.key_file.write_bytes(b"\xff\xfe")
        with self.assert_refused(UserError, "cannot be read"):
            self.make()
        self.key_file.unlink()
        with self.assert_refused(UserError, "cannot be read"):
            self.make()

    def test_a_new_key_first_and_the_old_one_opens_what_it_sealed(self):
        secret, old = self.make(), self.key_file.read_text()
        self.new_key(old)

        self.assertEqual(resolve(secret), PLANTED)

    def test_after_rotation_the_old_key_can_be_dropped(self):
        secret, old = self.make(), self.key_file.read_text()
        key = self.new_key(old)
        newer = self.make("newer")

        self.assertEqual(self.secrets.rotate_secrets(), {"rotated": 1, "current": 1, "unreadable": []})
        self.key_file.write_text(key)
        self.env.invalidate_all()
        self.assertEqual((resolve(secret), resolve(newer)), (PLANTED, PLANTED))
        self.assertEqual(self.secrets.rotate_secrets(), {"rotated": 0, "current": 2, "unreadable": []})

    def test_what_no_key_opens_is_named_and_the_others_are_rotated(self):
        lost = self.make("lost")
        key = self.new_key()
        self.make("kept")
        self.new_key(key)

        self.assertEqual(self.secrets.rotate_secrets(), {"rotated": 1, "current": 0, "unreadable": ["lost"]})
        self.assertIn("No key opens: lost", self.secrets.action_rotate()["params"]["message"])
        with self.assert_refused(UserError, "Secret lost: No key opens it"):
            resolve(lost)
        self.assertEqual(self.secrets.search([("is_usable", "=", False)]), lost)
        self.secrets.set_secret("lost", value=PLANTED)
        self.assertEqual(resolve(lost), PLANTED)

    def test_rotation_without_a_key_says_so(self):
        self.make()
        self.key_file.unlink()
        with self.assert_refused(UserError, "cannot be read"):
            self.secrets.rotate_secrets()


@tagged("post_install", "-at_install", "odooops")
class TestSecretReferences(SecretsCase):
    def problem_of(self, reference):
        secret = self.make(f"n{self.secrets.search_count([])}", reference=reference)
        with self.assert_refused(UserError, f"Secret {secret.name}: "):
            resolve(secret)
        return secret.problem

    def test_a_variable_is_read_when_it_is_used(self):
        secret = self.make(reference="$ODOOOPS_SECRET_SLACK")
        self.assertIn("is not set", secret.problem)
        self.set_environment(ODOOOPS_SECRET_SLACK=PLANTED)
        self.env.invalidate_all()

        self.assertEqual((resolve(secret), secret.problem), (PLANTED, False))

    def test_a_file_is_read_when_it_is_used_without_its_last_line_end(self):
        file = self.directory / "slack"
        secret = self.make(reference=f"file:{file}")
        self.assertIn("is not there", secret.problem)
        for content in (f"{PLANTED}\n", PLANTED):
            file.write_text(content)
            self.assertEqual(resolve(secret), PLANTED)

    def test_a_file_of_kubernetes_is_a_link_inside_of_the_directory(self):
        (self.directory / "..2026").mkdir()
        (self.directory / "..2026/slack").write_text(PLANTED)
        (self.directory / "..data").symlink_to("..2026")
        (self.directory / "slack").symlink_to("..data/slack")

        self.assertEqual(resolve(self.make(reference=f"file:{self.directory}/slack")), PLANTED)

    def test_nothing_outside_of_the_directory_is_read_and_nobody_learns_what_is_there(self):
        outside = self.folder / "outside"
        outside.write_text(PLANTED)
        for name, target in {"link": outside, "shadow": "/etc/shadow", "nothing": "/nowhere/at/all"}.items():
            (self.directory / name).symlink_to(target)
            self.assertIn("Only files below", self.problem_of(f"file:{self.directory}/{name}"))
        (self.directory / "folder").symlink_to(self.folder)
        for path in (
            outside,
            self.key_file,
            f"{self.directory}/folder/outside",
            f"{self.directory}-other/x",
            "/etc/passwd",
            "/proc/self/environ",
            "/nowhere/at/all",
        ):
            self.assertIn("Only files below", self.problem_of(f"file:{path}"))

    def test_the_key_is_no_secret_to_send_wherever_it_is(self):
        inside = self.directory / "key"
        inside.write_text(self.key_file.read_text())
        (self.directory / "link").symlink_to(inside)
        self.set_environment(ODOOOPS_SECRET_KEY_FILE=str(inside))

        for name in ("key", "link"):
            self.assertIn("Only files below", self.problem_of(f"file:{self.directory}/{name}"))

    def test_what_is_no_plain_short_text_is_refused_at_once(self):
        os.mkfifo(self.directory / "fifo")
        (self.directory / "folder").mkdir()
        (self.directory / "empty").write_text("\n")
        (self.directory / "long").write_text("x" * 65537)
        (self.directory / "binary").write_bytes(b"\xff\x00")
        for name in ("fifo", "folder"):
            self.assertIn("cannot read it", self.problem_of(f"file:{self.directory}/{name}"))
        for name in ("empty", "long", "binary"):
            self.assertIn("longer than 64 KiB", self.problem_of(f"file:{self.directory}/{name}"))

    def test_without_a_directory_no_file_is_read(self):
        file = self.directory / "slack"
        file.write_text(PLANTED)
        self.set_environment(ODOOOPS_SECRET_DIR="")

        self.assertIn("it names none", self.problem_of(f"file:{file}"))

    def test_what_is_no_reference_is_refused_when_it_is_written(self):
        for reference, problem in (
            ("slack", "Write the reference as"),
            ("$PGPASSWORD", "Only variables whose name begins with"),
            ("$ODOOOPS_SECRET_KEY", "not those of the key itself"),
            ("file:../etc/passwd", "in full"),
            (f"file:{self.directory}/../key", "without '..'"),
        ):
            with self.assert_refused(ValidationError, f"Secret slack: .*{problem}"):
                self.make(reference=reference)


@tagged("post_install", "-at_install", "odooops")
class TestSecretRoles(SecretsCase):
    def test_operators_and_auditors_see_names_and_problems_and_change_nothing(self):
        secret = self.make(reference="$ODOOOPS_SECRET_X")
        for role in ("operator", "auditor"):
            own = secret.with_user(self.make_user(role))
            self.assertEqual((own.name, own.source, own.is_usable), ("slack", "variable", False))
            self.assertIn("is not set", own.problem)
            for change in (
                lambda own: own.write({"note": "x"}),
                lambda own: own.write({"value": "x"}),
                lambda own: own.unlink(),
                lambda own: own.copy(),
                lambda own: own.create({"name": "x", "value": "x"}),
                lambda own: own.set_secret("slack", value="x"),
                lambda own: own.rotate_secrets(),
                lambda own: own.action_rotate(),
                lambda own: own.read(["reference"]),
                lambda own: own.read(["value"]),
            ):
                with self.assertRaises(AccessError):
                    change(own)

        self.assertEqual(secret.reference, "$ODOOOPS_SECRET_X")

    def test_viewers_and_administrators_of_odoo_see_nothing(self):
        secret = self.make()
        users = [self.make_user("viewer"), new_test_user(self.env, "system", groups="base.group_system")]
        for user in users:
            with self.assertRaises(AccessError):
                secret.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                secret.with_user(user).set_secret("slack", value="x")

    def test_administrators_of_some_environments_change_nothing(self):
        secret = self.make()
        environment = self.env["odooops.environment"].create({"name": "north"})
        assignment = self.env["odooops.role.assignment"].search([("user_id", "=", self.admin.id)])
        assignment.write({"scope": "named", "environment_ids": environment.ids})
        for change in (
            lambda: self.secrets.set_secret("slack", value="x"),
            lambda: self.secrets.create({"name": "x"}),
            lambda: secret.write({"value": "x"}),
            secret.unlink,
            self.secrets.rotate_secrets,
        ):
            with self.assertRaises(AccessError):
                change()

        self.assertEqual(resolve(secret), PLANTED)

"""Secrets are set, used, rotated and deleted by those who may, and say what is wrong with them."""

import contextlib
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from cryptography.fernet import Fernet
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import file_open, mute_logger

from ..secret_values import resolve
from .common import new_user

PLANTED = "pl4nted-secret"


def group(role):
    return f"odooops_base.group_odooops_{role}"


class SecretsCase(TransactionCase):
    """A key of the test's own, a directory for files, and users of each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.make_user("admin")

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
        self.secrets = self.env["odooops.secret"].with_user(self.admin)

    @classmethod
    def make_user(cls, role):
        return new_user(cls.env, f"secret_{role}", groups=group(role))

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

    def test_a_place_that_is_none_of_secrets_is_refused_at_once(self):
        for reference, problem in (
            ("file:/etc/shadow", "Only files below the directory"),
            (f"file:{self.key_file}", "Only files below the directory"),
            ("$PGPASSWORD", "Only variables whose name begins"),
        ):
            with self.assert_refused(UserError, f"Secret slack: {problem}"):
                self.secrets.set_secret("slack", reference=reference)
        self.assertFalse(self.secrets.search([("name", "=", "slack")]))
        made = self.secrets.set_secret("slack", reference=f"file:{self.directory}/later")
        self.assertFalse(made["usable"], "it may be there later")

    def test_a_refused_name_is_not_repeated(self):
        with self.assertRaisesRegex(ValidationError, "^Name of the secret: use letters") as caught:
            self.make(f"{PLANTED}!", value="x")
        self.assertNotIn(PLANTED, str(caught.exception))

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

    def test_a_copy_has_another_name_and_a_value_of_its_own(self):
        secret = self.make()
        with self.assert_refused(ValidationError, "slack-copy: give a value.* A stored value is not copied"):
            secret.copy()
        copied = secret.copy({"value": "of its own"})

        self.assertEqual((copied.name, resolve(copied)), ("slack-copy", "of its own"))

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

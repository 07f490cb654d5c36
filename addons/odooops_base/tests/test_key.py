"""API keys: made within the policy, seen and revoked by their owner and by administrators of everything."""

import datetime
import json
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ..models import res_users_apikeys
from .common import new_user

PASSWORD = "a password for tests"


class KeyCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.viewer = cls.make_user("viewer")
        cls.other = cls.make_user("operator")
        cls.admin = cls.make_user("admin")

    @classmethod
    def make_user(cls, role, login=None):
        groups = f"odooops_base.group_odooops_{role}"
        return new_user(cls.env, login or f"key_{role}", groups=groups, password=PASSWORD)

    def limit_to_staging(self, user):
        staging = self.env["odooops.environment"].create({"name": "staging"})
        assignment = self.env["odooops.role.assignment"].search(
            [("user_id", "=", user.id), ("role", "=", "admin")]
        )
        assignment.write({"scope": "named", "environment_ids": [Command.set(staging.ids)]})

    def keys_of(self, user):
        return self.env["odooops.key"].with_user(user)

    def lifetime_of(self, made):
        """Between the moments as programs get them: ISO 8601 in UTC."""
        for moment in (made["created_at"], made["expires_at"]):
            self.assertRegex(moment, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        parse = datetime.datetime.fromisoformat
        return parse(made["expires_at"]) - parse(made["created_at"])

    def names_seen_by(self, user):
        return {key["name"] for key in self.keys_of(user).get_keys()}


@tagged("post_install", "-at_install", "odooops")
class TestKey(KeyCase):
    def test_a_key_works_for_calls_by_programs_until_it_expires(self):
        made = self.keys_of(self.viewer).create_key("backup script", days=30)
        check = self.env["res.users.apikeys"]._check_credentials

        self.assertEqual(check(scope="rpc", key=made["key"]), self.viewer.id)
        self.assertIsNone(check(scope="other", key=made["key"]))
        lifetime = self.lifetime_of(made)
        self.assertAlmostEqual(lifetime / datetime.timedelta(days=1), 30, places=2)

    def test_the_key_itself_is_given_once(self):
        made = self.keys_of(self.viewer).create_key("backup script")

        listed = json.dumps(self.keys_of(self.admin).get_keys(), default=str)

        self.assertIn("backup script", listed)
        self.assertNotIn(made["key"], listed)
        events = self.env["odooops.event"].search([("name", "=", "key.created")])
        self.assertNotIn(made["key"], json.dumps(events.read(), default=str))

    def test_a_key_outlives_the_policy_for_nobody(self):
        system = new_user(self.env, "key_system", groups="base.group_system,odooops_base.group_odooops_admin")
        for user in (self.viewer, self.admin, system):
            for days in (91, 10_000, 0, -1, True, "30"):
                with self.assertRaisesRegex(UserError, "from 1 to 90"):
                    self.keys_of(user).create_key("for ever", days)
        self.assertNotIn("for ever", self.names_seen_by(self.admin))

    def test_the_policy_is_a_setting(self):
        self.env["odooops.setting"].with_user(self.admin).set_setting("key.max_days", 30)
        keys = self.keys_of(self.viewer)

        with self.assertRaisesRegex(UserError, "from 1 to 30"):
            keys.create_key("too long", 31)
        made = keys.create_key("as long as may be")

        self.assertEqual(round(self.lifetime_of(made).total_seconds() / 86400), 30)
        self.assertEqual(Form(self.env["odooops.key.create"].with_user(self.viewer)).days, 30)

    def test_a_key_says_what_it_is_for(self):
        for name in ("", "   ", None, 5, "x" * 101):
            with self.assertRaisesRegex(UserError, "what the key is for"):
                self.keys_of(self.viewer).create_key(name)

    def test_each_sees_the_own_keys_and_administrators_of_everything_all(self):
        self.keys_of(self.viewer).create_key("of the viewer")
        self.keys_of(self.other).create_key("of the operator")

        self.assertEqual(self.names_seen_by(self.viewer), {"of the viewer"})
        self.assertLessEqual({"of the viewer", "of the operator"}, self.names_seen_by(self.admin))

    def test_an_administrator_of_some_environments_sees_and_revokes_the_own_keys_alone(self):
        made = self.keys_of(self.viewer).create_key("of the viewer")
        self.limit_to_staging(self.admin)

        self.assertEqual(self.names_seen_by(self.admin), set())
        self.assertFalse(self.env["res.users.apikeys"].with_user(self.admin).search([]))
        with self.assertRaisesRegex(UserError, "There is no API key"):
            self.keys_of(self.admin).revoke_key(made["id"])

    def test_the_list_in_the_backend_shows_the_same(self):
        self.keys_of(self.viewer).create_key("of the viewer")
        self.keys_of(self.other).create_key("of the operator")

        def seen(user):
            return set(self.env["res.users.apikeys"].with_user(user).search([]).mapped("name"))

        self.assertEqual(seen(self.viewer), {"of the viewer"})
        self.assertLessEqual({"of the viewer", "of the operator"}, seen(self.admin))

    def test_a_revoked_key_is_worthless_at_once(self):
        made = self.keys_of(self.viewer).create_key("lost")

        revoked = self.keys_of(self.viewer).revoke_key(made["id"])

        self.assertEqual((revoked["id"], revoked["name"]), (made["id"], "lost"))
        self.assertIsNone(self.env["res.users.apikeys"]._check_credentials(scope="rpc", key=made["key"]))
        self.assertEqual(self.names_seen_by(self.viewer), set())

    def test_the_key_of_somebody_else_is_revoked_by_administrators_alone(self):
        made = self.keys_of(self.viewer).create_key("of the viewer")

        for key_id in (made["id"], 0, -1, "1", None, True):
            with self.assertRaisesRegex(UserError, "There is no API key"):
                self.keys_of(self.other).revoke_key(key_id)
        key = self.env["res.users.apikeys"].browse(made["id"]).with_user(self.other)
        with self.assertRaises(UserError):
            key.action_odooops_revoke()
        self.keys_of(self.admin).revoke_key(made["id"])

        self.assertEqual(self.names_seen_by(self.viewer), set())

    def test_who_made_and_who_revoked_a_key_is_an_event(self):
        made = self.keys_of(self.viewer).create_key("of the viewer", days=7)
        self.keys_of(self.admin).revoke_key(made["id"])

        created, revoked = (
            self.env["odooops.event"].search([("name", "=", name)], limit=1)
            for name in ("key.created", "key.revoked")
        )
        self.assertEqual((created.user_id, created.target_name), (self.viewer, self.viewer.display_name))
        self.assertEqual(created.details, {"name": "of the viewer", "id": made["id"], "days": 7})
        self.assertEqual((revoked.user_id, revoked.target_name), (self.admin, self.viewer.display_name))

    def test_others_than_viewers_have_nothing_to_do_with_it(self):
        for groups in ("base.group_user", "base.group_system", "base.group_portal"):
            keys = self.keys_of(new_user(self.env, f"key_{groups}", groups=groups))
            for call in (
                keys.get_keys,
                lambda keys=keys: keys.create_key("x"),
                lambda keys=keys: keys.revoke_key(1),
            ):
                with self.assertRaisesRegex(AccessError, "OdooOps role Viewer"):
                    call()

    def test_a_key_that_expires_soon_says_so(self):
        self.keys_of(self.viewer).create_key("soon", days=7)
        self.keys_of(self.viewer).create_key("later", days=60)

        states = {key["name"]: key["state"] for key in self.keys_of(self.viewer).get_keys()}

        self.assertEqual(states, {"soon": "expiring", "later": "valid"})
        with freeze_time(datetime.datetime.now() + datetime.timedelta(days=8)):
            self.env.invalidate_all()
            self.assertEqual(self.keys_of(self.viewer).get_keys()[0]["state"], "expired")

    def test_the_filter_finds_what_expires_soon(self):
        self.keys_of(self.viewer).create_key("soon", days=7)
        self.keys_of(self.viewer).create_key("later", days=60)
        domain = [("expiration_date", "!=", False), ("expiration_date", "<=", "today +14d")]

        found = self.env["res.users.apikeys"].with_user(self.viewer).search(domain)

        self.assertEqual(found.mapped("name"), ["soon"])


@tagged("post_install", "-at_install", "odooops")
class TestKeyUse(KeyCase):
    """When a key was used last is told to the hour, by whatever way it came."""

    def setUp(self):
        super().setUp()
        # It is noted in a transaction of its own.
        self.registry_enter_test_mode()
        self.made = self.keys_of(self.viewer).create_key("watched")
        self.other_key = self.keys_of(self.viewer).create_key("beside")
        self.enterContext(patch.dict(res_users_apikeys._noted, clear=True))
        self.now = 1000.0
        self.enterContext(patch.object(res_users_apikeys.time, "monotonic", lambda: self.now))
        self.env.registry.clear_cache()

    def use(self, key):
        return self.env["res.users.apikeys"]._check_credentials(scope="rpc", key=key)

    def last_used(self, name="watched"):
        self.env["res.users.apikeys"].invalidate_model()
        [found] = [key for key in self.keys_of(self.viewer).get_keys() if key["name"] == name]
        return found["last_used_at"]

    def make_older(self, hours):
        moment = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) - datetime.timedelta(hours=hours)
        self.env.cr.execute("UPDATE res_users_apikeys SET odooops_last_used_at = %s", [moment])

    def test_a_key_that_is_used_says_when(self):
        self.assertFalse(self.last_used())
        self.assertEqual(self.use(self.made["key"]), self.viewer.id)

        age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(self.last_used())
        self.assertLess(abs(age), datetime.timedelta(minutes=5))
        self.assertFalse(self.last_used("beside"))

    def test_it_is_written_once_an_hour(self):
        self.use(self.made["key"])
        self.make_older(hours=30)
        old = self.last_used()

        with self.assertQueryCount(1):  # that of Odoo itself
            self.use(self.made["key"])
        self.assertEqual(self.last_used(), old)
        self.now += 3600
        self.use(self.made["key"])
        self.assertGreater(self.last_used(), old)

    def test_a_process_writes_nothing_when_another_has(self):
        self.use(self.made["key"])
        self.make_older(hours=0.5)
        noted = self.last_used()
        self.now += 3600
        self.use(self.made["key"])

        self.assertEqual(self.last_used(), noted)

    def test_what_is_no_key_is_not_kept(self):
        wrong = self.made["key"][:-1] + ("0" if self.made["key"][-1] != "0" else "1")
        self.assertIsNone(self.use(wrong))
        self.env["res.users"]._check_uid_passwd(self.viewer.id, PASSWORD)

        self.assertEqual(res_users_apikeys._noted, {})
        self.assertFalse(self.last_used())

    def test_calls_for_which_odoo_does_not_look_at_the_key_again_count(self):
        check = self.env["res.users"]._check_uid_passwd
        check(self.viewer.id, self.made["key"])
        self.make_older(hours=30)
        old = self.last_used()
        self.now += 3600
        check(self.viewer.id, self.made["key"])

        self.assertGreater(self.last_used(), old)

    @mute_logger("odoo.addons.odooops_base.models.res_users_apikeys", "odoo.sql_db")
    def test_what_goes_wrong_keeps_nobody_out(self):
        with patch.object(type(self.env["res.users.apikeys"]), "_prepare_note", return_value=SQL("nonsense")):
            self.assertEqual(self.use(self.made["key"]), self.viewer.id)


@tagged("post_install", "-at_install", "odooops")
class TestKeyOverHttp(KeyCase, HttpCase):
    def call(self, method, key, model="odooops.key", **arguments):
        headers = {"Authorization": f"bearer {key}", "Content-Type": "application/json"}
        return self.url_open(f"/json/2/{model}/{method}", data=json.dumps(arguments), headers=headers)

    def test_a_key_makes_the_next_one_in_time(self):
        key = self.keys_of(self.viewer).create_key("first")["key"]

        answer = self.call("create_key", key, name="second", days=30)

        self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(self.call("get_keys", answer.json()["key"]).json()), 2)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_http")
    def test_a_revoked_key_is_refused(self):
        made = self.keys_of(self.viewer).create_key("first")

        self.assertEqual(self.call("revoke_key", made["key"], key_id=made["id"]).status_code, 200)

        self.assertEqual(self.call("get_keys", made["key"]).status_code, 401)

    @mute_logger("odoo.http")
    def test_a_session_alone_makes_no_key(self):
        # A stolen session must not become a key that works for months.
        self.authenticate(self.viewer.login, PASSWORD)
        params = {"model": "odooops.key", "method": "create_key", "args": ["stolen"], "kwargs": {}}
        for path in ("/web/dataset/call_kw", "/web/dataset/call_kw/odooops.key/create_key"):
            answer = self.url_open(path, data=json.dumps({"params": params}),
                                   headers={"Content-Type": "application/json"}).json()  # fmt: skip
            self.assertIn("asks for your password", answer["error"]["data"]["message"])
        navigation = {"Dest": "document", "Mode": "navigate", "Site": "none", "User": "?1"}
        headers = {f"Sec-Fetch-{name}": value for name, value in navigation.items()}
        answer = self.url_open("/json/2/odooops.key/create_key", data=json.dumps({"name": "stolen"}),
                               headers=headers | {"Content-Type": "application/json"})  # fmt: skip
        self.assertIn("asks for your password", answer.text)
        self.assertEqual(self.names_seen_by(self.viewer), set())

    def test_the_dialog_asks_for_the_password_and_shows_the_key(self):
        self.authenticate(self.viewer.login, PASSWORD)
        wizard = Form(self.env["odooops.key.create"].with_user(self.viewer))
        wizard.name = "by hand"
        wizard = wizard.save()

        asked = self.make_jsonrpc_request(
            "/web/dataset/call_button", self.button("odooops.key.create", "action_create", wizard)
        )
        self.assertEqual(asked["res_model"], "res.users.identitycheck")
        check = self.env["res.users.identitycheck"].browse(asked["res_id"])
        shown = self.make_jsonrpc_request(
            "/web/dataset/call_button", self.button(check._name, "run_check", check, password=PASSWORD)
        )

        key = shown["context"]["default_key"]
        self.assertEqual(
            self.env["res.users.apikeys"]._check_credentials(scope="rpc", key=key), self.viewer.id
        )
        self.assertEqual(self.names_seen_by(self.viewer), {"by hand"})

    def button(self, model, method, records, **context):
        return {"model": model, "method": method, "args": [records.ids], "kwargs": {"context": context}}

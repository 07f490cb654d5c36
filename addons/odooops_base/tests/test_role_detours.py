"""By no detour through groups does an administrator of Odoo come to a role, and each attempt is noted."""

import json
import xmlrpc.client
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.odooops_event import OdooopsEvent
from .test_role_assignment import AssignmentCase, group

PASSWORD = "a password for tests"


@tagged("post_install", "-at_install", "odooops")
class TestRoleDetours(AssignmentCase, HttpCase):
    """As another program calls: each attack is a request with a transaction of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_system,base.group_erp_manager,base.group_partner_manager"
        cls.attacker = cls.make_user(login="test_sysadm", groups=groups, password=PASSWORD)
        cls.accomplice = cls.make_user(login="test_accomplice")
        cls.admin_group = cls.env.ref(group("admin"))
        groups = cls.env["res.groups"]
        cls.privilege = cls.env["res.groups.privilege"].create({"name": "Custom"})
        cls.own = groups.create(
            {"name": "Own", "privilege_id": cls.privilege.id, "user_ids": cls.attacker.ids}
        )
        cls.other = groups.create({"name": "Other"})
        cls.filled = groups.create({"name": "Filled by sign-on", "implied_ids": cls.admin_group.ids})

    def setUp(self):
        super().setUp()
        # Here every transaction is a savepoint of the test's, and what was written apart goes with the call's.
        self.noted = []
        noted = self.noted
        self.enterContext(patch.object(OdooopsEvent, "_insert_apart", lambda self, vals: noted.append(vals)))

    def call(self, model, method, *arguments, **keywords):
        """The answer of XML-RPC, as the attacker."""
        # XML-RPC takes a command's number for what it is by its type.
        arguments, keywords = json.loads(json.dumps([arguments, keywords]))
        database = self.env.cr.dbname
        return self.xmlrpc_object.execute_kw(
            database, self.attacker.id, PASSWORD, model, method, arguments, keywords
        )

    def assert_refused(self, model, method, *arguments, **keywords):
        self.noted.clear()
        with self.subTest(model=model, method=method, arguments=arguments):
            with self.assertRaises(xmlrpc.client.Fault) as caught, mute_logger("odoo.http"):
                self.call(model, method, *arguments, **keywords)
            self.assertIn("OdooOps", caught.exception.faultString)
            self.assert_noted(1)
            self.assert_without_role()

    def assert_without_role(self):
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        for user in (self.attacker, self.accomplice):
            self.assertFalse(user._has_odooops_role("viewer"))
            self.assertEqual(self.assignments_of(user), {})

    def assert_noted(self, count):
        """What was refused is an event of its own transaction, so that it stays when that of the call goes."""
        self.assertEqual([vals["outcome"] for vals in self.noted], ["failure"] * count)
        for vals in self.noted:
            self.assertRegex(vals["name"], r"^(access\.changed|role\.(granted|revoked|inherited))$")
            self.assertEqual((vals["user_login"], vals["interface"]), ("test_sysadm", "xmlrpc"))

    def test_not_by_implied_groups_of_a_group_he_is_in(self):
        system = self.env.ref("base.group_system")
        for own in (self.own, system, self.env.ref("base.group_user"), self.other):
            for role in ("viewer", "operator", "auditor", "admin"):
                wanted = self.env.ref(group(role))
                self.assert_refused(
                    "res.groups", "write", own.ids, {"implied_ids": [Command.link(wanted.id)]}
                )
                self.assert_refused(
                    "res.groups", "write", wanted.ids, {"implied_by_ids": [Command.link(own.id)]}
                )
        wanted = [Command.set([*self.own.implied_ids.ids, self.admin_group.id])]
        self.assert_refused("res.groups", "write", self.own.ids, {"implied_ids": wanted})
        self.assert_refused("res.groups", "web_save", self.own.ids, {"implied_ids": wanted}, specification={})

    def test_not_by_a_group_in_between(self):
        for middle in (self.filled, self.env.ref(group("viewer"))):
            link = [Command.link(middle.id)]
            self.assert_refused("res.groups", "write", self.own.ids, {"implied_ids": link})
            link = [Command.link(self.own.id)]
            self.assert_refused("res.groups", "write", middle.ids, {"implied_by_ids": link})

    def test_not_by_a_new_group(self):
        name = {"name": "Mine"}
        for vals in (
            {"implied_ids": [Command.link(self.admin_group.id)], "user_ids": [self.attacker.id]},
            {"implied_ids": [Command.link(self.filled.id)]},
            {"implied_ids": [Command.link(self.admin_group.id)], "implied_by_ids": self.own.ids},
        ):
            self.assert_refused("res.groups", "create", name | vals)
        self.assert_refused("res.groups", "copy", self.admin_group.ids, {"user_ids": self.attacker.ids})
        self.assert_refused("res.groups", "copy", self.filled.ids)

    def test_not_by_an_import(self):
        """Which tries again, row by row, what failed together."""
        own, admin, filled = (str(each.id) for each in (self.own, self.admin_group, self.filled))
        user, other = str(self.attacker.id), str(self.other.id)
        for model, names, rows in (
            ("res.groups", ["name", "implied_ids/.id"], [["Mine", admin]]),
            ("res.groups", ["name", "implied_ids/.id"], [["Mine", filled]]),
            ("res.groups", [".id", "implied_ids/.id"], [[own, admin]]),
            ("res.groups", [".id", "implied_ids/.id"], [[own, filled], [own, filled]]),
            ("res.groups", [".id", "implied_ids/.id"], [[own, other], [other, admin], [own, admin]]),
            ("res.groups", [".id", "implied_by_ids/.id"], [[admin, own]]),
            ("res.groups", [".id", "user_ids/.id"], [[filled, user]]),
            ("res.groups", [".id", "user_ids/.id"], [[admin, user]]),
            ("res.users", [".id", "group_ids/.id"], [[user, filled], [user, filled]]),
            ("res.users", [".id", "group_ids/.id"], [[user, admin], [user, admin]]),
        ):
            with self.subTest(model=model, names=names, rows=rows):
                self.noted.clear()
                result = self.call(model, "load", names, rows)
                self.assertFalse(result["ids"])
                self.assertIn("OdooOps", str(result["messages"]))
                self.assert_noted(len(self.noted))
                self.assertTrue(self.noted)
                self.assert_without_role()

    def test_not_by_commands_from_elsewhere(self):
        imply = {"implied_ids": [Command.link(self.admin_group.id)]}
        update = [Command.update(self.own.id, imply)]
        create = [Command.create({"name": "Mine"} | imply)]
        for commands in (update, create):
            self.assert_refused("res.users", "write", self.attacker.ids, {"group_ids": commands})
            self.assert_refused("res.groups.privilege", "write", self.privilege.ids, {"group_ids": commands})
            self.assert_refused("res.groups", "write", self.other.ids, {"implied_ids": commands})
        vals = {"name": "x", "login": "test_made", "group_ids": create}
        self.assert_refused("res.users", "create", vals)
        deep = [Command.update(self.attacker.id, {"group_ids": update})]
        self.assert_refused("res.groups", "write", self.other.ids, {"user_ids": deep})
        self.assert_refused("res.partner", "write", self.attacker.partner_id.ids, {"user_ids": deep})

    def test_not_by_an_archived_accomplice(self):
        """Who is put into a group while he is archived comes back with it."""
        self.accomplice.active = False
        for filled in (self.filled, self.admin_group):
            for command in (Command.link(self.accomplice.id), Command.set(self.accomplice.ids)):
                for context in ({}, {"active_test": False}, {"active_test": True}):
                    vals = {"user_ids": [command]}
                    self.assert_refused("res.groups", "write", filled.ids, vals, context=context)
        link = [Command.link(self.filled.id)]
        self.assert_refused("res.users", "write", self.accomplice.ids, {"group_ids": link})
        self.accomplice.active = True
        self.assert_without_role()

    def test_what_an_administrator_of_odooops_does_is_noted(self):
        administrator = self.make_user("admin", groups="base.group_erp_manager")
        for command in (Command.link(self.admin_group.id), Command.unlink(self.admin_group.id)):
            self.own.with_user(administrator).write({"implied_ids": [command]})
        taken, given = self.events("role.inherited", outcome="success", user_id=administrator.id)
        self.assertIn("Own", str(given.details["by"]))
        self.assertIn("Own", str(taken.details["no longer by"]))

        self.accomplice.active = False
        self.filled.with_user(administrator).write({"user_ids": [Command.link(self.accomplice.id)]})
        event = self.events("role.granted", target_id=self.accomplice.id)
        self.assertEqual(event.details, {"role": "admin", "scope": "all", "by": "group"})

    def test_other_groups_are_deleted_as_ever(self):
        self.call("res.groups", "unlink", self.other.ids)
        self.assertFalse(self.other.exists())

    def test_who_holds_the_role_in_one_environment_gives_none_in_all(self):
        limited = self.make_user("admin", self.staging, groups="base.group_erp_manager")
        with self.assertRaisesRegex(UserError, "You administer some environments only"):
            self.own.with_user(limited).write({"implied_ids": [Command.link(self.admin_group.id)]})

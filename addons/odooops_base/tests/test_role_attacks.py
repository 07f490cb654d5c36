"""By which ways nobody gives himself a role, or more of one."""

import contextlib
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .test_role_assignment import AssignmentCase, group

# AccessError and ValidationError are of this kind.
REFUSED = UserError


@tagged("post_install", "-at_install", "odooops")
class TestRoleAttacks(AssignmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        portal = cls.make_user(login="test_portal", groups="base.group_portal")
        system = cls.make_user(login="test_system", groups="base.group_system,base.group_partner_manager")
        manager = cls.make_user(
            login="test_erp_manager", groups="base.group_erp_manager,base.group_partner_manager"
        )
        roles = [cls.make_user(role) for role in ("viewer", "operator", "auditor")]
        cls.administrators = [system, manager]
        cls.attackers = [cls.plain, portal, *cls.administrators, *roles]
        cls.admin_group = cls.env.ref(group("admin"))

    def assert_refused(self, user, attack):
        """``attack(env)`` raises, and afterwards the user is what he was."""
        before = self.assignments_of(user)
        line = attack.__code__.co_firstlineno
        with self.subTest(user=user.login, line=line):
            env = self.env(user=user, su=False)
            # As in a call from outside: commands on users that come by way of another record are done as the caller.
            with patch.object(env.transaction, "default_env", env), self.assertRaises(REFUSED):
                attack(env)
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        self.assertEqual(self.assignments_of(user), before)
        self.assertFalse(user.has_group(group("admin")))
        self.assertFalse(user._has_odooops_role("admin"))

    def test_not_by_an_assignment(self):
        other = self.assign(self.make_user(login="test_other"), "viewer")
        for user in self.attackers:
            vals = {"user_id": user.id, "role": "admin"}
            own = self.assignments.search([("user_id", "=", user.id)])
            for attack in (
                lambda env, vals=vals: env[self.assignments._name].create(vals),
                lambda env, vals=vals: env[self.assignments._name].sudo(False).create([vals, vals]),
                lambda env, vals=vals: (
                    env[self.assignments._name]
                    .with_context(default_role="admin")
                    .create({"user_id": env.uid})
                ),
                lambda env, vals=vals: env[self.assignments._name].grant_role(env.user.login, "admin"),
                lambda env, own=own: (own or other).with_env(env).write({"role": "admin"}),
                lambda env, own=own: (own or other).with_env(env).copy({"role": "admin", "user_id": env.uid}),
                lambda env, own=own: (own or other).with_env(env).unlink(),
            ):
                self.assert_refused(user, attack)

    def test_not_by_an_import(self):
        for user in self.attackers:
            rows = [[user.login, "admin", "all"]]
            importing = self.assignments.with_user(user)
            with self.subTest(user=user.login):
                try:
                    result = importing.load(["user_id", "role", "scope"], rows)
                except AccessError:
                    continue
                self.assertFalse(result["ids"])

    def test_not_by_the_groups_of_a_user(self):
        for user in self.attackers:
            for command in (Command.link(self.admin_group.id), Command.set([self.admin_group.id])):
                self.assert_refused(
                    user, lambda env, command=command: env.user.sudo(False).write({"group_ids": [command]})
                )

    def test_not_by_the_users_of_a_group(self):
        for user in self.attackers:
            for field in ("user_ids", "all_user_ids"):
                self.assert_refused(
                    user,
                    lambda env, field=field: self.admin_group.with_env(env).write(
                        {field: [Command.link(env.uid)]}
                    ),
                )

    def test_not_by_a_group_that_implies_the_role(self):
        user_group = self.env.ref("base.group_user")
        for user in self.attackers:
            for attack in (
                lambda env: user_group.with_env(env).write(
                    {"implied_ids": [Command.link(self.admin_group.id)]}
                ),
                lambda env: self.admin_group.with_env(env).write(
                    {"implied_by_ids": [Command.link(user_group.id)]}
                ),
                lambda env: env["res.groups"].create(
                    {"name": "Mine", "implied_ids": self.admin_group.ids, "user_ids": [env.uid]}
                ),
                lambda env: (
                    self.admin_group.with_env(env).copy({"name": "Mine", "user_ids": [env.uid]})
                    and self.assert_no_rights(env)
                ),
            ):
                self.assert_refused(user, attack)

    def test_not_by_a_group_that_implies_the_role_already(self):
        """Such as one that single sign-on fills: whoever manages users does not fill it by hand."""
        filled = self.env["res.groups"].create({"name": "Platform", "implied_ids": self.admin_group.ids})
        above = self.env["res.groups"].create({"name": "All platforms", "implied_ids": filled.ids})
        for user in self.attackers:
            for group_ in (filled, above):
                vals = {"name": "x", "login": "test_accomplice", "group_ids": group_.ids}
                for attack in (
                    lambda env, own=group_: env.user.sudo(False).write({"group_ids": [Command.link(own.id)]}),
                    lambda env, own=group_: own.with_env(env).write({"user_ids": [Command.link(env.uid)]}),
                    lambda env, vals=vals: env["res.users"].create(vals),
                ):
                    self.assert_refused(user, attack)
        filled.user_ids = [Command.link(self.plain.id)]
        for user in self.administrators:
            refusal = self.assertRaisesRegex(AccessError, "Only OdooOps administrators give and take")
            with refusal, self.env.cr.savepoint():
                filled.with_user(user).write({"user_ids": [Command.unlink(self.plain.id)]})
            self.env.invalidate_all()

    def test_who_comes_into_a_group_that_implies_a_role_is_noted(self):
        filled = self.env["res.groups"].create({"name": "Platform", "implied_ids": self.admin_group.ids})
        administrator = self.make_user("admin", groups="base.group_erp_manager")
        filled.with_user(administrator).write({"user_ids": [Command.link(self.plain.id)]})
        self.assertTrue(self.plain._has_odooops_role("admin", self.production))
        self.plain.with_user(administrator).write({"group_ids": [Command.unlink(filled.id)]})

        for name in ("role.granted", "role.revoked"):
            event = self.events(name, target_id=self.plain.id)[0]
            self.assertEqual(event.details, {"role": "admin", "scope": "all", "by": "group"})
            self.assertEqual(event.user_id, administrator)
        self.assertFalse(self.plain._has_odooops_role("admin"))

    def assert_no_rights(self, env):
        """The copy of a group has its rights to records, and is no role."""
        env.invalidate_all()
        env["odooops.role.assignment"].create({"user_id": env.uid, "role": "admin"})

    def test_not_by_a_new_user(self):
        for user in self.attackers:
            vals = {"name": "x", "login": "test_accomplice", "group_ids": [Command.link(self.admin_group.id)]}
            for attack in (
                lambda env, vals=vals: env["res.users"].create(vals),
                lambda env: (
                    env["res.users"]
                    .with_context(default_group_ids=self.admin_group.ids)
                    .create({"name": "x", "login": "test_accomplice"})
                ),
                lambda env, vals=vals: env["res.partner"].create(
                    {"name": "x", "user_ids": [Command.create(vals)]}
                ),
            ):
                self.assert_refused(user, attack)

    def test_not_by_the_copy_of_an_administrator(self):
        admin = self.make_user("admin")
        for user in self.attackers:
            self.assert_refused(user, lambda env: admin.with_env(env).copy({"login": "test_accomplice"}))

    def test_the_groups_of_the_roles_are_not_deleted(self):
        for user in self.administrators:
            self.assert_refused(user, lambda env: self.admin_group.with_env(env).unlink())

    def test_not_by_rights_rules_or_names_of_our_records(self):
        model = self.env.ref("odooops_base.model_odooops_role_assignment")
        right = self.env.ref("odooops_base.access_odooops_event_auditor")
        rule = self.env.ref("odooops_base.odooops_event_rule_auditor")
        name = self.env.ref("odooops_base.group_odooops_admin").get_external_id()
        data = self.env["ir.model.data"].search(
            [("module", "=", "odooops_base"), ("name", "=", "group_odooops_admin")]
        )
        self.assertTrue(name)
        internal = self.env.ref("base.group_user").id
        every = dict.fromkeys(("perm_read", "perm_write", "perm_create", "perm_unlink"), True)
        for user in self.administrators:
            for attack in (
                lambda env: env["ir.model.access"].create(
                    {"name": "x", "model_id": model.id, "group_id": internal, **every}
                ),
                lambda env: right.with_env(env).write({"group_id": internal}),
                lambda env: right.with_env(env).copy({"group_id": internal}),
                lambda env: right.with_env(env).unlink(),
                lambda env: env["ir.model.access"].search([], limit=1).write({"model_id": model.id}),
                lambda env: env["ir.rule"].create({"name": "x", "model_id": model.id, "domain_force": "[]"}),
                lambda env: rule.with_env(env).write({"domain_force": "[]"}),
                lambda env: rule.with_env(env).write({"active": False}),
                lambda env: rule.with_env(env).unlink(),
                lambda env: data.with_env(env).write({"res_id": internal}),
                lambda env: data.with_env(env).unlink(),
            ):
                self.assert_refused(user, attack)

    def test_administrators_of_odoo_still_manage_the_rest(self):
        for number, user in enumerate(self.administrators):
            env = self.env(user=user, su=False)
            other = env["res.users"].create({"name": "x", "login": f"test_other_{number}"})
            other.write({"group_ids": [Command.link(self.env.ref("base.group_partner_manager").id)]})
            self.assign(other.sudo(), "viewer", self.staging)
            other.write({"group_ids": [Command.unlink(self.env.ref("base.group_partner_manager").id)]})
            made = env["res.groups"].create({"name": f"Made {number}", "user_ids": [other.id]})
            made.write({"implied_ids": [Command.link(self.env.ref("base.group_user").id)]})
            other.copy_data()
            other.action_archive()
            self.assertEqual(self.assignments_of(other), {"viewer": ["test-staging"]})

    def test_they_take_no_role_either(self):
        self.assign(self.plain, "operator")
        for user in self.administrators:
            with self.assertRaisesRegex(AccessError, "Only OdooOps administrators give and take"):
                self.plain.with_user(user).write(
                    {"group_ids": [Command.unlink(self.env.ref(group("operator")).id)]}
                )
            self.assertEqual(self.assignments_of(self.plain), {"operator": []})

    def test_what_is_refused_is_noted(self):
        manager = self.administrators[1]
        # Not assertRaises, which undoes all that its block did.
        with contextlib.suppress(AccessError):
            manager.with_user(manager).write({"group_ids": [Command.link(self.admin_group.id)]})
        event = self.events("role.granted", outcome="failure")
        self.assertEqual((event.user_id, event.target_id), (manager, manager.id))
        self.assertEqual(event.details, {"role": "admin"})

    def test_private_methods_are_not_for_calls(self):
        admin = self.make_user("admin")
        for model, method in (
            ("odooops.event", "_log"),
            ("odooops.event", "_insert"),
            ("odooops.event", "_gc_events"),
            ("odooops.role.assignment", "_follow_groups"),
            ("odooops.role.assignment", "_adopt_members"),
            ("res.groups", "_set_odooops_member"),
            ("res.users", "_check_odooops_role"),
            ("odooops.environment", "_get_current"),
        ):
            with self.subTest(method), self.assertRaisesRegex(AccessError, "Private methods"):
                call_kw(self.env[model].with_user(admin), method, [], {})

    def test_an_administrator_of_staging_does_not_reach_beyond(self):
        limited = self.make_user("admin", self.staging)
        own = self.assignments.search([("user_id", "=", limited.id)])
        everywhere = self.assign(self.plain, "auditor")
        elsewhere = self.assign(self.plain, "operator", self.production)
        env = self.env(user=limited, su=False)
        both = [Command.link(self.production.id)]
        for attack in (
            lambda: own.with_env(env).write({"scope": "all"}),
            lambda: own.with_env(env).write({"environment_ids": both}),
            lambda: env[own._name].create({"user_id": limited.id, "role": "auditor"}),
            lambda: env[own._name].create(
                {"user_id": limited.id, "role": "auditor", "scope": "named", "environment_ids": both}
            ),
            lambda: everywhere.with_env(env).unlink(),
            lambda: everywhere.with_env(env).write({"scope": "named", "environment_ids": self.staging.ids}),
            lambda: elsewhere.with_env(env).unlink(),
            lambda: elsewhere.with_env(env).write({"environment_ids": [Command.link(self.staging.id)]}),
            lambda: limited.with_env(env).write({"group_ids": [Command.link(self.admin_group.id)]}),
        ):
            with self.assertRaises(REFUSED), self.env.cr.savepoint():
                attack()
        self.assertEqual(self.assignments_of(limited), {"admin": ["test-staging"]})
        given = env[own._name].create(
            {
                "user_id": self.make_user(login="test_helper").id,
                "role": "operator",
                "scope": "named",
                "environment_ids": self.staging.ids,
            }
        )
        given.unlink()

    def test_an_administrator_of_staging_changes_no_environment_by_way_of_a_role(self):
        limited = self.make_user("admin", self.staging)
        own = self.assignments.search([("user_id", "=", limited.id)])
        env = self.env(user=limited, su=False)
        for environment in (self.production, self.staging):
            for command in (
                Command.update(environment.id, {"retention_days": 1}),
                Command.delete(environment.id),
                Command.create({"name": "test-made"}),
            ):
                with (
                    self.subTest(command=command),
                    patch.object(env.transaction, "default_env", env),
                    self.assertRaises(REFUSED),
                    self.env.cr.savepoint(),
                ):
                    own.with_env(env).write({"environment_ids": [command]})
        self.assertEqual((self.production | self.staging).mapped("retention_days"), [30, 30])

"""Roles: who gives and takes them, what they reach, and by which ways nobody gets one."""

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from ..tools.roles import ROLES
from .common import RolesCase


def group(role):
    return f"odooops_base.group_odooops_{role}"


class AssignmentCase(RolesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.assignments = cls.env["odooops.role.assignment"]
        cls.plain = cls.make_user(login="test_plain")

    def assignments_of(self, user):
        found = self.assignments.search([("user_id", "=", user.id)])
        return {own.role: own.environment_ids.mapped("name") for own in found}

    def group_ids(self, *roles):
        return [self.env.ref(group(role)).id for role in roles]


@tagged("post_install", "-at_install", "odooops")
class TestRoleAssignment(AssignmentCase):
    def test_a_role_puts_its_user_into_the_group_and_out_again(self):
        for role in ROLES:
            assignment = self.assign(self.plain, role)
            self.assertTrue(self.plain.has_group(group(role)))
            assignment.unlink()
            self.assertFalse(self.plain.has_group(group(role)))

    def test_the_group_on_the_form_of_a_user_gives_and_takes_the_role(self):
        [operator] = self.group_ids("operator")
        self.plain.group_ids = [Command.link(operator)]
        self.assertEqual(self.assignments_of(self.plain), {"operator": []})

        self.plain.group_ids = [Command.unlink(operator)]
        self.assertEqual(self.assignments_of(self.plain), {})

    def test_the_user_on_the_form_of_a_group_gets_and_loses_the_role(self):
        operators = self.env.ref(group("operator"))
        operators.user_ids = [Command.link(self.plain.id)]
        self.assertEqual(self.assignments_of(self.plain), {"operator": []})

        operators.user_ids = [Command.unlink(self.plain.id)]
        self.assertEqual(self.assignments_of(self.plain), {})

    def test_several_users_made_at_once_each_get_their_own(self):
        users = self.env["res.users"].create(
            [
                {"name": role, "login": f"test_at_once_{role}", "group_ids": self.group_ids(role)}
                for role in ("viewer", "admin")
            ]
        )
        self.assertEqual([self.assignments_of(user) for user in users], [{"viewer": []}, {"admin": []}])

    def test_a_change_of_other_groups_leaves_limits_alone(self):
        self.assign(self.plain, "operator", self.staging)
        self.plain.group_ids = [Command.link(self.env.ref("base.group_partner_manager").id)]

        self.assertEqual(self.assignments_of(self.plain), {"operator": ["test-staging"]})

    def test_the_copy_of_a_user_has_the_same_roles_with_the_same_limits(self):
        self.assign(self.plain, "operator", self.staging)
        self.assign(self.plain, "viewer")
        copied = self.plain.copy()

        self.assertEqual(self.assignments_of(copied), {"operator": ["test-staging"], "viewer": []})
        self.assertFalse(copied._has_odooops_role("operator", self.production))

    def test_a_role_in_some_environments_and_one_in_others_add_up(self):
        self.assign(self.plain, "operator", self.staging)
        self.assign(self.plain, "viewer", self.production)

        self.assertEqual(
            sorted(self.plain._get_odooops_environment_ids("viewer")),
            sorted((self.staging | self.production).ids),
        )
        self.assertEqual(self.plain._get_odooops_environment_ids("operator"), self.staging.ids)
        self.assertEqual(self.plain._get_odooops_environment_ids("admin"), [])

    def test_who_holds_no_role_holds_it_in_no_set_of_environments_not_even_the_empty_one(self):
        self.assertFalse(self.plain._has_odooops_role("viewer", self.env["odooops.environment"]))

    def test_a_role_implied_by_another_group_holds_everywhere(self):
        made = self.env["res.groups"].create({"name": "Staff", "implied_ids": self.group_ids("operator")})
        self.plain.group_ids = [Command.link(made.id)]

        self.assertIsNone(self.plain._get_odooops_environment_ids("operator"))
        self.assertEqual(
            self.events("role.inherited")[0].details,
            {"roles": ["viewer", "operator"], "by": ["Staff"], "no longer by": []},
        )

    @mute_logger("odoo.sql_db")
    def test_a_user_has_a_role_once(self):
        self.assign(self.plain, "viewer")
        with self.assertRaisesRegex(Exception, "user_role_uniq"):
            self.assign(self.plain, "viewer", self.staging)

    def test_named_environments_are_named_and_all_names_none(self):
        with self.assertRaisesRegex(ValidationError, "^Environments: name at least one"):
            self.assign(self.plain, "viewer", self.env["odooops.environment"])
        assignment = self.assign(self.plain, "operator", self.staging)
        assignment.scope = "all"
        self.assertFalse(assignment.environment_ids)

    def test_an_assignment_keeps_its_user_and_role(self):
        assignment = self.assign(self.plain, "viewer")
        for vals in ({"role": "admin"}, {"user_id": self.env.uid}):
            with self.assertRaisesRegex(UserError, "keeps its user and its role"):
                assignment.write(vals)

    def test_portal_users_get_no_role(self):
        portal = self.make_user(login="test_portal", groups="base.group_portal")
        with self.assertRaisesRegex(ValidationError, "is no internal user"):
            self.assign(portal, "viewer")

    def test_a_name_tells_the_limits(self):
        assignment = self.assign(self.plain, "operator", self.staging | self.production)
        self.assertRegex(assignment.display_name, r"Operator \(test-production and test-staging\)$")

    def test_giving_changing_and_taking_are_events(self):
        assignment = self.assign(self.plain, "operator", self.staging)
        granted = self.events("role.granted", target_id=self.plain.id)
        self.assertEqual(granted.environment_id, self.staging)
        self.assertEqual(
            granted.details, {"role": "operator", "scope": "named", "environments": ["test-staging"]}
        )
        assignment.scope = "all"
        assignment.unlink()
        for name in ("role.changed", "role.revoked"):
            event = self.events(name, target_id=self.plain.id)
            self.assertEqual(event.details, {"role": "operator", "scope": "all", "environments": []})

    def test_the_roles_of_a_deleted_user_are_taken(self):
        self.assign(self.plain, "operator")
        # As who manages users may call it by RPC.
        self.plain.with_context(**{MODULE_UNINSTALL_FLAG: True}).unlink()
        self.assertEqual(self.events("role.revoked")[0].details["role"], "operator")

    def test_an_update_gives_members_without_an_assignment_one(self):
        self.env.cr.execute(
            "INSERT INTO res_groups_users_rel (gid, uid) VALUES (%s, %s)",
            (*self.group_ids("auditor"), self.plain.id),
        )
        self.env.invalidate_all()
        self.assignments._adopt_members()
        self.assertEqual(self.assignments_of(self.plain), {"auditor": []})

    def test_roles_are_listed_for_administrators_and_auditors_of_those_environments(self):
        self.assign(self.plain, "viewer", self.production)
        for role in ("auditor", "admin"):
            own = self.assignments.with_user(self.make_user(role, self.staging))
            self.assertNotIn(self.plain, own.search([]).user_id)
            everywhere = self.assignments.with_user(self.make_user(role))
            self.assertIn(self.plain, everywhere.search([]).user_id)
        for role in ("viewer", "operator"):
            with self.assertRaises(AccessError):
                self.assignments.with_user(self.make_user(role)).search([])


@tagged("post_install", "-at_install", "odooops")
class TestGrantByCall(AssignmentCase):
    """``grant_role`` and ``revoke_role``, which the CLI and programs call."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.make_user("admin")
        cls.limited = cls.make_user("admin", cls.staging)

    def by(self, user):
        return self.assignments.with_user(user)

    def test_a_role_is_given_and_taken_by_login(self):
        given = self.by(self.admin).grant_role("test_plain", "operator")
        self.assertEqual(
            given | {"id": 0},
            {"id": 0, "user": "test_plain", "role": "operator", "scope": "all", "environments": []},
        )
        self.assertTrue(self.by(self.admin).revoke_role("test_plain", "operator"))
        self.assertFalse(self.by(self.admin).revoke_role("test_plain", "operator"))

    def test_environments_are_added_and_taken_one_by_one(self):
        by = self.by(self.admin)
        by.grant_role("test_plain", "operator", ["test-staging"])
        given = by.grant_role("test_plain", "operator", ["test-production"])
        self.assertEqual(sorted(given["environments"]), ["test-production", "test-staging"])

        by.revoke_role("test_plain", "operator", ["test-production"])
        self.assertEqual(self.assignments_of(self.plain), {"operator": ["test-staging"]})
        by.revoke_role("test_plain", "operator", ["test-staging"])
        self.assertEqual(self.assignments_of(self.plain), {})

    def test_a_role_in_all_environments_is_not_narrowed_by_giving_it_in_one(self):
        self.by(self.admin).grant_role("test_plain", "operator")
        given = self.by(self.admin).grant_role("test_plain", "operator", ["test-staging"])
        self.assertEqual(given["scope"], "all")

    def test_a_role_in_all_environments_is_not_taken_in_one_by_taking_it_in_all(self):
        self.by(self.admin).grant_role("test_plain", "operator")
        with self.assertRaisesRegex(UserError, "held in all environments"):
            self.by(self.admin).revoke_role("test_plain", "operator", ["test-staging"])
        self.assertEqual(self.assignments_of(self.plain), {"operator": []})

    def test_what_is_not_known_is_said(self):
        by = self.by(self.admin)
        for arguments, message in (
            (("nobody", "viewer"), "no internal user with the login 'nobody'"),
            (("test_plain", "root"), "'root' is no role. Roles are: viewer, operator"),
            (("test_plain", "viewer", ["nowhere"]), "'nowhere' is not known"),
            (("test_plain", "viewer", []), "^Environments: name at least one"),
            (("test_plain", "viewer", "test-staging"), "^Environments: give a list of names"),
            (("test_plain", "viewer", 5), "^Environments: give a list of names"),
        ):
            with self.subTest(arguments), self.assertRaisesRegex(UserError, message):
                by.grant_role(*arguments)

    def test_an_administrator_of_staging_gives_and_takes_there(self):
        self.assign(self.plain, "operator", self.production)
        given = self.by(self.limited).grant_role("test_plain", "operator", ["test-staging"])
        self.assertEqual(given["environments"], ["test-staging"])
        self.assertEqual(len(self.assignments_of(self.plain)["operator"]), 2)

        self.by(self.limited).revoke_role("test_plain", "operator", ["test-staging"])
        self.assertEqual(self.assignments_of(self.plain), {"operator": ["test-production"]})

    def test_and_nowhere_else(self):
        self.assign(self.plain, "operator", self.staging | self.production)
        self.assign(self.plain, "viewer")
        by = self.by(self.limited)
        for call in (
            lambda: by.grant_role("test_plain", "auditor"),
            lambda: by.grant_role("test_plain", "auditor", ["test-production"]),
            lambda: by.grant_role(self.limited.login, "admin"),
            lambda: by.grant_role(self.limited.login, "admin", ["test-production"]),
            lambda: by.revoke_role("test_plain", "viewer"),
            lambda: by.revoke_role("test_plain", "operator"),
            lambda: by.revoke_role("test_plain", "operator", ["test-production"]),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_the_last_administrator_of_all_stays(self):
        others = self.assignments.search([("role", "=", "admin"), ("scope", "=", "all")])
        (others - others.filtered(lambda own: own.user_id == self.admin)).unlink()
        own = self.by(self.admin).search([("user_id", "=", self.admin.id), ("role", "=", "admin")])
        for change in (
            lambda: own.write({"scope": "named", "environment_ids": self.staging.ids}),
            lambda: self.by(self.admin).revoke_role(self.admin.login, "admin"),
        ):
            with self.assertRaisesRegex(UserError, "has to remain"):
                change()
            # As the end of a request that failed does.
            self.env.registry.clear_all_caches()


@tagged("post_install", "-at_install", "odooops")
class TestLastAdministrator(TransactionCase):
    """With connections of their own, as two requests have them."""

    def test_of_two_who_take_the_role_from_each_other_at_once_one_waits(self):
        administrator = self.env.ref("base.user_admin")
        with self.env.registry.cursor() as cr, self.env.registry.cursor() as other:
            assignments = self.env(cr=cr, user=administrator.id, su=False)["odooops.role.assignment"]
            assignments._check_administrator_remains()
            with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.LockNotAvailable):
                other.execute(
                    "SELECT 1 FROM odooops_role_assignment WHERE role = 'admin' FOR NO KEY UPDATE NOWAIT"
                )
            other.rollback()
            cr.rollback()

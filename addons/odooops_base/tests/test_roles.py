"""Who has which role, and that none is given by accident."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import convert_file

from .common import OwnPartsCase, new_user

ROLES = ("viewer", "operator", "auditor", "admin")


def group(role):
    return f"odooops_base.group_odooops_{role}"


@tagged("post_install", "-at_install", "odooops")
class TestRoles(OwnPartsCase):
    def make_user(self, groups):
        return new_user(self.env, login=f"test_{groups}", groups=groups)

    def roles_of(self, user):
        return [role for role in ROLES if user.has_group(group(role))]

    def test_each_role_has_what_the_one_below_has_and_no_more(self):
        expected = {
            "viewer": ["viewer"],
            "operator": ["viewer", "operator"],
            "auditor": ["viewer", "auditor"],
            "admin": ["viewer", "operator", "admin"],
        }
        for role in ROLES:
            self.assertEqual(self.roles_of(self.make_user(group(role))), expected[role])

    def test_administering_odoo_gives_no_role(self):
        self.assertEqual(self.roles_of(self.make_user("base.group_system")), [])

    def test_a_role_gives_nothing_in_odoo_but_being_an_internal_user(self):
        plain, admin = self.make_user("base.group_user"), self.make_user(group("admin"))
        ours = self.env.ref("odooops_base.res_groups_privilege_odooops").group_ids

        self.assertEqual(admin.all_group_ids - ours, plain.all_group_ids)

    def test_an_update_does_not_give_back_a_role_that_was_taken_away(self):
        administrator = self.env.ref("base.user_admin")
        administrator.group_ids -= self.env.ref(group("admin"))

        convert_file(self.env, "odooops_base", "security/odooops_groups.xml", {}, mode="update")

        self.assertEqual(self.roles_of(administrator), [])

    def test_every_role_may_see_the_state(self):
        self.list_parts()
        for role in ROLES:
            status = self.env["odooops.component"].with_user(self.make_user(group(role))).get_status()
            self.assertEqual(status["summary"]["state"], "healthy")

    def test_others_may_not_see_the_state_whatever_else_they_may(self):
        for groups in ("base.group_user", "base.group_system", "base.group_portal", "base.group_public"):
            component = self.env["odooops.component"].with_user(self.make_user(groups))
            with self.assertRaisesRegex(AccessError, "OdooOps role Viewer"):
                component.get_status()

    def test_the_menu_is_for_viewers(self):
        menu = self.env.ref("odooops_base.menu_odooops")

        def sees(groups):
            return menu.id in menu.with_user(self.make_user(groups))._visible_menu_ids()

        self.assertTrue(sees(group("viewer")))
        self.assertFalse(sees("base.group_system"))

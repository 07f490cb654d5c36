"""The access table: complete, true, and the same as the committed page."""

import os
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.odooops_access import OPERATIONS
from ..tools.access_table import render
from ..tools.roles import ROLES, included_in
from .common import RolesCase, new_user

PAGE = Path(__file__).parents[3] / "docs" / "access.md"
KNOWN = {*ROLES, "everybody"}


@tagged("post_install", "-at_install", "odooops")
class TestAccess(RolesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.table = cls.env["odooops.access"].get_access_table()

    def test_every_model_is_open_to_roles_alone(self):
        for row in self.table["models"]:
            for operation, roles in row["operations"].items():
                self.assertLessEqual(set(roles), set(ROLES), f"{row['model']}: {operation}")

    def test_every_model_with_records_says_who_reads_them(self):
        listed = {row["model"]: row["operations"]["read"] for row in self.table["models"]}
        own = [
            name for name in self.env.registry if name.startswith("odooops.") and not self.env[name]._abstract
        ]

        self.assertEqual(set(listed), set(own))
        self.assertEqual([name for name, readers in listed.items() if not readers], [])

    def test_what_a_dialog_holds_is_its_user_s_alone(self):
        operator, other = self.make_user("admin"), self.make_user("admin", login="test_other")
        dialogs = [
            name for name in self.env.registry if name.startswith("odooops.") and self.env[name]._transient
        ]
        self.assertTrue(dialogs)
        for name in dialogs:
            domain = self.env["ir.rule"].with_user(operator)._compute_domain(name, "read")
            with self.subTest(name):
                self.assertEqual(list(domain), [("create_uid", "in", [operator.id])])
                self.assertNotEqual(
                    self.env["ir.rule"].with_user(other)._compute_domain(name, "write"), domain
                )

    def test_every_public_method_has_a_role(self):
        missing = [f"{row['model']}.{row['method']}" for row in self.table["methods"] if not row["role"]]
        self.assertEqual(missing, [], "decorate with @requires, or begin the name with an underscore")

    def test_every_route_has_a_role(self):
        missing = [row["path"] for row in self.table["routes"] if row["role"] not in KNOWN]
        self.assertEqual(missing, [], "decorate with @requires or @for_everybody")

    def test_a_method_without_a_role_is_found(self):
        def forgotten(self):
            """Does what it likes."""

        forgotten.__module__ = __name__
        layer = next(
            layer for layer in type(self.env["odooops.access"]).mro() if layer.__name__ == "OdooopsAccess"
            and layer.__module__.startswith("odoo.addons.odooops_base")
        )  # fmt: skip
        with patch.object(layer, "forgotten", forgotten, create=True):
            rows = self.env["odooops.access"].get_access_table()["methods"]
        [row] = [row for row in rows if row["method"] == "forgotten"]
        self.assertEqual((row["role"], row["summary"]), ("", "Does what it likes."))

    def test_a_right_for_another_group_is_found(self):
        self.env["ir.model.access"].create(
            {
                "name": "x",
                "model_id": self.env.ref("odooops_base.model_odooops_event").id,
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
            }
        )
        rows = self.env["odooops.access"].get_access_table()["models"]
        [events] = [row for row in rows if row["model"] == "odooops.event"]
        self.assertIn("Role / User", events["operations"]["read"])

    def test_the_table_is_what_odoo_does(self):
        for role in ROLES:
            user = self.make_user(role)
            for row in self.table["models"]:
                for operation in OPERATIONS:
                    told = any(role in included_in(smallest) for smallest in row["operations"][operation])
                    done = self.env[row["model"]].with_user(user).has_access(operation)
                    self.assertEqual(done, told, f"{role}: {operation} {row['model']}")

    def test_viewers_read_it_and_others_do_not(self):
        viewer = self.make_user("viewer", self.staging)
        self.assertEqual(self.env["odooops.access"].with_user(viewer).get_access_table(), self.table)
        system = new_user(self.env, "test_system", groups="base.group_system")
        for method in ("get_access_table", "get_access_page"):
            with self.assertRaises(AccessError):
                getattr(self.env["odooops.access"].with_user(system), method)()

    def test_the_committed_access_page_is_this_table(self):
        page = self.env["odooops.access"].get_access_page()
        self.assertEqual(page, render(self.table))
        if target := os.environ.get("WRITE_ACCESS_PAGE"):
            Path(target).write_text(page, encoding="utf-8")
        self.assertEqual(
            PAGE.read_text(encoding="utf-8"), page, "docs/development.md says how to write it anew"
        )

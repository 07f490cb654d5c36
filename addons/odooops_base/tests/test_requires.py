"""What a public method asks of its caller."""

from odoo import api
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..roles import for_everybody, requires
from ..tools.roles import ROLES, included_in
from .common import RolesCase


@api.model
@requires("operator")
def act(self):
    return "acted"


@requires("operator", everywhere=True)
def act_everywhere(self):
    return "acted"


@tagged("post_install", "-at_install", "odooops")
class TestRequires(RolesCase):
    def setUp(self):
        super().setUp()
        self.events_ = self.env["odooops.event"]
        for environment in (self.staging, self.production):
            self.events_._log("test.done", environment=environment)

    def records_of(self, environment, user):
        return self.events("test.done", environment_id=environment.id).with_user(user)

    def test_a_role_and_those_that_include_it_do(self):
        for role in ROLES:
            model = self.env["odooops.access"].with_user(self.make_user(role))
            if role in included_in("operator"):
                self.assertEqual(act(model), "acted")
            else:
                with self.assertRaisesRegex(AccessError, "needs the OdooOps role Operator. Ask"):
                    act(model)

    def test_others_do_not_whatever_else_they_may(self):
        for groups in ("base.group_user", "base.group_system", "base.group_portal", "base.group_public"):
            model = self.env["odooops.access"].with_user(self.make_user(login=groups, groups=groups))
            with self.assertRaises(AccessError):
                act(model)

    def test_the_superuser_is_not_asked(self):
        self.assertEqual(act(self.env["odooops.access"]), "acted")
        viewer = self.make_user("viewer")
        self.assertEqual(act(self.env["odooops.access"].with_user(viewer).sudo()), "acted")

    def test_on_records_the_role_is_asked_for_in_each_environment(self):
        operator = self.make_user("operator", self.staging)
        own, other = (self.records_of(one, operator) for one in (self.staging, self.production))

        self.assertEqual(act(own), "acted")
        for records in (other, own | other, self.production.with_user(operator)):
            with self.assertRaisesRegex(AccessError, r"Operator.*\(environment: test-production\)"):
                act(records)

    def test_a_higher_role_elsewhere_does_not_count(self):
        user = self.make_user("admin", self.production)
        self.assign(user, "viewer", self.staging)
        with self.assertRaisesRegex(AccessError, "environment: test-staging"):
            act(self.staging.with_user(user))

    def test_everywhere_takes_a_role_without_limits(self):
        model = self.env["odooops.access"]
        self.assertEqual(act_everywhere(model.with_user(self.make_user("operator"))), "acted")
        with self.assertRaisesRegex(AccessError, "limited to some environments"):
            act_everywhere(model.with_user(self.make_user("operator", self.staging)))

    def test_what_the_method_asks_for_can_be_read_from_it(self):
        self.assertEqual((act._odooops_role, act._odooops_everywhere), ("operator", False))
        self.assertTrue(act_everywhere._odooops_everywhere)
        self.assertTrue(act._api_model)
        self.assertEqual(for_everybody(lambda: None)._odooops_role, "everybody")

    def test_what_is_no_role_is_found_at_import(self):
        with self.assertRaises(KeyError):
            requires("root")

    def test_a_controller_asks_too(self):
        class Controller:
            env = self.env(user=self.make_user("viewer"), su=False)
            act = act

        with self.assertRaises(AccessError):
            Controller().act()

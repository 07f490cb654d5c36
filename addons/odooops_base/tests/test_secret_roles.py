"""Who may do what with secrets."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..secret_values import resolve
from .common import new_user
from .test_secrets import PLANTED, SecretsCase


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
        users = [self.make_user("viewer"), new_user(self.env, "system", groups="base.group_system")]
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

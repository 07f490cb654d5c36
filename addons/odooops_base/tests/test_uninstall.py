"""What is left of the addon when it is uninstalled: nothing that a later installation would take for its own."""

from odoo.tests import TransactionCase, tagged

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from ..models.ir_module_module import SEEN
from ..models.odooops_database import IDENTITY
from ..uninstall import uninstall_hook


@tagged("post_install", "-at_install", "odooops")
class TestUninstall(TransactionCase):
    def test_what_was_noted_in_parameters_is_forgotten(self):
        parameters = self.env["ir.config_parameter"]
        for key in (SEEN, IDENTITY, "test.of_another_addon"):
            parameters.set_param(key, "{}")
        uninstall_hook(self.env)

        kept = [key for key in (SEEN, IDENTITY, "test.of_another_addon") if parameters.get_param(key)]
        self.assertEqual(kept, ["test.of_another_addon"])

    def test_the_groups_of_the_roles_go(self):
        """Else whoever is still in one of them would have the role again after a later installation."""
        groups = self.env["res.groups"]._get_odooops_groups()
        self.assertEqual(len(groups), 4)
        # Odoo removes records in the opposite order of the addon's files: what refers to the groups is gone by then.
        self.env["ir.rule"].search([("groups", "in", groups.ids)]).unlink()
        self.env["ir.model.access"].search([("group_id", "in", groups.ids)]).unlink()
        groups.with_context(**{MODULE_UNINSTALL_FLAG: True}).unlink()

        self.assertFalse(groups.exists())

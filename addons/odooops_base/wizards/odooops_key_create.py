from odoo import fields, models

from odoo.addons.base.models.res_users import check_identity

from ..roles import requires


class OdooopsKeyCreate(models.TransientModel):
    """Asks what a new key is for and shows the key once. Nothing of it is stored here."""

    _name = "odooops.key.create"
    _description = "Make an API Key"

    name = fields.Char(
        "Purpose", required=True, help="What uses the key and for what: the only way to tell it later."
    )
    days = fields.Integer(
        required=True,
        default=lambda self: self.env["odooops.key"]._get_default_days(),
        help="After these the key stops working.",
    )

    @requires("viewer")
    @check_identity
    def action_create(self):
        """Makes the key, after the password was asked for, and shows it."""
        made = self.env["odooops.key"]._create_key(self.name, self.days)
        self.sudo().unlink()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("API Key Ready"),
            "res_model": "res.users.apikeys.show",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_key": made["key"]},
        }

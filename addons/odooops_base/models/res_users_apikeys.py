from odoo import api, fields, models

from ..roles import requires
from ..tools import keys


class ResUsersApikeys(models.Model):
    _inherit = "res.users.apikeys"

    odooops_state = fields.Selection(
        [("valid", "Valid"), ("expiring", "Expires soon"), ("expired", "Expired")],
        string="State",
        compute="_compute_odooops_state",
        help="Expires soon: within two weeks. Odoo deletes expired keys once a day.",
    )

    @api.depends("expiration_date")
    def _compute_odooops_state(self):
        now = fields.Datetime.now()
        for key in self:
            key.odooops_state = keys.state(key.expiration_date or None, now)

    @requires("viewer")
    def action_odooops_revoke(self):
        """Makes the keys worthless at once."""
        for key in self:
            self.env["odooops.key"].revoke_key(key.id)
        return True

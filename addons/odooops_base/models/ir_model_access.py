from odoo import models


class IrModelAccess(models.Model):
    _name = "ir.model.access"
    _inherit = ["ir.model.access", "odooops.protected"]

    def _filter_odooops(self):
        return self.filtered(lambda right: right.model_id.model.startswith("odooops."))

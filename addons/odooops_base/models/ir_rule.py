from odoo import models


class IrRule(models.Model):
    _name = "ir.rule"
    _inherit = ["ir.rule", "odooops.protected"]

    def _filter_odooops(self):
        return self.filtered(lambda rule: rule.model_id.model.startswith("odooops."))

from odoo import models


class IrModelData(models.Model):
    _name = "ir.model.data"
    _inherit = ["ir.model.data", "odooops.protected"]

    def _filter_odooops(self):
        return self.filtered(lambda data: data.module.startswith("odooops_"))

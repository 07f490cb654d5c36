from odoo import api, models

from odoo.addons.odooops_base.stores import RecordStore

from ..tools.configuration.declared import SAMPLING


class OdooopsConfiguration(models.AbstractModel):
    """Adds the section of the rules of sampling."""

    _inherit = "odooops.configuration"

    @api.model
    def _get_stores(self):
        return [*super()._get_stores(), RecordStore(SAMPLING, "odooops.sampling.rule")]

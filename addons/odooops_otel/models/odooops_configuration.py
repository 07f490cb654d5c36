from odoo import api, models

from odoo.addons.odooops_base.stores import RecordStore

from ..tools.configuration.declared import GAUGES, REDACTION, SAMPLING


class OdooopsConfiguration(models.AbstractModel):
    """Adds what telemetry is configured with."""

    _inherit = "odooops.configuration"

    @api.model
    def _get_stores(self):
        return [
            *super()._get_stores(),
            RecordStore(GAUGES, "odooops.gauge"),
            RecordStore(REDACTION, "odooops.redaction.rule"),
            RecordStore(SAMPLING, "odooops.sampling.rule"),
        ]

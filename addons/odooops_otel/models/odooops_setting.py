from odoo import api, models

from ..settings import SETTINGS


class OdooopsSetting(models.Model):
    """Adds the settings of telemetry."""

    _inherit = "odooops.setting"

    @api.model
    def _get_declared(self):
        return [*super()._get_declared(), *SETTINGS]

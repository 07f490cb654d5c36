from odoo import models

from .. import caller


class IrCron(models.Model):
    _inherit = "ir.cron"

    def _callback(self, cron_name, server_action_id):
        with caller.calling(caller.Caller(caller.CRON)):
            return super()._callback(cron_name, server_action_id)

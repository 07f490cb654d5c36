from odoo import fields, models

from ..models.odooops_backup import OUTCOMES
from ..roles import requires
from ..tools import formats


class OdooopsBackupRecord(models.TransientModel):
    """A backup that somebody records by hand."""

    _name = "odooops.backup.record"
    _description = "Record a Backup"

    environment_id = fields.Many2one(
        "odooops.environment",
        required=True,
        default=lambda self: self.env["odooops.environment"]._get_current(),
    )
    kind = fields.Selection(
        [("dump", "Database"), ("filestore", "Files"), ("full", "Database and files"), ("other", "Other")],
        required=True,
        default="full",
    )
    outcome = fields.Selection(OUTCOMES, required=True, default="success")
    started_at = fields.Datetime()
    finished_at = fields.Datetime(required=True, default=fields.Datetime.now)
    size = fields.Float("Size (bytes)", digits=(20, 0))
    checksum = fields.Char()
    location = fields.Char()
    tool = fields.Char()
    note = fields.Text()

    @requires("operator")
    def action_record(self):
        """Records it, and opens it."""
        self.ensure_one()
        names = ("kind", "outcome", "size", "checksum", "location", "tool", "note")
        recorded = self.env["odooops.backup"].record_backup(
            self.environment_id.name,
            started_at=formats.moment_text(self.started_at),
            finished_at=formats.moment_text(self.finished_at),
            **{name: self[name] for name in names},
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "odooops.backup",
            "res_id": recorded["id"],
            "view_mode": "form",
        }

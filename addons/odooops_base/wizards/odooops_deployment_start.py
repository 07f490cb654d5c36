from odoo import fields, models

from ..roles import requires


class OdooopsDeploymentStart(models.TransientModel):
    """A deployment that somebody records by hand."""

    _name = "odooops.deployment.start"
    _description = "Record a Deployment"

    environment_id = fields.Many2one(
        "odooops.environment",
        required=True,
        default=lambda self: self.env["odooops.environment"]._get_current(),
    )
    version = fields.Char(required=True)
    commit = fields.Char()
    rollback_of_id = fields.Many2one(
        "odooops.deployment",
        "Rolls Back",
        domain="[('environment_id', '=', environment_id), ('state', 'in', ('succeeded', 'failed'))]",
        help="The deployment that this one takes back.",
    )
    url = fields.Char("Job")
    note = fields.Text()
    force = fields.Boolean("End another one that runs", help="It counts as failed then.")

    @requires("operator")
    def action_start(self):
        """Starts it, and opens it."""
        self.ensure_one()
        started = self.env["odooops.deployment"].start_deployment(
            self.environment_id.name,
            self.version,
            commit=self.commit,
            rollback_of=self.rollback_of_id.id,
            url=self.url,
            note=self.note,
            force=self.force,
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "odooops.deployment",
            "res_id": started["id"],
            "view_mode": "form",
        }

from odoo import fields, models


class OdooopsDeploymentModule(models.Model):
    """One module that a deployment brought, changed or took away."""

    _name = "odooops.deployment.module"
    _description = "Module of a Deployment"
    _order = "deployment_id desc, name"

    deployment_id = fields.Many2one("odooops.deployment", required=True, ondelete="cascade", index=True)
    name = fields.Char("Module", required=True, index=True)
    version = fields.Char()
    previous_version = fields.Char("Before")
    change = fields.Selection(
        [("installed", "Installed"), ("upgraded", "Upgraded"), ("removed", "Removed")],
        required=True,
        default="upgraded",
    )

    _deployment_name_uniq = models.Constraint(
        "UNIQUE(deployment_id, name)", "A deployment names each module once."
    )

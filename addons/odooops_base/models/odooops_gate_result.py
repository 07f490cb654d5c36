from odoo import api, fields, models

from ..tools.gates import COMPARISONS


class OdooopsGateResult(models.Model):
    """What a gate said of a deployment when it was last looked at, with the gate as it was then."""

    _name = "odooops.gate.result"
    _description = "Result of a Health Gate"
    _order = "deployment_id desc, id"

    deployment_id = fields.Many2one("odooops.deployment", required=True, ondelete="cascade", index=True)
    gate_id = fields.Many2one("odooops.gate", "Gate as It Is Now", ondelete="set null")
    name = fields.Char("Gate", required=True)
    query = fields.Text()
    comparison = fields.Selection([(sign, sign) for sign in COMPARISONS])
    threshold = fields.Float()
    has_value = fields.Boolean()
    value = fields.Float("Value as Number")
    value_text = fields.Char("Value", compute="_compute_value_text")
    condition = fields.Char("Wanted", compute="_compute_condition")
    outcome = fields.Selection(
        [("passed", "Passed"), ("failed", "Failed"), ("error", "Not evaluated")],
        required=True,
        help="A gate that could not be evaluated is not passed: nothing shows that the deployment is good.",
    )
    message = fields.Char()
    evaluated_at = fields.Datetime("Looked At")
    attempts = fields.Integer("Looks", default=1)

    _deployment_gate_uniq = models.Constraint(
        "UNIQUE(deployment_id, gate_id)", "A deployment has one result for each gate."
    )

    @api.depends("value", "has_value")
    def _compute_value_text(self):
        for result in self:
            result.value_text = f"{result.value:.6g}" if result.has_value else ""

    @api.depends("comparison", "threshold")
    def _compute_condition(self):
        for result in self:
            result.condition = f"{result.comparison} {result.threshold:g}"

    def _prepare_answer(self):
        names = ("name", "outcome", "comparison", "threshold", "attempts")
        value = {"value": self.value if self.has_value else False, "message": self.message or ""}
        return {name: self[name] for name in names} | value

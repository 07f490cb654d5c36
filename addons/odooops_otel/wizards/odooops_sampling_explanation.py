from odoo import api, fields, models

from odoo.addons.odooops_base.roles import requires

from ..tools import sampling_rules


class OdooopsSamplingExplanation(models.TransientModel):
    """Answers which rule of sampling decides for something, and what it says."""

    _name = "odooops.sampling.explanation"
    _description = "Which Sampling Rule Decides"

    kind = fields.Selection(
        [("route", "HTTP route"), ("method", "Method called by RPC"), ("job", "Scheduled action")],
        "For",
        required=True,
        default="route",
    )
    subject = fields.Char(help="As it is called in traces.")
    http_method = fields.Selection(
        [(name, name) for name in sampling_rules.HTTP_METHODS],
        "HTTP Method",
        default="GET",
        help="By which the route is asked for: a rule may be for one method only.",
    )
    environment_id = fields.Many2one("odooops.environment", help="Empty for that of this Odoo.")
    answer = fields.Text(compute="_compute_answer")

    @api.depends("kind", "subject", "http_method", "environment_id")
    def _compute_answer(self):
        for dialog in self:
            subject = (dialog.subject or "").strip()
            dialog.answer = dialog._explain(subject) if dialog.kind and subject else False

    @requires("viewer")
    def action_explain(self):
        """Shows the answer in the dialog, which stays open for the next question."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Which Sampling Rule Decides"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _explain(self, subject):
        found = self.env["odooops.sampling.rule"].explain_sampling(
            **{self.kind: subject},
            http_method=self.kind == sampling_rules.ROUTE and self.http_method,
            environment=self.environment_id.name or None,
        )
        return "\n".join(self._describe(found))

    def _describe(self, found):
        yield (
            self.env._("Rule %(rule)s decides.", rule=found["rule"])
            if found["rule"]
            else self.env._("No rule fits: what the environment and the settings say holds.")
        )
        yield self.env._(
            "Kept: %(share)s %% (%(says)s), and each one that fails or takes %(slow)s ms.",
            share=f"{found['ratio'] * 100:g}",
            says=found["ratio_source"],
            slow=found["slow_threshold_ms"],
        )
        yield self.env._(
            "Up to %(limit)s of its statements become spans, from %(sql)s.",
            limit=found["statement_limit"],
            sql=found["sql"],
        )

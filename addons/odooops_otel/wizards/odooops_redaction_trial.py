from odoo import api, fields, models

from odoo.addons.odooops_base.roles import requires


class OdooopsRedactionTrial(models.TransientModel):
    """Shows what becomes of a text before it leaves a process."""

    _name = "odooops.redaction.trial"
    _description = "What Is Redacted"

    text = fields.Text(
        help="A line as it might be logged. No real secret: it is kept for as long as the dialog is."
    )
    attribute = fields.Char(help="Name of the field, header or attribute whose value it is, if it is one.")
    answer = fields.Text("Leaves As", compute="_compute_answer")
    rules = fields.Char("By These Rules", compute="_compute_answer")

    @api.depends("text", "attribute")
    def _compute_answer(self):
        for dialog in self:
            found = dialog._try() if dialog.text else {"shown": False, "rules": []}
            dialog.answer = found["shown"]
            dialog.rules = ", ".join(found["rules"])

    @requires("viewer")
    def action_try(self):
        """Shows the answer in the dialog, which stays open for the next text."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Is Redacted"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _try(self):
        name = (self.attribute or "").strip() or None
        return self.env["odooops.redaction.rule"].try_redaction(self.text, name)

import base64
import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..roles import requires
from ..tools.configuration.text import dump


class OdooopsConfigurationApply(models.TransientModel):
    """Pastes or uploads a configuration, shows what it would change, and applies just that."""

    _name = "odooops.configuration.apply"
    _description = "Apply a Configuration"

    text = fields.Text("Configuration")
    file = fields.Binary(help="Its text takes the place of what is below.", attachment=False)
    file_name = fields.Char()
    # Of the text that the plan was made of: another one needs another plan.
    planned_text = fields.Text()
    digest = fields.Char(readonly=True)
    problems = fields.Text(readonly=True)
    difference = fields.Text("As Text", readonly=True)
    line_ids = fields.One2many("odooops.configuration.apply.line", "apply_id", readonly=True)
    state = fields.Selection(
        [
            ("write", "Write"),
            ("wrong", "To Be Corrected"),
            ("same", "Nothing to Change"),
            ("planned", "Planned"),
        ],
        compute="_compute_state",
    )
    can_apply = fields.Boolean(compute="_compute_can_apply")

    @api.depends("text", "planned_text", "digest", "problems", "line_ids")
    def _compute_state(self):
        for wizard in self:
            if not wizard.planned_text or wizard.planned_text != wizard.text:
                wizard.state = "write"
            elif wizard.problems:
                wizard.state = "wrong"
            else:
                wizard.state = "planned" if wizard.line_ids else "same"

    def _compute_can_apply(self):
        allowed = self.env.user._has_odooops_role("admin")
        self.can_apply = allowed and self.env.user._get_odooops_environment_ids("admin") is None

    @api.onchange("file")
    def _onchange_file(self):
        if not self.file:
            return
        try:
            self.text = base64.b64decode(self.file).decode()
        except UnicodeDecodeError:
            raise UserError(self.env._("The file is not UTF-8 text.")) from None
        finally:
            self.file = False

    @requires("viewer", everywhere=True)
    def action_export(self):
        """Writes the configuration as it is into the text, to begin with."""
        self.ensure_one()
        self.text = self.env["odooops.configuration"].export_configuration()
        return self._reopen()

    @requires("viewer", everywhere=True)
    def action_plan(self):
        """Shows what is wrong with the text, or what it would change."""
        self.ensure_one()
        text = self.text or ""
        configuration = self.env["odooops.configuration"]
        checked = configuration.validate_configuration(text)
        plan = configuration.plan_configuration(text) if checked["valid"] else {}
        self.write(
            {
                "planned_text": text,
                "digest": plan.get("digest"),
                "problems": "\n".join(checked["messages"]),
                "difference": plan.get("difference"),
                "line_ids": [
                    Command.clear(),
                    *(Command.create(_line(change)) for change in plan.get("changes", [])),
                ],
            }
        )
        return self._reopen()

    @requires("viewer", everywhere=True)
    def action_edit(self):
        """Goes back to the text."""
        self.ensure_one()
        self.planned_text = False
        return self._reopen()

    @requires("admin", everywhere=True)
    def action_apply(self):
        """Applies what was planned; refused when the platform is another by now."""
        self.ensure_one()
        if self.state not in ("planned", "same"):
            raise UserError(self.env._("Plan first: the text has changed since."))
        result = self.env["odooops.configuration"].apply_configuration(self.text, self.digest)
        version = self.env["odooops.configuration.version"].browse(result["version"])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("The configuration was applied"),
                "message": version.summary,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self._description,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }


class OdooopsConfigurationApplyLine(models.TransientModel):
    """One change of a plan."""

    _name = "odooops.configuration.apply.line"
    _description = "Planned Change"

    apply_id = fields.Many2one("odooops.configuration.apply", required=True, ondelete="cascade")
    section = fields.Char(readonly=True)
    key = fields.Char("Name", readonly=True)
    action = fields.Selection(
        [("create", "New"), ("update", "Changed"), ("delete", "Taken Away")], "What Happens", readonly=True
    )
    before = fields.Text(readonly=True)
    after = fields.Text(readonly=True)


def _line(change):
    return change | {"before": _entry(change["before"]), "after": _entry(change["after"])}


def _entry(entry):
    if set(entry) == {"value"}:
        return json.dumps(entry["value"], ensure_ascii=False)
    return dump(entry).strip() if entry else ""

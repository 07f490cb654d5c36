from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .. import policy_source


class OdooopsFollowedRule(models.AbstractModel):
    """A rule that every process of Odoo follows with its next request or job: see ``telemetry/policies.py``.

    Each change of one is an event, called by ``_event_noun`` and what happened.
    """

    _name = "odooops.followed.rule"
    _description = "Rule That Telemetry Follows"
    _event_noun = None
    # What an event says of a rule that was made or deleted.
    _event_fields = ("kind", "pattern")

    name = fields.Char(required=True, copy=False)
    active = fields.Boolean(default=True)
    note = fields.Text("Why There Is This Rule")

    def _register_hook(self):
        """Has telemetry of this process go by the rules of this database."""
        super()._register_hook()
        policy_source.register(self.env.cr.dbname)

    @api.constrains("name")
    def _check_name(self):
        if any(not rule.name.strip() for rule in self):
            raise ValidationError(self.env._("Name: write what the rule is called by."))

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        for rule in rules:
            rule._log_change("created", rule._get_content())
        return rules

    def write(self, vals):
        result = super().write(vals)
        # Every process then asks anew.
        self.env.registry.clear_cache()
        self._log_change("changed", {"fields": sorted(vals)})
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        for rule in self:
            rule._log_change("deleted", rule._get_content())
        return super().unlink()

    def _get_content(self):
        """What the rule says, where it says something: a share of nothing does, a number of 0 does not."""
        said = {name: self[name] for name in self._event_fields}
        return {name: value for name, value in said.items() if value or isinstance(value, float)}

    def _log_change(self, happened, details=None):
        for rule in self:
            self.env["odooops.event"]._log(f"{self._event_noun}.{happened}", target=rule, details=details)

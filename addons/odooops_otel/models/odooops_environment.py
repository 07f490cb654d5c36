from odoo import api, models


class OdooopsEnvironment(models.Model):
    """What becomes of the rules of an environment that is deleted."""

    _inherit = "odooops.environment"

    @api.ondelete(at_uninstall=False)
    def _unlink_sampling_rules(self):
        """A rule that was limited to what is gone is a rule nowhere."""
        rules = self.env["odooops.sampling.rule"].sudo().with_context(active_test=False)
        found = rules.search([("environment_ids", "in", self.ids)])
        found.filtered(lambda rule: rule.environment_ids <= self).unlink()

from odoo import api, models


class OdooopsEnvironment(models.Model):
    """Its sampling ratio is what telemetry goes by where no rule fits."""

    _inherit = "odooops.environment"

    @api.model_create_multi
    def create(self, vals_list):
        environments = super().create(vals_list)
        self.env.registry.clear_cache()
        return environments

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"name", "sampling_ratio"}:
            # Every process then asks anew.
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        rules = self.env["odooops.sampling.rule"].sudo().with_context(active_test=False)
        found = rules.search([("environment_ids", "in", self.ids)])
        # A rule that was limited to what is gone is a rule nowhere.
        found.filtered(lambda rule: rule.environment_ids <= self).unlink()
        return super().unlink()

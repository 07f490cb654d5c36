from odoo import api, fields, models


class OdooopsGaugeResult(models.Model):
    """What was found when a gauge was computed the last time; written by nobody but the computation.

    A record beside the gauge: a definition that changes each minute could not be audited, nor could somebody edit it.
    """

    _name = "odooops.gauge.result"
    _description = "Result of a Business Gauge"
    _log_access = False

    gauge_id = fields.Many2one("odooops.gauge", required=True, ondelete="cascade", readonly=True)
    computed_at = fields.Datetime(readonly=True)
    seconds = fields.Float("Took", digits=(16, 6), readonly=True)
    values_found = fields.Json(
        "Series", readonly=True, help="A pair for each series: the labels' values, and the value."
    )
    failures = fields.Integer(readonly=True, help="In a row.")
    error = fields.Char(readonly=True)
    suspended_at = fields.Datetime("Switched Off", readonly=True)
    state = fields.Selection(
        [("good", "Told"), ("failing", "Failing"), ("suspended", "Switched off")], compute="_compute_state"
    )

    _gauge_uniq = models.Constraint("UNIQUE(gauge_id)", "A gauge has one result.")

    @api.depends("failures", "suspended_at")
    def _compute_state(self):
        for result in self:
            result.state = "suspended" if result.suspended_at else "failing" if result.failures else "good"

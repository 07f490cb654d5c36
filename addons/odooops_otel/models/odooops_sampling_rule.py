from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import sampling_rules

# Between a new rule and the last, so that others can be put there.
SPACING = 10


class OdooopsSamplingRule(models.Model):
    """Says of some requests or jobs which share of them is kept as traces, and what of them counts as slow.

    The first rule that fits, by sequence, decides; what none fits is kept as the environment says. Every process
    follows a change with its next request: see ``telemetry/policies.py``.
    """

    _name = "odooops.sampling.rule"
    _inherit = "odooops.followed.rule"
    _description = "Sampling Rule"
    _order = "sequence, id"
    _event_noun = "sampling_rule"
    _event_fields = ("kind", "pattern", "http_method", "ratio", "slow_threshold_ms", "statement_limit", "sql")

    sequence = fields.Integer(
        default=lambda self: self._default_sequence(),
        help="Lower ones are asked first; a new rule is the last.",
    )
    kind = fields.Selection(
        [
            ("route", "HTTP route"),
            ("method", "Method called by RPC"),
            ("job", "Scheduled action"),
            ("any", "Everything"),
        ],
        "For",
        required=True,
        default="route",
    )
    pattern = fields.Char(
        size=sampling_rules.MAX_PATTERN,
        help="As it is called in traces: a route (/web/login*), a method (sale.order.*), the name of a scheduled "
        "action. * stands for any text, ? for one character.",
    )
    http_method = fields.Selection(
        [(name, name) for name in sampling_rules.HTTP_METHODS],
        "HTTP Method",
        help="Of a route: only requests by this method, such as the POST of a login page that is polled by GET. "
        "Empty: every method.",
    )
    ratio = fields.Float(
        "Kept",
        required=True,
        default=1.0,
        digits=(6, 4),
        aggregator=None,
        help="Share of them whose trace is kept. Failed and slow ones always are.",
    )
    slow_threshold_ms = fields.Integer(
        "Slow (ms)",
        aggregator=None,
        help="Milliseconds. One that took as long is kept. 0: as the setting traces.slow_threshold says.",
    )
    statement_limit = fields.Integer(
        "Statements",
        aggregator=None,
        help="SQL statements of each that become spans; 10000 is as good as every one. 0: as the setting "
        "traces.statement_limit says.",
    )
    sql = fields.Selection(
        [(sampling_rules.DRIVER, "From the driver")],
        "Spans of Statements",
        help="For diagnosis: the PostgreSQL driver sees the statements of every connection, not only of Odoo's, and "
        "costs some thirty microseconds a statement. Empty: as the setting traces.sql says.",
    )
    # Archived ones too: a rule that is limited to them must not hold everywhere.
    environment_ids = fields.Many2many(
        "odooops.environment",
        string="Environments",
        context={"active_test": False},
        help="Empty for all, those to come included.",
    )

    _name_uniq = models.Constraint("UNIQUE(name)", "There is a sampling rule of that name already.")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_known(vals.get("http_method"))
        return super().create(vals_list)

    def write(self, vals):
        self._check_known(vals.get("http_method"))
        return super().write(vals)

    @api.model
    def _check_known(self, http_method):
        """Refuses what is no method: of a selection Odoo would not say what it could be."""
        if http_method and http_method not in sampling_rules.HTTP_METHODS:
            raise ValidationError(
                self.env._(
                    "HTTP Method: %(wrong)s is none; write one of %(known)s, or nothing for every method.",
                    wrong=http_method,
                    known=", ".join(sampling_rules.HTTP_METHODS),
                )
            )

    @api.model
    def _default_sequence(self):
        last = self.sudo().with_context(active_test=False).search([], order="sequence DESC", limit=1)
        return last.sequence + SPACING

    @api.constrains("pattern", "kind")
    def _check_pattern(self):
        for rule in self:
            if rule.kind != sampling_rules.ANY and not (rule.pattern or "").strip():
                raise ValidationError(
                    self.env._("Rule %(name)s: write what it is for, such as /web/login*.", name=rule.name)
                )
            if not sampling_rules.can_fit(rule.kind, rule.pattern or ""):
                raise ValidationError(rule._describe_misfit())

    def _describe_misfit(self):
        values = {"name": self.name, "pattern": self.pattern}
        if self.kind == sampling_rules.ROUTE:
            return self.env._(
                "Rule %(name)s: %(pattern)s fits no route: each begins with /, as /web/login* does.", **values
            )
        return self.env._(
            "Rule %(name)s: %(pattern)s fits no method: write model and method, such as sale.order.*.",
            **values,
        )

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind != sampling_rules.ROUTE:
            self.http_method = False

    @api.constrains("http_method", "kind")
    def _check_http_method(self):
        for rule in self:
            if rule.http_method and rule.kind != sampling_rules.ROUTE:
                raise ValidationError(
                    self.env._(
                        "Rule %(name)s: leave HTTP Method empty, or have the rule be for an HTTP route: nothing else "
                        "is told apart by it.",
                        name=rule.name,
                    )
                )

    @api.constrains("ratio")
    def _check_ratio(self):
        """People write per cent, programs a share: each finds the limits that he can write."""
        for rule in self:
            if not 0 <= rule.ratio <= 1:
                raise ValidationError(
                    self.env._(
                        "Kept: write a percentage from 0 to 100, not %(wrong)s %%; a program writes ratio, "
                        "from 0 to 1.",
                        wrong=f"{rule.ratio * 100:g}",
                    )
                )

    @api.constrains("slow_threshold_ms")
    def _check_slow_threshold(self):
        if any(not 0 <= rule.slow_threshold_ms <= 86_400_000 for rule in self):
            raise ValidationError(self.env._("Slow from: write milliseconds, at most 86400000 (a day)."))

    @api.constrains("statement_limit")
    def _check_statement_limit(self):
        most = sampling_rules.MAX_STATEMENTS
        if any(not 0 <= rule.statement_limit <= most for rule in self):
            raise ValidationError(self.env._("Statements: write a number from 0 to %(limit)s.", limit=most))

    def _is_for(self, environment):
        """Whether it holds in that environment. One that was put away is none that is not named."""
        own = self.with_context(active_test=False).environment_ids
        return not own or environment in own

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import collector_rules, redaction_rules
from ..tools.convert import InvalidValue

REFUSED = "refused"


class OdooopsRedactionRule(models.Model):
    """Adds to what leaves no process of Odoo, in traces, metrics and logs; no rule takes anything away.

    Every process follows a change with its next request: see ``telemetry/redaction.py``.
    """

    _name = "odooops.redaction.rule"
    _inherit = "odooops.followed.rule"
    _description = "Redaction Rule"
    _order = "name"
    _event_noun = "redaction_rule"

    kind = fields.Selection(
        [
            (redaction_rules.NAME, "Values of these names"),
            (redaction_rules.PATTERN, "Whatever has this form"),
        ],
        "Looks For",
        required=True,
        default=redaction_rules.NAME,
    )
    pattern = fields.Char(
        "Names or Pattern",
        required=True,
        size=redaction_rules.MAX_LENGTH,
        help="Names of fields, parameters, headers and attributes, in any case, separated by commas; or a regular "
        "expression. It is tried at every sign of every text, so each repetition has a limit: {0,100} in place of *, "
        "{1,100} in place of +.",
    )
    # A rule that was stored by another version, or before a check became stricter, may be none that is taken today.
    state = fields.Selection(
        [("in_force", "In Force"), (REFUSED, "Not in Force"), ("archived", "Archived")],
        compute="_compute_state",
        search="_search_state",
        help="Whether processes go by the rule.",
    )
    problem = fields.Char(
        "What Is Wrong", compute="_compute_state", help="Why the rule is not in force, and what to do."
    )
    is_for_collector = fields.Boolean("For Other Programs", compute="_compute_is_for_collector")
    collector_problem = fields.Char(
        "Why Not for Other Programs",
        compute="_compute_is_for_collector",
        help="What keeps it from the collector, which logs and spans of other programs pass.",
    )
    # For the form: a text that somebody types is stored nowhere.
    sample = fields.Text("Try a Text", store=False)
    sample_shown = fields.Text("Leaves As", compute="_compute_sample_shown")

    _name_uniq = models.Constraint("UNIQUE(name)", "There is a redaction rule of that name already.")

    @api.depends("kind", "pattern", "active")
    def _compute_state(self):
        refusals = self._find_refusals()
        for rule in self:
            rule.problem = rule._describe_refusal(refusals[rule]) if rule in refusals else False
            if not rule.active:
                rule.state = "archived"
            else:
                rule.state = REFUSED if rule.problem else "in_force"

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        rules = self.with_context(active_test=False).search([])
        return [("id", "in", rules.filtered(lambda rule: rule.state in value).ids)]

    def _find_refusals(self):
        """Rule → why it does not hold beside all others: these as they are typed, the others as they are stored."""
        typed = {rule._origin.id: rule for rule in self}
        rules = [typed.get(rule.id, rule) for rule in self.search([])]
        rules += [rule for rule in self if rule not in rules]
        # What nobody has typed yet is not wrong.
        rules = [rule for rule in rules if rule.active and rule.pattern]
        reasons = redaction_rules.refusals({"kind": rule.kind, "pattern": rule.pattern} for rule in rules)
        return {rule: reason for rule, reason in zip(rules, reasons, strict=True) if reason}

    def _describe_refusal(self, reason):
        return self.env._(
            "This rule %(reason)s. It is not in force until that is corrected; archive it if it is not needed.",
            reason=reason,
        )

    @api.depends("kind", "pattern", "sample", "active")
    def _compute_sample_shown(self):
        for rule in self:
            rule.sample_shown = rule._show(rule.sample) if rule.sample and rule.kind else False

    @api.depends("kind", "pattern")
    def _compute_is_for_collector(self):
        """Whether the collector can have the rule; whether it has it by now, ``odooops doctor`` tells."""
        for rule in self:
            has_both = rule.kind and rule.pattern
            rule.collector_problem = has_both and collector_rules.problem(rule.kind, rule.pattern)
            rule.is_for_collector = has_both and not rule.collector_problem

    def _show(self, text):
        """What becomes of a text with this rule as it is now beside the others; or why the rule is none."""
        try:
            own = redaction_rules.read(self.kind, self.pattern or "")
        except InvalidValue as reason:
            return self.env._("This rule %(reason)s.", reason=reason)
        others = (self.search([]) - self._origin)._get_additions()
        together = redaction_rules.union([others, own] if self.active else [others])
        return self._get_policy(together.additions).text(text)

    @api.constrains("pattern", "kind")
    def _check_pattern(self):
        for rule in self:
            try:
                redaction_rules.read(rule.kind, rule.pattern or "")
            except InvalidValue as reason:
                raise ValidationError(
                    self.env._("Redaction rule %(name)s %(reason)s.", name=rule.name, reason=reason)
                ) from None

    @api.constrains("kind", "active")
    def _check_number(self):
        for kind, most in redaction_rules.MAX_RULES.items():
            if self.sudo().search_count([("kind", "=", kind)], limit=most + 1) > most:
                label = dict(self._fields["kind"]._description_selection(self.env))[kind]
                raise ValidationError(
                    self.env._(
                        "At most %(most)s rules for “%(kind)s” hold at once, as each is tried on every text: "
                        "put several names into one, or archive what is not needed.",
                        most=most,
                        kind=label,
                    )
                )

    @api.constrains("pattern", "kind", "active")
    def _check_number_of_steps(self):
        most = redaction_rules.MAX_STEPS
        rules = self._get_rule_values()
        if redaction_rules.steps(redaction_rules.taken(rules)) > most:
            raise ValidationError(
                self.env._(
                    "At most %(most)s signs may be looked at from each sign of a text, in all ways of all patterns "
                    "that hold at once: give repetitions a lower limit, or archive what is not needed.",
                    most=most,
                )
            )

    @api.constrains("pattern", "kind", "active")
    def _check_number_of_names(self):
        most = redaction_rules.MAX_NAMES
        if len(set(redaction_rules.taken(self._get_rule_values()).names)) > most:
            raise ValidationError(
                self.env._(
                    "At most %(most)s names hold at once, as each is looked for in every text.", most=most
                )
            )

    @api.model
    def _get_rule_values(self):
        """The rules that hold, as ``tools.redaction_rules.together`` takes them."""
        rules = self.sudo().search([])
        return [{name: rule[name] for name in ("name", "kind", "pattern")} for rule in rules]

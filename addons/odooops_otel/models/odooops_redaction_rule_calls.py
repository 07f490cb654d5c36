from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.odooops_base.roles import requires
from odoo.addons.odooops_base.tools.configuration.problems import lines

from ..hooks import current_settings
from ..tools import collector_rules, redaction_rules

MAX_TEXT = 10_000


class OdooopsRedactionRule(models.Model):
    """What people ask: what becomes of a text."""

    _inherit = "odooops.redaction.rule"

    @api.model
    @api.readonly
    @requires("viewer")
    def try_redaction(self, text, name=None):
        """What becomes of a text before it leaves a process: by the policy, the environment and all rules that hold.

        With ``name`` it is the value of an attribute, a field or a header that is called so. At most 10,000
        characters; nothing of it is stored. Returns a dict: ``shown`` (the text as it leaves), ``changed``, and
        ``rules`` (names of the rules without which more of it would leave).
        """
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            raise UserError(self.env._("Text: write at most %(most)s characters.", most=MAX_TEXT))
        rules = self._get_rule_values()
        policy = self._get_policy(redaction_rules.together(rules).additions)
        shown = policy.value(name, text) if name else policy.text(text)
        return {
            "shown": shown,
            "changed": shown != text,
            "rules": redaction_rules.fitting(rules, text, name or "", self._get_policy),
        }

    @api.model
    def _get_policy(self, additions):
        """The policy of a process of this Odoo with what rules add."""
        settings = current_settings()
        return additions.policy(settings.redact_names, settings.redact_patterns)

    def _get_additions(self):
        return redaction_rules.together(self.sudo().read(["kind", "pattern"], load=False)).additions

    @api.model
    @api.readonly
    @requires("viewer")
    def get_collector_rules(self, text=None):
        """What the OpenTelemetry Collector can have of the active rules, for other programs' logs and spans.

        :param str text: a configuration in YAML whose section ``redaction`` is taken in place of the active rules
        :return: a dict: ``keys`` (patterns of the names of attributes) and ``values`` (patterns of what is taken out of
            texts), both in RE2, ``rules`` (the names of those that are in it) and ``left_out`` (a list of dicts with
            ``name`` and ``reason``)

        Raises UserError with what is wrong in the text.
        """
        rules = self._get_rule_values() if text is None else self._read_rule_values(text)
        found = collector_rules.collect(rules)
        left_out = [each._asdict() for each in found.left_out]
        return {name: list(getattr(found, name)) for name in ("keys", "values", "rules")} | {
            "left_out": left_out
        }

    @api.model
    def _read_rule_values(self, text):
        entries, problems = self.env["odooops.configuration"]._read(text)
        if problems:
            raise UserError("\n".join(lines(problems)))
        return [{"name": name, **entry} for name, entry in entries.get("redaction", {}).items()]

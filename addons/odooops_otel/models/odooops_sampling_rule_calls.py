import os

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.odooops_base import process
from odoo.addons.odooops_base.roles import requires

from ..hooks import current_settings
from ..telemetry import runtime
from ..tools import sampling_rules


class OdooopsSamplingRule(models.Model):
    """What telemetry and people ask: which rule decides."""

    _inherit = "odooops.sampling.rule"

    @api.model
    @api.readonly
    @requires("viewer")
    def explain_sampling(self, route=None, method=None, job=None, environment=None, http_method=None):
        """What decides for a request (its route, the method that it calls, or both) or for a scheduled action.

        ``http_method`` is the request's: by default POST where a method is called, else GET. ``environment`` is the
        name of one, by default that of this Odoo. Returns a dict: ``rule`` (its name; empty when none fits), ``ratio``
        (share that is kept), ``ratio_source`` (rule, environment, default, or the variable that says it),
        ``slow_threshold_ms``, ``statement_limit``, ``sql`` (hooks or driver), ``http_method`` (empty of a scheduled
        action) and ``environment``.
        """
        http_method = self._find_http_method(route, method, job, http_method)
        place = self._find_environment(environment)
        settings, stored = current_settings(), self._get_policy_values(place)
        slot = runtime.active.slot.name if runtime.active else ""
        policy = sampling_rules.policy_of(settings, stored, slot, os.getpid())
        decision = policy.decide(route or None, method or None, job or None, http_method)
        return {
            "rule": decision.rule,
            "ratio": decision.ratio,
            "ratio_source": sampling_rules.ratio_source(settings, stored, decision),
            "slow_threshold_ms": round(decision.slow * 1000),
            "statement_limit": decision.statement_limit,
            "sql": sampling_rules.DRIVER if decision.uses_driver else sampling_rules.HOOKS,
            "http_method": http_method,
            "environment": place.name or process.environment_name(),
        }

    @api.model
    def _find_http_method(self, route, method, job, given):
        """That of what is asked for, which has to be one thing; empty of a scheduled action."""
        if bool(route or method) == bool(job):
            raise UserError(self.env._("Say a route, a method or both, or a scheduled action."))
        if job and given:
            raise UserError(self.env._("HTTP Method: leave it out; a scheduled action has none."))
        self._check_known(given)
        # Odoo takes calls of methods by POST alone.
        return given or ("" if job else "POST" if method else "GET")

    def _find_environment(self, name):
        if name:
            return self.env["odooops.environment"]._find(name, "viewer")
        archived_too = self.env["odooops.environment"].sudo().with_context(active_test=False)
        return archived_too.search([("name", "=", process.environment_name())])

    @api.model
    def _get_policy_values(self, environment=None):
        """What ``tools.sampling_rules.policy_of`` takes, of an environment or of that of this process."""
        place = self._find_environment(None) if environment is None else environment
        names = (
            "name",
            "kind",
            "pattern",
            "http_method",
            "ratio",
            "slow_threshold_ms",
            "statement_limit",
            "sql",
        )
        rules = self.sudo().search([]).filtered(lambda rule: rule._is_for(place.sudo()))
        get_setting = self.env["odooops.setting"]._get
        return {
            "ratio": place.sudo().sampling_ratio if place else None,
            "slow_threshold_ms": get_setting("traces.slow_threshold"),
            "statement_limit": get_setting("traces.statement_limit"),
            "sql": get_setting("traces.sql"),
            "sql_processes": get_setting("traces.sql_processes"),
            "rules": [{name: rule[name] for name in names} for rule in rules],
        }

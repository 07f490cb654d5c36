"""Reads for telemetry what a database says of sampling and redaction: by the models, in a thread of telemetry's own."""

import contextlib
from collections.abc import Mapping

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import SQL

from odoo.addons.odooops_base import server_file

from .telemetry import policies

SAMPLING, REDACTION = MODELS = ("odooops.sampling.rule", "odooops.redaction.rule")
# For all that is read: it is read by the thread that empties the recorder.
STATEMENT_TIMEOUT = "1s"


class RuleSource:
    """What the rules of a database say."""

    def version(self, registry: Registry) -> object:
        # Who changes a rule, an environment or a setting invalidates this cache; the server's file is looked at
        # once a second.
        return id(registry), registry.cache_sequences.get("default"), server_file.read()

    def read_policy(self, registry: Registry) -> Mapping | None:
        if any(model not in registry for model in MODELS):
            return None
        with contextlib.closing(registry.cursor()) as cr:
            cr.execute(SQL("SELECT set_config('statement_timeout', %s, true)", STATEMENT_TIMEOUT))
            env = api.Environment(cr, SUPERUSER_ID, {})
            return {**env[SAMPLING]._get_policy_values(), "redaction": env[REDACTION]._get_rule_values()}


def register(database: str) -> None:
    """Have telemetry ask that database from now on."""
    policies.sources[database] = RuleSource()

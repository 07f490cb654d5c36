"""Reads for telemetry what a database says of sampling and redaction: by the models, in a thread of telemetry's own."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import SQL

from odoo.addons.odooops_base import server_file

from .telemetry import policies

SAMPLING, REDACTION = "odooops.sampling.rule", "odooops.redaction.rule"
# For all that is read: it is read by the thread that empties the recorder.
STATEMENT_TIMEOUT = "1s"


class RuleSource:
    """What the rules of a database say."""

    def version(self, registry: Registry) -> object:
        # Who changes a rule, an environment or a setting invalidates this cache; the server's file is looked at
        # each 2.5 s. Of a transaction that changes models as well, Odoo signals the registry alone.
        signalled = registry.registry_sequence, registry.cache_sequences.get("default")
        return id(registry), signalled, server_file.read()

    def read_redaction(self, registry: Registry) -> Iterable[Mapping] | None:
        with _opened(registry, REDACTION) as model:
            return None if model is None else model._get_rule_values()

    def read_policy(self, registry: Registry) -> Mapping | None:
        with _opened(registry, SAMPLING) as model:
            return None if model is None else model._get_policy_values()


@contextlib.contextmanager
def _opened(registry: Registry, model: str) -> Iterator:
    """A model in a transaction of its own; None where the database does not have it."""
    if model not in registry:
        yield None
        return
    with contextlib.closing(registry.cursor()) as cr:
        cr.execute(SQL("SELECT set_config('statement_timeout', %s, true)", STATEMENT_TIMEOUT))
        yield api.Environment(cr, SUPERUSER_ID, {})[model]


def register(database: str) -> None:
    """Have telemetry ask that database from now on."""
    policies.sources[database] = RuleSource()

import logging

from odoo import api, models

from .. import outbound, probe_file
from ..tools import probes

_logger = logging.getLogger(__name__)

PROBED = frozenset({"active", "kind", "name", "url"})


class OdooopsEnvironment(models.Model):
    """Which addresses Prometheus has probed from outside: those of the environments, by our rules for what is sent.

    An address is looked up and checked here, and the probe goes to what was checked: who may write a URL does not
    reach what only this machine can reach. Looked up again every quarter of an hour, not in anybody's request.
    """

    _inherit = "odooops.environment"

    @api.model_create_multi
    def create(self, vals_list):
        environments = super().create(vals_list)
        if any(environments.mapped("url")):
            self._renew_probes_soon()
        return environments

    def write(self, vals):
        result = super().write(vals)
        if PROBED & vals.keys():
            self._renew_probes_soon()
        return result

    def unlink(self):
        result = super().unlink()
        self._renew_probes_soon()
        return result

    @api.model
    def _renew_probes_soon(self):
        if not probe_file.path():
            return
        action = self.env.ref("odooops_base.ir_cron_renew_probes", raise_if_not_found=False)
        # The code may be newer than the database.
        if action:
            action.sudo()._trigger()

    @api.model
    def _cron_renew_probes(self):
        """Writes the file of what is probed; when it cannot be written, what it says stays."""
        if not probe_file.path():
            return
        known = probe_file.read()
        environments = self.search([("url", "!=", False)])
        found = [environment._prepare_probe(known) for environment in environments]
        try:
            probe_file.write(list(filter(None, found)))
        except OSError as error:
            _logger.warning("What is probed cannot be written to %s: %s", probe_file.path(), error.strerror)

    def _prepare_probe(self, known):
        """The target of the environment, or None when its address is refused.

        A host that cannot be looked up now is probed where it was: that nobody finds it is no reason not to look.
        """
        try:
            target, address = outbound.locate(self.url)
        except outbound.Refused as error:
            _logger.warning("Environment %s is not probed. %s", self.name, error)
            return None
        except outbound.OutboundError as error:
            found = probes.find(known, self.name, outbound.parse(self.url))
            if not found:
                _logger.warning("Environment %s is not probed yet. %s", self.name, error)
            return found
        return probes.entry(self.name, self.kind, target, address)

import json
import logging

import psycopg2

from odoo import models
from odoo.http import request
from odoo.tools import mute_logger
from odoo.tools.sql import table_exists

from .. import module_failures
from ..tools import deployments

_logger = logging.getLogger(__name__)

# What was installed when the last deployment was recorded: {module: version}.
SEEN = "odooops_base.seen_modules"


class IrModuleModule(models.Model):
    """Modules that are installed, upgraded or removed are a deployment, whoever did it and by whatever way.

    It is recorded by the process that did it: no other has ``registry.updated_modules``. What goes wrong here must not
    stop a registry from being loaded.
    """

    _inherit = "ir.module.module"

    def _register_hook(self):
        super()._register_hook()
        # Also here: Odoo skips post_load when somebody has imported the addon before.
        module_failures.instrument()
        if not table_exists(self.env.cr, "odooops_deployment"):
            return
        if self.pool.updated_modules:
            self._record_changes(set(self.pool.updated_modules))
        self._record_failure()

    def module_uninstall(self):
        # Odoo loads a registry anew after this, which does not know what was changed.
        removed = set(self.mapped("name"))
        result = super().module_uninstall()
        if "odooops_base" not in removed:
            self._record_changes(set(self.pool.updated_modules))
        return result

    def _record_changes(self, updated):
        try:
            with self.env.cr.savepoint():
                self._record_deployment(updated)
        except Exception:
            _logger.exception(
                "A change of modules could not be recorded as a deployment; Odoo is not affected."
            )

    def _record_failure(self):
        """What another process, or this one with an earlier registry, has noted."""
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                noted = module_failures.take(self.env.cr)
            if noted:
                with self.env.cr.savepoint():
                    # Odoo keeps what was done before it failed.
                    self._record_deployment(set())
                    self._record_failed_deployment(noted)
        except psycopg2.errors.SerializationFailure:
            # Processes start side by side, and another one has recorded it.
            return
        except Exception:
            _logger.exception("A failed change of modules could not be recorded; Odoo is not affected.")

    def _record_failed_deployment(self, noted):
        user = self.env["res.users"].browse(noted["user"] or self.env.uid).exists() or self.env.user
        self.with_user(user).env["odooops.deployment"].sudo()._record_failed_modules(noted)

    def _record_deployment(self, updated):
        parameters = self.env["ir.config_parameter"].sudo()
        before = json.loads(parameters.get_param(SEEN) or "{}")
        installed = self.sudo().search_fetch([("state", "=", "installed")], ["name", "latest_version"])
        after = {module.name: module.latest_version or "" for module in installed}
        parameters.set_param(SEEN, json.dumps(after, sort_keys=True))
        if changes := deployments.compare_modules(before, after, updated):
            # Odoo loads modules as its own superuser; who clicked is in the request.
            user = (request and request.session.uid) or self.env.uid
            self.with_user(user).env["odooops.deployment"].sudo()._record_modules(changes)

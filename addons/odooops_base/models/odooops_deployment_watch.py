from datetime import timedelta

from odoo import api, fields, models

from .. import meter
from ..tools import deployments, formats, semconv


class OdooopsDeployment(models.Model):
    """What is looked after without a caller: forgotten deployments, and what gauges tell."""

    _inherit = "odooops.deployment"

    def _abandon(self, reason):
        """Ends deployments that nobody ends any more."""
        for deployment in self:
            deployment.write({"state": "failed", "finished_at": fields.Datetime.now(), "reason": reason})
            deployment._log("abandoned", {"reason": reason})
            deployment._count("abandoned")

    @api.model
    def _show_states(self):
        """Tells, once it is committed, where a deployment runs, and where the last one failed."""
        running, failing = {}, {}
        for environment in self.env["odooops.environment"].sudo().search([]):
            last = self.sudo().search([("environment_id", "=", environment.id)], limit=1)
            key = (
                ("db.namespace", self.env.cr.dbname),
                ("odooops.environment.kind", environment.kind),
                ("odooops.environment.name", environment.name),
            )
            running[key], failing[key] = int(last.state == "running"), int(last.state == "failed")
        self.env.cr.postcommit.add(lambda: meter.show(semconv.DEPLOYMENT_ACTIVE, running))
        self.env.cr.postcommit.add(lambda: meter.show(semconv.DEPLOYMENT_FAILING, failing))

    @api.model
    def _cron_watch(self):
        """Ends what was forgotten, and tells the metrics what is."""
        hours = self.env["odooops.setting"]._get("deployment.abandon_hours")
        limit = fields.Datetime.now() - timedelta(hours=hours)
        forgotten = self.search([("state", "=", "running"), ("started_at", "<", limit)])
        forgotten._abandon(self.env._("Nobody finished it within %s hours.", hours))
        self._show_states()
        self.env["odooops.backup"]._show_last()

    @api.model
    def _record_modules(self, changes):
        """What Odoo did by itself: part of the deployment that runs here, or else one of its own."""
        environment = self.env["odooops.environment"]._get_current()
        commands = [fields.Command.create(change._asdict()) for change in changes]
        running = self.search([("environment_id", "=", environment.id), ("state", "=", "running")])
        if running:
            running._add_modules(changes)
            return
        version = deployments.describe_modules(changes)
        now = fields.Datetime.now()
        vals = {
            "environment_id": environment.id,
            "version": version,
            "module_ids": commands,
            "source": "module",
        }
        deployment = self.create(vals | {"state": "succeeded", "started_at": now, "finished_at": now})
        deployment._log("finished", {"modules": [change.name for change in changes], "source": "module"})
        deployment._count("succeeded")
        deployment._show_states()

    @api.model
    def _record_failed_modules(self, noted):
        """What Odoo tried by itself and could not do.

        :param dict noted: ``modules`` (as ``ModuleChange`` has them), ``reason`` and ``at`` (ISO 8601, UTC)
        """
        environment = self.env["odooops.environment"]._get_current()
        changes = [deployments.ModuleChange(**module) for module in noted["modules"]]
        details = {"modules": [change.name for change in changes], "reason": noted["reason"]}
        running = self.search([("environment_id", "=", environment.id), ("state", "=", "running")])
        if running:
            # Whoever deploys says what becomes of it.
            running._log("modules_failed", details)
            return
        moment = formats.parse_moment(noted["at"])
        vals = {
            "environment_id": environment.id,
            "version": deployments.describe_pending(changes),
            "module_ids": [fields.Command.create(change._asdict()) for change in changes],
            "source": "module",
            "reason": noted["reason"],
        }
        deployment = self.create(vals | {"state": "failed", "started_at": moment, "finished_at": moment})
        deployment._log("failed", details)
        deployment._count("failed")
        deployment._show_states()

    def _add_modules(self, changes):
        known = {module.name: module for module in self.module_ids}
        for change in changes:
            if change.name in known:
                known[change.name].write(change._asdict())
            else:
                self.module_ids = [fields.Command.create(change._asdict())]
        self._log("modules_changed", {"modules": [change.name for change in changes]})

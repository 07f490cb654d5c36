import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, LockError, UserError, ValidationError
from odoo.tools import mute_logger
from odoo.tools.i18n import format_list

from .. import meter
from ..roles import requires
from ..tools import credentials, deployments, formats, semconv

STATES = [
    ("running", "Running"),
    ("succeeded", "Succeeded"),
    ("failed", "Failed"),
    ("rolled_back", "Rolled Back"),
]


class OdooopsDeployment(models.Model):
    """One change of what runs in an environment, from its start to its end, with what health gates said of it.

    Written by its methods alone, which keep the order of states: running, then succeeded or failed, then perhaps
    rolled back. At most one runs in an environment.
    """

    _name = "odooops.deployment"
    _description = "Deployment"
    _order = "started_at desc, id desc"
    _rec_name = "version"

    environment_id = fields.Many2one("odooops.environment", required=True, ondelete="restrict", index=True)
    version = fields.Char(required=True)
    commit = fields.Char()
    key = fields.Char(
        copy=False,
        help="What the caller knows it by, such as the CI job: the same key is the same deployment.",
    )
    module_ids = fields.One2many("odooops.deployment.module", "deployment_id", string="Modules")
    modules = fields.Json("Module List", compute="_compute_modules")
    module_count = fields.Integer("Number of Modules", compute="_compute_modules")
    user_id = fields.Many2one("res.users", ondelete="set null", default=lambda self: self.env.user)
    source = fields.Selection(
        [("ci", "CI"), ("cli", "Command line"), ("ui", "Backend"), ("module", "Odoo itself")],
        required=True,
        default="ci",
    )
    state = fields.Selection(STATES, required=True, default="running", index=True)
    reason = fields.Char(help="Why it failed, as far as OdooOps knows.")
    started_at = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    finished_at = fields.Datetime()
    duration = fields.Float(
        "Duration (s)", compute="_compute_duration", store=True, aggregator="avg", help="In seconds."
    )
    duration_text = fields.Char("Duration", compute="_compute_duration_text")
    gate_result_ids = fields.One2many("odooops.gate.result", "deployment_id", string="Health Gates")
    rollback_of_id = fields.Many2one("odooops.deployment", "Rolls Back", ondelete="set null")
    rolled_back_by_ids = fields.One2many("odooops.deployment", "rollback_of_id")
    note = fields.Text()
    url = fields.Char("Job", help="Address of the CI job or of the change.")
    event_ids = fields.One2many(
        "odooops.event",
        "target_id",
        string="Timeline",
        groups="odooops_base.group_odooops_operator,odooops_base.group_odooops_auditor",
    )

    _running_uniq = models.UniqueIndex(
        "(environment_id) WHERE state = 'running'", "Another deployment of this environment runs already."
    )
    _key_uniq = models.UniqueIndex(
        "(environment_id, key) WHERE key IS NOT NULL", "There is a deployment of that key already."
    )

    @api.constrains("url")
    def _check_url(self):
        if any(credentials.has_credentials(deployment.url) for deployment in self.filtered("url")):
            raise ValidationError(
                self.env._(
                    "Job: leave the password out of the address, and a token behind the '?'; everybody who sees "
                    "deployments reads it. The address of the job's page is enough."
                )
            )

    @api.depends("environment_id", "version")
    def _compute_display_name(self):
        for deployment in self:
            deployment.display_name = f"{deployment.environment_id.name}: {deployment.version}"

    @api.depends("module_ids")
    def _compute_modules(self):
        for deployment in self:
            changes = deployment._get_changes()
            deployment.modules = [change._asdict() for change in changes]
            deployment.module_count = len(changes)

    @api.depends("started_at", "finished_at")
    def _compute_duration(self):
        for deployment in self:
            end = deployment.finished_at or deployment.started_at
            deployment.duration = (end - deployment.started_at).total_seconds()

    @api.depends("started_at", "finished_at", "source")
    def _compute_duration_text(self):
        for deployment in self:
            # Of what Odoo did by itself only the end is known.
            known = deployment.finished_at and deployment.source != "module"
            deployment.duration_text = formats.duration_text(deployment.duration) if known else ""

    def _get_changes(self):
        return [
            deployments.ModuleChange(each.name, each.version or "", each.previous_version or "", each.change)
            for each in self.module_ids.sorted("name")
        ]

    @api.model
    def _make_way(self, environment, force):
        """Refuses when another deployment runs there; with ``force`` that one ends as failed."""
        running = self.sudo().search([("environment_id", "=", environment.id), ("state", "=", "running")])
        if running and not force:
            raise UserError(
                self.env._(
                    "Deployment %(id)s (%(version)s) has been running in %(environment)s since %(since)s. Finish it "
                    "first: odooops deployment finish %(id)s. Or start with force, which ends it as failed.",
                    id=running.id,
                    version=running.version,
                    environment=environment.name,
                    since=formats.moment_text(running.started_at),
                )
            )
        running._abandon(self.env._("Another deployment was started with force."))

    @api.model
    def _start(self, vals):
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                deployment = self.sudo().create(vals)
                deployment.flush_recordset()
        except psycopg2.errors.UniqueViolation:
            # Somebody else started one at the same moment: Odoo runs the call again, and then it is seen.
            raise ConcurrencyError("another deployment was started at the same moment") from None
        deployment._log("started", {"commit": deployment.commit or "", "source": deployment.source})
        deployment._show_states()
        return deployment

    def _finish(self, outcome, note, force):
        self._lock()
        self._check_may_become("succeeded")
        if note:
            self.note = "\n".join(filter(None, [self.note, note]))
        if outcome == "failed":
            return self._end("failed", self.env._("Whoever deployed it says so."))
        if force:
            return self._end("succeeded", gates="not asked")
        missed = self._run_gates().filtered(lambda result: result.outcome != "passed")
        if not missed:
            return self._end("succeeded")
        names = format_list(self.env, missed.mapped("name"))
        return self._end("failed", self.env._("Health gates not passed: %s.", names))

    def _end(self, state, reason=False, **details):
        """Into ``state``, once and for all but a rollback."""
        self.write({"state": state, "finished_at": fields.Datetime.now(), "reason": reason})
        results = self.gate_result_ids.mapped("outcome")
        gates = f"{results.count('passed')} of {len(results)} passed" if results else "none"
        details = {"reason": reason or "", "seconds": self.duration, "gates": gates} | details
        self._log("failed" if state == "failed" else "finished", details)
        self._count(state)
        if state == "succeeded" and self.rollback_of_id:
            self.rollback_of_id._set_rolled_back(self)
        self._show_states()

    def _set_rolled_back(self, by=None):
        self._check_may_become("rolled_back")
        self.state = "rolled_back"
        self._log("rolled_back", {"by": by.version if by else ""})
        self._count("rolled_back", with_duration=False)

    def _run_gates(self):
        gates = self.env["odooops.gate"]._find_for(self.environment_id)
        gates._check_prometheus()
        seconds = (fields.Datetime.now() - self.started_at).total_seconds()
        known = {result.gate_id: result for result in self.gate_result_ids}
        for gate in gates:
            vals = gate._evaluate(self.environment_id, seconds)
            if gate in known:
                known[gate].write(vals | {"attempts": known[gate].attempts + 1})
            else:
                self.gate_result_ids = [fields.Command.create(vals)]
        # What a gate said that is there no more, or is not asked any more, does not count.
        self.gate_result_ids.filtered(lambda result: result.gate_id not in gates).unlink()
        return self.gate_result_ids

    def _lock(self):
        """No other call ends this deployment meanwhile; it is read anew, as the one before may have left it."""
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._("Deployment %s is being changed by another call. Try again.", self.id)
            ) from None

    def _check_may_become(self, state):
        if deployments.may_become(self.state, state):
            return
        states = dict(self._fields["state"]._description_selection(self.env))
        advice = {
            "running": self.env._("finish it first"),
            "succeeded": self.env._("it ended; start another one"),
            "failed": self.env._("it ended; start another one"),
            "rolled_back": self.env._("that is the last thing that can become of it"),
        }
        raise UserError(
            self.env._(
                "Deployment %(name)s cannot become %(wanted)s. It is %(state)s: %(advice)s.",
                name=self.display_name,
                wanted=states[state],
                state=states[self.state],
                advice=advice[self.state],
            )
        )

    def _log(self, what, details):
        self.env["odooops.event"]._log(
            f"deployment.{what}",
            target=self,
            environment=self.environment_id,
            outcome="failure" if what in ("failed", "abandoned", "modules_failed") else "success",
            details={"version": self.version} | details,
            apart=False,
        )

    def _count(self, outcome, *, with_duration=True):
        """Once it is committed."""
        environment = {"odooops.environment.name": self.environment_id.name}
        attributes = environment | {"odooops.deployment.outcome": outcome}
        counted, seconds = attributes | {"odooops.deployment.source": self.source}, self.duration
        self.env.cr.postcommit.add(lambda: meter.count(semconv.DEPLOYMENT_COUNT, 1, counted))
        if with_duration and self.source != "module":
            self.env.cr.postcommit.add(lambda: meter.count(semconv.DEPLOYMENT_DURATION, seconds, attributes))

    @requires("operator")
    def action_run_gates(self):
        """The button: asks the gates."""
        self.run_gates(self.id)

    @requires("operator")
    def action_finish(self):
        """The button: the gates decide."""
        self.finish_deployment(self.id)

    @requires("operator")
    def action_fail(self):
        """The button: it failed."""
        self.finish_deployment(self.id, "failed")

    @requires("operator")
    def action_mark_rolled_back(self):
        """The button: it was taken back by hand."""
        self.mark_rolled_back(self.id)

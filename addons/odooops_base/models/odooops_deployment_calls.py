from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, LockError, UserError

from .. import caller
from ..roles import requires
from ..tools import deployments, formats

# What callers from outside may call themselves.
SOURCES = ("ci", "cli")


class OdooopsDeployment(models.Model):
    """What programs call: a CI job, the command line, the buttons of the form."""

    _inherit = "odooops.deployment"

    @api.model
    @requires("operator")
    def start_deployment(
        self,
        environment,
        version,
        commit=None,
        modules=None,
        url=None,
        note=None,
        rollback_of=None,
        key=None,
        source="ci",
        force=False,
    ):
        """Says that a deployment begins. For operators of the environment.

        :param str environment: its name
        :param str version: what is deployed, such as "1.4.2"
        :param list modules: ``[{"name", "version", "previous_version", "change"}]``, as far as known
        :param int rollback_of: id of the deployment that this one takes back
        :param str key: the same key again gives the same deployment, so that a CI job may be run again
        :param str source: "ci" or "cli"
        :param bool force: ends another one that runs as failed, instead of refusing
        :return: the deployment, as :meth:`get_deployment` gives it
        """
        place = self.env["odooops.environment"]._find(environment, "operator")
        known = self.sudo().search([("environment_id", "=", place.id), ("key", "=", key)]) if key else None
        if known:
            return known._prepare_answer()
        vals = self._prepare_start_vals(place, version, modules, rollback_of, source)
        vals |= {"commit": commit, "url": url, "note": note, "key": key or False}
        self._make_way(place, force)
        return self._start(vals)._prepare_answer()

    @api.model
    def _prepare_start_vals(self, environment, version, modules, rollback_of, source):
        if not isinstance(version, str) or not version.strip():
            raise UserError(self.env._("Version: write what is deployed, such as 1.4.2."))
        if source not in SOURCES:
            raise UserError(self.env._("Source %(given)r: write ci or cli.", given=source))
        try:
            changes = deployments.parse_modules(modules or [])
        except deployments.DeploymentError as error:
            raise UserError(str(error)) from None
        return {
            "environment_id": environment.id,
            "version": version.strip(),
            "module_ids": [fields.Command.create(change._asdict()) for change in changes],
            "source": "ui" if caller.current().interface == caller.UI else source,
            "rollback_of_id": self._find_rolled_back(environment, rollback_of).id,
        }

    @api.model
    def _find_rolled_back(self, environment, rollback_of):
        if not rollback_of:
            return self.sudo().browse()
        found = self._find(rollback_of, "operator")
        if found.environment_id != environment:
            raise UserError(
                self.env._("Deployment %(name)s is of another environment.", name=found.display_name)
            )
        found._check_may_become("rolled_back")
        return found

    @api.model
    @requires("operator")
    def finish_deployment(self, deployment, outcome=None, note=None, force=False):
        """Says that a deployment ended, and asks the health gates. For operators of the environment.

        :param int deployment: its id
        :param str outcome: "failed", or "success", which the gates have to confirm; without one they decide
        :param str note: is added to the deployment
        :param bool force: takes it for good without the gates; needs a note that says why
        :return: the deployment: its ``state`` is succeeded or failed, ``reason`` says why it failed
        """
        found = self._find(deployment, "operator")
        if outcome not in (None, False, "success", "failed"):
            raise UserError(self.env._("Outcome %(outcome)r: write success or failed.", outcome=outcome))
        if force and not (note or "").strip():
            raise UserError(self.env._("Write a note that says why the gates do not count."))
        found._finish(outcome or "success", note, force)
        return found._prepare_answer()

    @api.model
    @requires("operator")
    def mark_rolled_back(self, deployment):
        """Says that a deployment was taken back, where no other deployment did it. For operators.

        :param int deployment: id of one that succeeded or failed
        :return: the deployment
        """
        found = self._find(deployment, "operator")
        found._lock()
        found._set_rolled_back()
        found._show_states()
        return found._prepare_answer()

    @api.model
    @requires("operator")
    def run_gates(self, deployment):
        """Asks the health gates about a deployment that runs, and ends nothing. For operators.

        Returns the deployment, with ``gates``: to be asked again until all are passed.
        """
        found = self._find(deployment, "operator")
        found._check_may_become("succeeded")
        try:
            found.lock_for_update(allow_referencing=True)
        except LockError:
            # Somebody else asks them now, and writes the same results: Odoo runs the call again a little later.
            raise ConcurrencyError("the gates are being asked by another call") from None
        found._run_gates()
        return found._prepare_answer()

    @api.model
    @api.readonly
    @requires("viewer")
    def get_deployment(self, deployment):
        """One deployment, for viewers of its environment.

        Returns a dict with ``id``, ``environment``, ``version``, ``commit``, ``state``, ``reason``, ``source``,
        ``user``, ``started_at`` and ``finished_at`` (ISO 8601 in UTC), ``duration`` (seconds), ``url``, ``note``,
        ``key``, ``rollback_of`` (an id, or false), ``modules`` and ``gates``: a list of ``{"name", "outcome",
        "value", "comparison", "threshold", "message"}``.
        """
        return self._find(deployment, "viewer")._prepare_answer()

    @api.model
    def _find(self, deployment, role):
        """The deployment of that id, for a caller who holds ``role`` in its environment."""
        is_id = isinstance(deployment, int) and not isinstance(deployment, bool)
        found = self.search([("id", "=", deployment)]) if is_id else self.browse()
        if not found:
            raise UserError(
                self.env._("There is no deployment %(id)r. See: odooops deployment list.", id=deployment)
            )
        self.env["res.users"]._check_odooops_role(role, found)
        return found.sudo()

    def _prepare_answer(self):
        """A deployment as programs get it: no null, which XML-RPC does not have."""
        texts = {
            name: self[name] or ""
            for name in ("version", "commit", "state", "reason", "source", "url", "note", "key")
        }
        return {"id": self.id, "environment": self.environment_id.name, **texts} | {
            "user": self.user_id.login or "",
            "started_at": formats.moment_text(self.started_at),
            "finished_at": formats.moment_text(self.finished_at),
            "duration": self.duration,
            "rollback_of": self.rollback_of_id.id,
            # Not the field, which takes an empty list for nothing.
            "modules": [change._asdict() for change in self._get_changes()],
            "gates": [result._prepare_answer() for result in self.gate_result_ids],
        }

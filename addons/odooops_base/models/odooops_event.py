import json
import re
from datetime import timedelta

from opentelemetry import metrics

from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import caller

NAME = re.compile(r"[a-z_]+(\.[a-z_]+)+")
# A value that no caller outside this process can have: what RPC sends is never this object.
WRITER = object()
KEPT_DAYS = 90

_counter = metrics.get_meter("odooops_base").create_counter(
    "odooops.event.count", unit="{event}", description="What was done to the platform"
)


class OdooopsEvent(models.Model):
    """What was done, by whom, on what, from where. Written once, by :meth:`_log`, and never changed.

    **How a capability says what it did**::

        self.env["odooops.event"]._log("deployment.started", target=deployment, environment=deployment.environment_id)

    The name is a noun and what happened to it. What failed is said with ``outcome="failure"``: that entry has its own
    transaction, and is there also when the caller's is rolled back.
    """

    _name = "odooops.event"
    _description = "Event"
    _order = "occurred_at desc, id desc"
    _rec_name = "name"

    name = fields.Char("Event", required=True, readonly=True, index=True)
    occurred_at = fields.Datetime(required=True, readonly=True, index=True)
    outcome = fields.Selection([("success", "Success"), ("failure", "Failure")], required=True, readonly=True)
    user_id = fields.Many2one("res.users", readonly=True, ondelete="set null", index=True)
    # As it was: users are renamed and deleted.
    user_login = fields.Char("Login", readonly=True)
    interface = fields.Selection(
        [
            ("ui", "Backend"),
            ("xmlrpc", "XML-RPC"),
            ("jsonrpc", "JSON-RPC"),
            ("json2", "/json/2"),
            ("cron", "Scheduled action"),
            ("shell", "On the server"),
        ],
        required=True,
        readonly=True,
    )
    address = fields.Char("From", readonly=True, help="Address of the other side, as far as proxies tell it.")
    trace_id = fields.Char("Trace", readonly=True)
    environment_id = fields.Many2one("odooops.environment", readonly=True, ondelete="set null", index=True)
    target_model = fields.Char(readonly=True)
    target_id = fields.Many2oneReference(model_field="target_model", readonly=True)
    target_name = fields.Char("On", readonly=True)
    details = fields.Json(readonly=True)
    details_text = fields.Text("Details", compute="_compute_details_text")

    _target_idx = models.Index("(target_model, target_id)")

    @api.depends("details")
    def _compute_details_text(self):
        for event in self:
            details = event.details or {}
            event.details_text = "\n".join(f"{key}: {_as_text(value)}" for key, value in details.items())

    @api.model
    def _log(self, name, target=None, environment=None, outcome="success", details=None):
        """Says what was done. Private: nobody outside writes what others are held to.

        :param str name: noun and participle, such as "secret.rotated"
        :param target: the record it was done to (of any model), or None
        :param environment: an ``odooops.environment``, or None when it concerns no single one
        :param str outcome: "success" or "failure"
        :param dict details: plain values of JSON, and no secret
        """
        assert NAME.fullmatch(name), name
        vals = self._prepare_event_vals(name, target, environment, outcome, details)
        if outcome == "failure":
            with self.env.registry.cursor() as cr:
                self._insert(self.env(cr=cr), vals)
        else:
            self._insert(self.env, vals)
        attributes = {"odooops.event.name": name, "odooops.event.outcome": outcome}
        self.env.cr.postcommit.add(lambda: _counter.add(1, attributes))

    def _prepare_event_vals(self, name, target, environment, outcome, details):
        """The values of an entry: override to add to them."""
        origin = caller.current()
        return {
            "name": name,
            "occurred_at": fields.Datetime.now(),
            "outcome": outcome,
            "user_id": self.env.uid,
            "user_login": self.env.user.sudo().login,
            "interface": origin.interface,
            "address": origin.address,
            "trace_id": caller.trace_id(),
            "environment_id": environment.id if environment else False,
            "target_model": target._name if target else False,
            "target_id": target.id if target else False,
            "target_name": target.sudo().display_name if target else False,
            "details": details or {},
        }

    @api.model
    def _insert(self, env, vals):
        env[self._name].sudo().with_context(odooops_event_writer=WRITER).create(vals)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_writer()
        return super().create(vals_list)

    def write(self, vals):
        self._check_writer()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_gc(self):
        self._check_writer()

    def _check_writer(self):
        if self.env.context.get("odooops_event_writer") is not WRITER:
            raise UserError(self.env._("Events are written by what happens, and are not changed."))

    @api.autovacuum
    def _gc_events(self):
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = (
            self.sudo()
            .with_context(odooops_event_writer=WRITER)
            .search([("occurred_at", "<", limit)], limit=1000)
        )
        count = len(old)
        old.unlink()
        return count, int(count == 1000)


def _as_text(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

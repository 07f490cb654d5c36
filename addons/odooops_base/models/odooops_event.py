import contextlib
import json
import logging
import re
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

from .. import caller, meter
from ..roles import requires
from ..tools import semconv

_logger = logging.getLogger(__name__)

NAME = re.compile(r"[a-z_]+(\.[a-z_]+)+")
# A value that no caller outside this process can have: what RPC sends is never this object.
WRITER = object()
LOCK_LIMIT = "500ms"


class OdooopsEvent(models.Model):
    """What was done, by whom, on what, from where. Written once, by :meth:`_log`, and never changed.

    **How a capability says what it did**::

        self.env["odooops.event"]._log("deployment.started", target=deployment, environment=deployment.environment_id)

    The name is a noun and what happened to it. What failed is said with ``outcome="failure"``: that entry has its own
    transaction, and is there also when the caller's is rolled back. A failure that the caller's transaction records,
    and that did not happen without it (a deployment that failed), is said with ``apart=False``.
    """

    _name = "odooops.event"
    _description = "Event"
    _order = "occurred_at desc, id desc"
    _allow_sudo_commands = False
    _rec_name = "name"
    # Who and when are fields of its own; these would lock one user's row more (see _insert_apart).
    _log_access = False

    name = fields.Char("Event", required=True, readonly=True, index=True)
    occurred_at = fields.Datetime("When", required=True, readonly=True, index=True)
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
    trace_id = fields.Char(readonly=True)
    environment_id = fields.Many2one("odooops.environment", readonly=True, ondelete="set null", index=True)
    environment_name = fields.Char("Environment Then", readonly=True, help="As it was called at that time.")
    target_model = fields.Char(readonly=True)
    target_id = fields.Many2oneReference(model_field="target_model", readonly=True)
    target_name = fields.Char("On", readonly=True)
    details = fields.Json("Details as Data", readonly=True)
    details_text = fields.Text("Details", compute="_compute_details_text")
    details_line = fields.Char("What", compute="_compute_details_text")

    _target_idx = models.Index("(target_model, target_id)")

    def _register_hook(self):
        super()._register_hook()
        caller.instrument()

    @api.depends("details")
    def _compute_details_text(self):
        for event in self:
            # A share of nothing says something.
            said = [pair for pair in (event.details or {}).items() if pair[1] or isinstance(pair[1], float)]
            pairs = [f"{key}: {_as_text(value)}" for key, value in said]
            event.details_text = "\n".join(pairs)
            event.details_line = ", ".join(pairs)

    @api.model
    def _log(self, name, target=None, environment=None, outcome="success", details=None, apart=None):
        """Says what was done. Private: nobody outside writes what others are held to.

        :param str name: noun and participle, such as "secret.rotated"
        :param target: the record it was done to (of any model), or None
        :param environment: an ``odooops.environment``, or None when it concerns no single one
        :param str outcome: "success" or "failure"
        :param dict details: plain values of JSON, and no secret
        :param bool apart: whether the entry has its own transaction; without it, whether it is a failure
        """
        assert NAME.fullmatch(name), name
        vals = self._prepare_event_vals(name, target, environment, outcome, details)
        attributes = {"odooops.event.name": name, "odooops.event.outcome": outcome}
        if outcome == "failure" if apart is None else apart:
            self._insert_apart(vals)
            meter.count(semconv.EVENT_COUNT, 1, attributes)
        else:
            self._insert(self.env, vals)
            self.env.cr.postcommit.add(lambda: meter.count(semconv.EVENT_COUNT, 1, attributes))

    @api.model
    def _insert_apart(self, vals):
        """Writes an entry that stays when the caller's transaction is rolled back.

        That transaction may have made the environment, or hold the lock of a row that the entry refers to: then the
        entry does without these references, because to wait for the caller is to wait for ourselves. What fails
        here must not hide what failed there: it goes to the log.
        """
        names_alone = vals | {"user_id": False, "environment_id": False}
        try:
            with self.env.registry.cursor() as cr:
                # Not as the caller, who may have been made by that transaction.
                env = self.env(cr=cr, user=SUPERUSER_ID, context={})
                cr.execute(SQL("SET LOCAL lock_timeout = %s", LOCK_LIMIT))
                with (
                    contextlib.suppress(psycopg2.errors.LockNotAvailable, psycopg2.IntegrityError),
                    mute_logger("odoo.sql_db"),
                    cr.savepoint(),
                ):
                    return self._insert(env, vals)
                return self._insert(env, names_alone)
        except psycopg2.Error:
            _logger.exception("Event %s of %s could not be written", vals["name"], vals["user_login"])

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
            "address": origin.address or False,
            "trace_id": caller.trace_id() or False,
            "environment_id": environment.id if environment else False,
            "environment_name": environment.sudo().name if environment else False,
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

    @requires("viewer")
    def action_open_target(self):
        """Opens the record that it was done to."""
        self.ensure_one()
        target = self.env[self.target_model].browse(self.target_id) if self.target_model in self.env else None
        if not target or not target.exists():
            raise UserError(self.env._("%(target)s is no longer there.", target=self.target_name))
        return {
            "type": "ir.actions.act_window",
            "res_model": target._name,
            "res_id": target.id,
            "views": [(False, "form")],
        }

    @api.autovacuum
    def _gc_events(self):
        days = self.env["odooops.setting"]._get("event.retention_days")
        limit = fields.Datetime.now() - timedelta(days=days)
        old = (
            self.sudo()
            .with_context(odooops_event_writer=WRITER)
            .search([("occurred_at", "<", limit)], limit=1000)
        )
        count = len(old)
        old.unlink()
        return count, int(count == 1000)


def _as_text(value):
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..roles import requires
from ..tools.configuration import difference
from .odooops_configuration import APPLIED, RESTORED, UNDONE

# Versions that are kept; in Git there are all of them.
KEPT = 200


class OdooopsConfigurationVersion(models.Model):
    """A configuration that was applied: by whom and when, what it changed, and how to get back there."""

    _name = "odooops.configuration.version"
    _description = "Applied Configuration"
    _order = "id desc"
    _rec_name = "summary"

    applied_at = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Applied By", readonly=True, ondelete="set null")
    origin = fields.Selection(
        [(APPLIED, "Applied"), (RESTORED, "Restored"), (UNDONE, "Undone")],
        "How",
        required=True,
        readonly=True,
    )
    text = fields.Text("Configuration", required=True, readonly=True)
    changes = fields.Json("Changes as Data", readonly=True)
    difference = fields.Text("Changes", readonly=True)
    summary = fields.Char(readonly=True)
    is_current = fields.Boolean("In Force", readonly=True)
    has_drifted = fields.Boolean(
        "Drifted",
        readonly=True,
        help="Whether the platform was found to be another than this configuration says.",
    )
    drift = fields.Text(readonly=True, help="What applying it again would change.")
    drift_checked_at = fields.Datetime("Compared", readonly=True)

    _current_uniq = models.UniqueIndex("(is_current) WHERE is_current", "Only one configuration is in force.")

    @api.model
    def _get_current(self):
        """The configuration that was applied last; none at first."""
        return self.search([("is_current", "=", True)])

    def _follow_up(self, text, changes, origin):
        """Keeps what was applied instead of the current configuration, which ``self`` is."""
        current = self.sudo()
        current.write({"is_current": False, "has_drifted": False, "drift": False})
        current.flush_recordset()
        version = current.create(
            {
                "applied_at": fields.Datetime.now(),
                "user_id": self.env.uid,
                "origin": origin,
                "text": text,
                "changes": [change.as_dict() for change in changes],
                "difference": difference.render(changes),
                "summary": self._summarise(changes),
                "is_current": True,
                "drift_checked_at": fields.Datetime.now(),
            }
        )
        self.env["odooops.event"]._log(
            "configuration.applied",
            target=version,
            details={"how": origin, **difference.count(changes)},
        )
        return version.with_env(self.env)

    def _summarise(self, changes):
        counts = difference.count(changes)
        parts = (
            (counts["create"], self.env._("%s new", counts["create"])),
            (counts["update"], self.env._("%s changed", counts["update"])),
            (counts["delete"], self.env._("%s taken away", counts["delete"])),
        )
        return ", ".join(part for count, part in parts if count) or self.env._("Nothing to change")

    @requires("admin", everywhere=True)
    def restore_version(self):
        """Applies this older configuration again; returns what ``apply_configuration`` returns.

        What a later one made stays, unless its section is under ``prune``: to take back the last one's changes use
        :meth:`undo_version`.
        """
        self.ensure_one()
        configuration = self.env["odooops.configuration"]
        configuration._serialise()
        changes, digest = configuration._plan(self.text)
        configuration._make(changes)
        version = self._get_current()._follow_up(self.text, changes, RESTORED)
        return configuration._describe_plan(changes, digest) | {
            "changed": bool(changes),
            "version": version.id,
        }

    @requires("admin", everywhere=True)
    def undo_version(self):
        """Takes back what the configuration in force changed; returns what ``apply_configuration`` returns.

        What was changed again since then by other ways is set back, too; what is gone by now is left alone.
        """
        self.ensure_one()
        if not self.is_current:
            raise UserError(
                self.env._("Only the configuration in force can be undone. Restore an older one instead.")
            )
        configuration = self.env["odooops.configuration"]
        configuration._serialise()
        changes = self._get_undoing_changes()
        configuration._make(changes)
        previous = self.search([("id", "<", self.id)], limit=1)
        version = self._follow_up(previous.text or "version: 1\n", changes, UNDONE)
        return configuration._describe_plan(changes, "") | {"changed": bool(changes), "version": version.id}

    def _get_undoing_changes(self):
        inverse = difference.inverse(difference.Change(**change) for change in self.changes or [])
        state = self.env["odooops.configuration"]._get_state({change.section for change in inverse})
        found = []
        for change in inverse:
            current = state.get(change.section, {})
            if change.action != difference.DELETE:
                found += difference.compare(change.section, current, {change.key: change.after}, prune=False)
            elif change.key in current:
                found.append(change)
        return difference.in_order(found)

    @requires("admin", everywhere=True)
    def action_restore(self):
        """:meth:`restore_version` for the button."""
        self.restore_version()
        return self._notify_done()

    @requires("admin", everywhere=True)
    def action_undo(self):
        """:meth:`undo_version` for the button."""
        self.undo_version()
        return self._notify_done()

    def _notify_done(self):
        current = self._get_current()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": current.summary,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_check_drift(self):
        """Once a day: says by an event when the platform has become another than what was applied."""
        current = self._get_current()
        if not current or not self.env["odooops.setting"]._get("configuration.check_drift"):
            return
        found = self.env["odooops.configuration"].check_drift()
        drift = found["difference"] or "\n".join(found["problems"])
        if drift and drift != current.drift:
            details = {"problems": len(found["problems"]), **found["counts"]}
            self.env["odooops.event"]._log("configuration.drifted", target=current, details=details)
        current.write({"drift": drift, "has_drifted": bool(drift), "drift_checked_at": fields.Datetime.now()})

    @api.autovacuum
    def _gc_versions(self):
        old = self.search([("is_current", "=", False)], offset=KEPT)
        old.unlink()

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..roles import requires
from ..tools import formats


class OdooopsBackup(models.Model):
    """What programs call: whatever makes backups, the command line, the buttons of the form."""

    _inherit = "odooops.backup"

    @api.model
    @requires("operator")
    def record_backup(
        self,
        environment,
        kind="full",
        size=None,
        checksum=None,
        location=None,
        started_at=None,
        finished_at=None,
        outcome="success",
        tool=None,
        note=None,
        database=None,
    ):
        """Says that a backup was made, or failed. For operators of the environment.

        :param str environment: its name
        :param str kind: dump, filestore, full (both) or other
        :param int size: in bytes
        :param str checksum: ``sha256:<hex>``
        :param str location: where it is, without a password
        :param str started_at: ISO 8601; without an offset it is UTC
        :param str finished_at: the same; now, when not given
        :param str outcome: success or failure
        :param str tool: what made it
        :return: the backup as a dict, times in ISO 8601
        """
        place = self.env["odooops.environment"]._find(environment, "operator")
        vals = {
            "environment_id": place.id,
            "checksum": checksum,
            "location": location,
            "tool": tool,
            "note": note,
        }
        vals |= {"kind": self._check_choice("kind", kind), "outcome": self._check_choice("outcome", outcome)}
        vals |= {"size": self._check_size(size), "database": database, "user_id": self.env.uid}
        vals["started_at"] = self._parse_moment("started_at", started_at)
        vals["finished_at"] = self._parse_moment("finished_at", finished_at) or fields.Datetime.now()
        return self._record(vals)._prepare_answer()

    @api.model
    @requires("operator")
    def record_restore_test(self, backup, outcome="success", note=None):
        """Says whether a backup could be restored. For operators of its environment.

        :param int backup: its id
        :param str outcome: success or failure
        :return: the backup as a dict
        """
        found = self._find(backup)
        vals = {"restore_outcome": self._check_choice("restore_outcome", outcome), "restore_note": note}
        if found.outcome != "success":
            raise UserError(self.env._("Backup %s failed: there is nothing to restore.", found.id))
        found.write(vals | {"restore_tested_at": fields.Datetime.now()})
        self.env["odooops.event"]._log(
            "backup.restore_tested",
            target=found,
            environment=found.environment_id,
            outcome=outcome,
            details={"note": note or ""},
            apart=False,
        )
        return found._prepare_answer()

    @requires("operator")
    def action_restore_worked(self):
        """The button: the backup was restored, and it works."""
        self.record_restore_test(self.id, "success")

    @requires("operator")
    def action_restore_failed(self):
        """The button: it could not be restored."""
        self.record_restore_test(self.id, "failure")

    @api.model
    def _find(self, backup):
        is_id = isinstance(backup, int) and not isinstance(backup, bool)
        found = self.search([("id", "=", backup)]) if is_id else self.browse()
        if not found:
            raise UserError(self.env._("There is no backup %(id)r. See: odooops backup list.", id=backup))
        self.env["res.users"]._check_odooops_role("operator", found)
        return found.sudo()

    @api.model
    def _check_choice(self, field, value):
        choices = [key for key, _label in self._fields[field].selection]
        if value not in choices:
            raise UserError(
                self.env._(
                    "%(field)s %(value)r: write one of %(choices)s.",
                    field=field,
                    value=value,
                    choices=", ".join(choices),
                )
            )
        return value

    @api.model
    def _check_size(self, size):
        if size and (isinstance(size, bool) or not isinstance(size, int | float)):
            raise UserError(self.env._("size %(size)r: write a number of bytes.", size=size))
        return size or 0

    @api.model
    def _parse_moment(self, field, text):
        try:
            return formats.parse_moment(text) if text else False
        except (TypeError, ValueError):
            raise UserError(
                self.env._("%(field)s %(text)r: write it as 2026-11-25T03:42:00Z.", field=field, text=text)
            ) from None

    def _prepare_answer(self):
        """A backup as programs get it: no null, which XML-RPC does not have."""
        names = ("kind", "outcome", "database", "checksum", "location", "tool", "note", "restore_outcome")
        return {"id": self.id, "environment": self.environment_id.name, "size": int(self.size)} | {
            "started_at": formats.moment_text(self.started_at),
            "finished_at": formats.moment_text(self.finished_at),
            "restore_tested_at": formats.moment_text(self.restore_tested_at),
            **{name: self[name] or "" for name in names},
        }

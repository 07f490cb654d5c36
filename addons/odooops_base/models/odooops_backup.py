from datetime import UTC, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .. import dumps, meter
from ..tools import backups, credentials, formats, semconv

OUTCOMES = [("success", "Success"), ("failure", "Failure")]


class OdooopsBackup(models.Model):
    """One backup that was made, or tried; the data themselves are elsewhere, at ``location``."""

    _name = "odooops.backup"
    _description = "Backup"
    _order = "finished_at desc, id desc"

    environment_id = fields.Many2one("odooops.environment", required=True, ondelete="restrict", index=True)
    kind = fields.Selection(
        [("dump", "Database"), ("filestore", "Files"), ("full", "Database and files"), ("other", "Other")],
        required=True,
        default="full",
    )
    database = fields.Char()
    outcome = fields.Selection(OUTCOMES, required=True, default="success")
    started_at = fields.Datetime()
    finished_at = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    duration = fields.Float("Duration (s)", compute="_compute_duration", store=True, aggregator="avg")
    duration_text = fields.Char("Duration", compute="_compute_texts")
    # An integer of Odoo ends at 2 GB.
    size = fields.Float("Size (bytes)", digits=(20, 0), aggregator="max")
    size_text = fields.Char("Size", compute="_compute_texts")
    checksum = fields.Char(help="sha256: and what sha256sum prints.")
    location = fields.Char(help="Where it is: a path or an address without a password.")
    tool = fields.Char(help="What made it, such as pg_dump or restic.")
    source = fields.Selection(
        [("recorded", "Recorded"), ("odoo", "Odoo itself")], required=True, default="recorded"
    )
    user_id = fields.Many2one("res.users", ondelete="set null", default=lambda self: self.env.user)
    note = fields.Text()
    restore_outcome = fields.Selection(
        [("success", "Restore worked"), ("failure", "Restore failed")], "Restore Test"
    )
    restore_tested_at = fields.Datetime("Restore Tested")
    restore_note = fields.Text("How It Was Tested")
    is_latest = fields.Boolean(
        "Latest",
        compute="_compute_is_latest",
        search="_search_is_latest",
        help="The last good one of its kind in its environment.",
    )

    def _register_hook(self):
        super()._register_hook()
        dumps.instrument()

    @api.depends("environment_id", "kind", "finished_at")
    def _compute_display_name(self):
        for backup in self:
            moment = fields.Datetime.context_timestamp(backup, backup.finished_at or fields.Datetime.now())
            backup.display_name = f"{backup.environment_id.name}: {backup.kind}, {moment:%Y-%m-%d %H:%M}"

    @api.depends("started_at", "finished_at")
    def _compute_duration(self):
        for backup in self:
            start = backup.started_at or backup.finished_at
            backup.duration = (backup.finished_at - start).total_seconds() if backup.finished_at else 0

    @api.depends("size", "duration", "started_at")
    def _compute_texts(self):
        for backup in self:
            backup.size_text = formats.size_text(backup.size)
            backup.duration_text = formats.duration_text(backup.duration) if backup.started_at else ""

    @api.depends("environment_id", "kind", "outcome", "finished_at")
    def _compute_is_latest(self):
        latest = set(self._get_latest_ids())
        for backup in self:
            backup.is_latest = backup.id in latest

    @api.model
    def _search_is_latest(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("id", "in" if True in value else "not in", self._get_latest_ids())]

    @api.model
    def _get_latest_ids(self):
        """Ids of the last good backup of each kind in each environment; who sees which is for the record rules."""
        self.flush_model(["environment_id", "kind", "outcome", "finished_at"])
        rows = self.env.execute_query(
            # Direct SQL: the ORM has no DISTINCT ON.
            SQL("""
                SELECT DISTINCT ON (environment_id, kind) id FROM odooops_backup
                WHERE outcome = 'success' ORDER BY environment_id, kind, finished_at DESC, id DESC
            """)
        )
        return [row[0] for row in rows]

    @api.constrains("checksum")
    def _check_checksum(self):
        for backup in self.filtered("checksum"):
            if not backups.is_checksum(backup.checksum):
                raise ValidationError(
                    self.env._("Checksum: write sha256: and the 64 hexadecimal digits that sha256sum prints.")
                )

    @api.constrains("location")
    def _check_location(self):
        if any(credentials.has_credentials(backup.location) for backup in self.filtered("location")):
            raise ValidationError(
                self.env._(
                    "Location: leave the password out of the address, and a token or signature behind the '?'; "
                    "everybody who sees backups reads it."
                )
            )

    @api.constrains("size", "started_at", "finished_at")
    def _check_numbers(self):
        for backup in self:
            if not 0 <= backup.size < 2**60:
                raise ValidationError(self.env._("Size: write a number of bytes."))
            if backup.started_at and backup.started_at > backup.finished_at:
                raise ValidationError(self.env._("A backup ends after it began: check both times."))
            if backup.finished_at > fields.Datetime.now() + timedelta(minutes=5):
                raise ValidationError(self.env._("End: write a time in UTC that is not in the future."))

    @api.model
    def _record(self, vals):
        backup = self.sudo().create(vals)
        details = {"kind": backup.kind, "bytes": int(backup.size), "location": backup.location or ""}
        self.env["odooops.event"]._log(
            "backup.recorded",
            target=backup,
            environment=backup.environment_id,
            outcome=backup.outcome,
            details=details,
            apart=False,
        )
        attributes = {
            "odooops.environment.name": backup.environment_id.name,
            "odooops.backup.kind": backup.kind,
            "odooops.backup.outcome": backup.outcome,
        }
        self.env.cr.postcommit.add(lambda: meter.count(semconv.BACKUP_COUNT, 1, attributes))
        self._show_last()
        return backup

    @api.model
    def _show_last(self):
        """Tells, once it is committed, when the last good backup of each environment and kind ended, and its size."""
        ended, sizes = {}, {}
        for backup in self.sudo().browse(self._get_latest_ids()).filtered("environment_id.active"):
            key = (
                ("db.namespace", self.env.cr.dbname),
                ("odooops.backup.kind", backup.kind),
                ("odooops.environment.kind", backup.environment_id.kind),
                ("odooops.environment.name", backup.environment_id.name),
            )
            ended[key] = backup.finished_at.replace(tzinfo=UTC).timestamp()
            if backup.size:
                sizes[key] = backup.size
        self.env.cr.postcommit.add(lambda: meter.show(semconv.BACKUP_LAST_SUCCESS, ended))
        self.env.cr.postcommit.add(lambda: meter.show(semconv.BACKUP_SIZE, sizes))

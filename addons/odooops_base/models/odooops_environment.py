import contextlib
import re

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger
from odoo.tools.i18n import format_list
from odoo.tools.sql import table_exists

from .. import process

# The value of deployment.environment.name, and a tenant of Loki and Tempo: what both take.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
# Of those that are known, when one is not: who has hundreds does not read them.
MOST_NAMED = 10


class OdooopsEnvironment(models.Model):
    """One installation of Odoo that is looked after: where its data, deployments and backups belong to."""

    _name = "odooops.environment"
    _description = "Environment"
    _order = "sequence, name"
    # What is linked to environments is written as superuser (roles): commands that change them are the caller's own.
    _allow_sudo_commands = False

    name = fields.Char(
        required=True,
        copy=False,
        help="Name of the environment in all telemetry (deployment.environment.name): letters, digits, dots, "
        "dashes and underscores.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [("production", "Production"), ("staging", "Staging"), ("development", "Development")],
        required=True,
        default="development",
        help="What the environment is for. Users notice at once when production stands still.",
    )
    url = fields.Char(string="URL", help="Address at which users reach this environment.")
    databases = fields.Char(help="Names of its databases, separated by commas.")
    retention_days = fields.Integer(
        default=30, help="How long traces, logs and metrics of this environment are kept."
    )
    sampling_ratio = fields.Float(
        default=0.01,
        digits=(6, 4),
        help="Share of ordinary requests whose trace is kept. Failed and slow ones always are.",
    )
    note = fields.Text()
    event_count = fields.Integer(compute="_compute_counts")
    deployment_count = fields.Integer(compute="_compute_counts")
    backup_count = fields.Integer(compute="_compute_counts")
    is_current = fields.Boolean(
        string="This Environment",
        compute="_compute_is_current",
        search="_search_is_current",
        help="Whether this Odoo is (part of) that environment. The process is told its name when it is started.",
    )

    _name_uniq = models.Constraint("UNIQUE(name)", "There is an environment of that name already.")

    def _register_hook(self):
        """The environment that this process was told it belongs to is there to be seen, whoever named it."""
        super()._register_hook()
        # The code may be newer than the database, until the addon is upgraded.
        if table_exists(self.env.cr, self._table):
            self._get_current()

    @api.depends("name")
    def _compute_is_current(self):
        own = process.environment_name()
        for environment in self:
            environment.is_current = environment.name == own

    @api.model
    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        own = process.environment_name()
        return [("name", "=", own)] if True in value else [("name", "!=", own)]

    def _compute_counts(self):
        for what in ("event", "deployment", "backup"):
            counts = self._count_by_environment(f"odooops.{what}")
            for environment in self:
                environment[f"{what}_count"] = counts.get(environment.id, 0)

    def _count_by_environment(self, model):
        """Records of the model that the user sees, by the id of their environment."""
        records = self.env[model]
        if not records.has_access("read"):
            return {}
        found = records._read_group([("environment_id", "in", self.ids)], ["environment_id"], ["__count"])
        return {environment.id: count for environment, count in found}

    @api.constrains("name")
    def _check_name(self):
        for environment in self:
            if not NAME.fullmatch(environment.name):
                raise ValidationError(
                    self.env._(
                        "Name %(name)r: use letters, digits, dots, dashes and underscores, at most 63, "
                        "beginning with a letter or a digit.",
                        name=environment.name,
                    )
                )

    @api.constrains("retention_days", "sampling_ratio")
    def _check_ranges(self):
        for environment in self:
            if not 1 <= environment.retention_days <= 3650:
                raise ValidationError(self.env._("Retention: write a number of days from 1 to 3650."))
            if not 0 <= environment.sampling_ratio <= 1:
                # People write per cent, programs a share.
                raise ValidationError(
                    self.env._(
                        "Sampling ratio: write a percentage from 0 to 100, not %(wrong)s %%; a program writes "
                        "sampling_ratio, from 0 to 1.",
                        wrong=f"{environment.sampling_ratio * 100:g}",
                    )
                )

    @api.constrains("url")
    def _check_url(self):
        for environment in self.filtered("url"):
            if not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", environment.url):
                raise ValidationError(
                    # Without what was written: it may hold a password.
                    self.env._(
                        "URL of %(name)s: write it as https://odoo.example.com, without user and password.",
                        name=environment.name,
                    )
                )

    @api.model
    def _get_current(self):
        """The environment of this process; made, as a development one, when nobody has made it yet."""
        name = process.environment_name()
        environments = self.sudo().with_context(active_test=False)
        found = environments.search([("name", "=", name)])
        if not found:
            # Processes start side by side: the first to come makes it.
            with (
                contextlib.suppress(psycopg2.errors.UniqueViolation),
                self.env.cr.savepoint(),
                mute_logger("odoo.sql_db"),
            ):
                return environments.create({"name": name, "databases": self.env.cr.dbname})
        return found or environments.search([("name", "=", name)])

    @api.model
    def _find(self, name, role):
        """The environment of that name, for a caller who holds ``role`` in it.

        Raises UserError that names the known ones, AccessError without the role.
        """
        found = self.sudo().search([("name", "=", name)])
        if not found:
            known = self._describe_known(self.search([]).mapped("name"))
            raise UserError(
                self.env._("Environment %(name)r is not known. Known are: %(known)s.", name=name, known=known)
            )
        self.env["res.users"]._check_odooops_role(role, found)
        return found.sudo(self.env.su)

    @api.model
    def _describe_known(self, names):
        """The names that somebody may have meant: the first ten, and how many more there are."""
        if not names:
            return self.env._("none yet")
        named = format_list(self.env, names[:MOST_NAMED])
        left = len(names) - MOST_NAMED
        return self.env._("%(names)s, and %(left)s more", names=named, left=left) if left > 0 else named

    @api.model_create_multi
    def create(self, vals_list):
        environments = super().create(vals_list)
        self.env.registry.clear_cache()
        environments._log_change("environment.created")
        return environments

    def write(self, vals):
        if not vals.get("active", True):
            self._check_not_current()
        if "name" in vals:
            self.filtered(lambda environment: environment.name != vals["name"])._check_not_current()
        result = super().write(vals)
        if vals.keys() & {"name", "sampling_ratio"}:
            # Every process then asks anew what it has to keep.
            self.env.registry.clear_cache()
        if changed := sorted(vals.keys() - {"sequence"}):
            self._log_change("environment.changed", {"fields": changed})
        return result

    def unlink(self):
        self._check_not_current()
        self._log_change("environment.deleted")
        roles = self.env["odooops.role.assignment"].sudo().search([("environment_ids", "in", self.ids)])
        # A role that was limited to what is gone is a role nowhere.
        roles.filtered(lambda role: role.environment_ids <= self).unlink()
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _log_change(self, event, details=None):
        for environment in self:
            self.env["odooops.event"]._log(
                event, target=environment, environment=environment, details=details
            )

    def _check_not_current(self):
        if self.filtered("is_current"):
            raise UserError(
                self.env._(
                    "This Odoo runs in environment %s, as OTEL_RESOURCE_ATTRIBUTES says: it can neither be "
                    "renamed nor archived nor deleted.",
                    process.environment_name(),
                )
            )

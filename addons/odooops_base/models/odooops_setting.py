import json
import logging
import os

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, mute_logger, ormcache
from odoo.tools.sql import table_exists

from .. import server_file
from ..settings import SETTINGS
from ..tools import settings as rules
from ..tools.configuration.validation import suggestion

_logger = logging.getLogger(__name__)
# What this process, or the one that it is a fork of, has told already.
_told = set()


class OdooopsSetting(models.Model):
    """The settings of the platform: a record for each one that is declared, with the value that was stored for it.

    Which value counts is said in one place, ``tools.settings.resolve``: environment variable, server's file, record,
    default. Code asks for it each time it needs it, and so follows a change without a restart::

        hours = self.env["odooops.setting"]._get("deployment.abandon_hours")

    An addon declares its own by overriding :meth:`_get_declared`. Requests, scheduled actions and websockets look for
    changes by themselves; a thread of one's own calls ``Registry(dbname).check_signaling()`` before it asks.
    """

    _name = "odooops.setting"
    _description = "Setting"
    _order = "section, name"

    name = fields.Char("Setting", required=True, readonly=True)
    section = fields.Char(required=True, readonly=True)
    # {"value": …}: the field takes false and 0 for nothing when they stand alone.
    stored = fields.Json(readonly=True, copy=False)
    is_stored = fields.Boolean("Set Here", compute="_compute_is_stored", store=True)
    value = fields.Char(
        compute="_compute_value",
        inverse="_inverse_value",
        help="What counts now. Empty it to go back to the default.",
    )
    default_value = fields.Char("Default", compute="_compute_value")
    choices = fields.Json(
        compute="_compute_value",
        help="All values as pairs of text and label, where there are few: yes or no, or a list of words.",
    )
    source = fields.Selection(
        [
            ("environment", "Environment variable"),
            ("file", "Server's file"),
            ("record", "Set here"),
            ("default", "Default"),
        ],
        compute="_compute_value",
        search="_search_source",
    )
    origin = fields.Char("Where From", compute="_compute_value")
    is_pinned = fields.Boolean(
        compute="_compute_value",
        help="A variable or the server's file says it: a value that is set here has no effect.",
    )
    description = fields.Char(compute="_compute_value")
    expected = fields.Char(compute="_compute_value")
    unit = fields.Char(compute="_compute_value")
    variable = fields.Char(compute="_compute_value", help="The environment variable that sets it.")
    problem = fields.Char(compute="_compute_value")

    _name_uniq = models.Constraint("UNIQUE(name)", "There is a record of that setting already.")

    def _register_hook(self):
        """Each declared setting is there to be seen."""
        super()._register_hook()
        # The code may be newer than the database, until the addon is upgraded.
        if table_exists(self.env.cr, self._table):
            self._ensure_records()
            self._warn_of_problems()

    @api.model
    def _warn_of_problems(self):
        """Tells in the log what cannot be used, each thing once in a process: ``setup/up`` shows it."""
        for problem in self._get_problems():
            if problem not in _told:
                _told.add(problem)
                _logger.warning("%s", problem)

    @api.model
    def _get_declared(self):
        """The settings that are read: a list of ``tools.settings.Setting``. Override to add those of an addon."""
        return list(SETTINGS)

    @api.model
    @ormcache()
    def _get_declared_by_name(self):
        return {setting.name: setting for setting in self._get_declared()}

    @api.model
    def _get(self, name):
        """The value that counts now, of the setting's type. A KeyError is a setting that nobody declared."""
        return self._resolve(self._get_declared_by_name()[name]).value

    @api.model
    def _resolve(self, setting):
        return rules.resolve(setting, os.environ, server_file.read().values, self._get_stored())

    @api.model
    @ormcache()
    def _get_stored(self):
        """Name → value of all that are stored. Cached: settings are read on the way of every request."""
        return self._read_stored()

    @api.model
    def _read_stored(self):
        """The same as it is now: a process hears of a change by another one when its next request begins."""
        self.flush_model(["stored"])
        rows = self.env.execute_query(
            SQL("SELECT name, stored->'value' FROM odooops_setting WHERE stored IS NOT NULL")
        )
        return dict(rows)

    @api.model
    def _get_problems(self):
        """What is wrong with the sources of settings: a list of sentences."""
        declared, content = self._get_declared_by_name(), server_file.read()
        found = list(content.problems)
        for name in content.values.keys() - declared.keys():
            found.append(
                self.env._("%(where)s: %(name)s is no setting.", where=content.values[name].where, name=name)
                + suggestion(name, list(declared))
            )
        return found + [problem for own in declared.values() for problem in self._resolve(own).problems]

    @api.depends("stored")
    def _compute_is_stored(self):
        for setting in self:
            setting.is_stored = bool(setting.stored)

    @api.depends("stored", "write_uid", "write_date")
    def _compute_value(self):
        declared = self._get_declared_by_name()
        for setting in self:
            own = declared.get(setting.name)
            setting.update(setting._prepare_shown_vals(own) if own else setting._prepare_unknown_vals())

    @api.model
    def _search_source(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("id", "in", self.search([]).filtered(lambda setting: setting.source in value).ids)]

    def _prepare_shown_vals(self, own):
        found = self._resolve(own)
        return {
            "value": rules.text_of(found.value),
            "default_value": rules.text_of(own.default),
            "choices": self._prepare_choices(own),
            "source": found.source,
            "origin": found.where or self._describe_record(found),
            "is_pinned": found.is_pinned,
            "description": " ".join((*found.problems, own.description)),
            "expected": own.expected,
            "unit": own.unit,
            "variable": own.env,
            "problem": " ".join(found.problems),
        }

    def _prepare_unknown_vals(self):
        problem = self.env._("No addon that is installed reads it.")
        return dict.fromkeys(
            (
                "value",
                "default_value",
                "choices",
                "source",
                "origin",
                "description",
                "expected",
                "unit",
                "variable",
            ),
            False,
        ) | {"is_pinned": True, "problem": problem}

    def _prepare_choices(self, own):
        if own.type == rules.BOOLEAN:
            return [[rules.text_of(True), self.env._("Yes")], [rules.text_of(False), self.env._("No")]]
        return [[choice, choice] for choice in own.choices] or False

    def _describe_record(self, found):
        if found.source != rules.RECORD:
            return False
        return self.env._(
            "%(user)s, %(date)s", user=self.sudo().write_uid.name, date=self._format_write_date()
        )

    def _format_write_date(self):
        return fields.Datetime.context_timestamp(self, self.write_date).strftime("%Y-%m-%d %H:%M")

    def _inverse_value(self):
        for setting in self:
            text = setting.value
            # A text that may be empty is set to "" by set_setting alone: here emptying means the default.
            setting.stored = {"value": setting._parse(text)} if text else False

    def _parse(self, text):
        own = self._get_declaration(self.name)
        try:
            return own.parse(text)
        except rules.SettingError as error:
            raise UserError(self._describe_refusal(self.name, error)) from None

    @api.constrains("stored")
    def _check_stored(self):
        for setting in self.filtered("stored"):
            own = self._get_declaration(setting.name)
            try:
                if not isinstance(setting.stored, dict) or setting.stored.keys() != {"value"}:
                    raise rules.SettingError('expected {"value": …}')
                own.check(setting.stored["value"])
            except rules.SettingError as error:
                raise ValidationError(self._describe_refusal(setting.name, error)) from None
            self._check_secret(own, setting.stored["value"])

    @api.model
    def _describe_refusal(self, name, error):
        return self.env._("%(setting)s: %(problem)s", setting=name, problem=str(error))

    def _check_secret(self, own, value):
        if own.type != rules.SECRET or not value:
            return
        if not self.env["odooops.secret"].sudo().search_count([("name", "=", value)]):
            raise ValidationError(
                self.env._("%(setting)s: there is no secret of that name. Make it first.", setting=own.name)
            )

    @api.model_create_multi
    def create(self, vals_list):
        settings = super().create(vals_list)
        self._clear_cache()
        return settings

    def write(self, vals):
        # Another name would give one setting the value of another, and say nothing of it.
        if renaming := sorted(vals.keys() & {"name", "section"}):
            raise UserError(self.env._("%s: settings are named where they are declared.", renaming[0]))
        before = {setting: setting.stored for setting in self}
        result = super().write(vals)
        if "value" in vals:
            # What was typed is not what counts: " 30" is 30, and nothing is the default.
            self.invalidate_recordset()
        if "stored" in vals:  # writing the value ends up here, too
            self._clear_cache()
            for setting in self:
                setting._log_change(before[setting])
        return result

    def unlink(self):
        self._clear_cache()
        return super().unlink()

    def _clear_cache(self):
        """In every process: Odoo tells the others once the transaction is committed."""
        self.env.registry.clear_cache()
        # In a threaded server another request may have cached the old value before our commit.
        self.env.cr.postcommit.add(self.env.registry.clear_cache)

    def _log_change(self, before):
        if before == self.stored:
            return
        self.env["odooops.event"]._log(
            "setting.changed" if self.stored else "setting.unset",
            target=self,
            details={"before": _shown(before), "after": _shown(self.stored)},
        )

    @api.model
    def _store(self, name, value):
        """Stores a value that was checked; None forgets it. Does nothing when it is stored already."""
        stored = {"value": value} if value is not None else False
        setting = self._ensure_records().filtered(lambda setting: setting.name == name)
        if (setting.stored or False) != stored:
            setting.write({"stored": stored})

    @api.model
    def _get_declaration(self, name):
        declared = self._get_declared_by_name()
        if name not in declared:
            hint = suggestion(str(name), list(declared))
            raise UserError(self.env._("%(name)s is no setting.", name=name) + hint)
        return declared[name]

    @api.model
    def _ensure_records(self):
        """A record for each declared setting; returns all records there are."""
        found = self.search([])
        missing = self._get_declared_by_name().keys() - set(found.mapped("name"))
        if not missing:
            return found
        vals_list = [{"name": name, "section": name.partition(".")[0]} for name in sorted(missing)]
        try:
            # Processes start side by side: the first to come makes them.
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                self.sudo().create(vals_list)
        except psycopg2.errors.UniqueViolation:
            return found
        return self.search([])


def _shown(stored):
    return json.dumps(stored["value"], ensure_ascii=False) if stored else ""

from odoo import api, models
from odoo.exceptions import UserError

from ..roles import requires
from ..tools import settings as rules


class OdooopsSetting(models.Model):
    """What people and programs outside call: reading, setting and resetting by name."""

    _inherit = "odooops.setting"

    @api.model
    @api.readonly
    @requires("viewer")
    def get_settings(self):
        """Every setting with the value that counts and where it comes from, by name. For viewers.

        Returns a list of dicts: ``name``, ``section``, ``type``, ``value`` and ``default`` (of that type),
        ``source`` (environment, file, record or default), ``where`` (the variable, or the file and line; else empty),
        ``is_stored`` (whether it is set here), ``is_pinned`` (whether that has no effect), ``variable`` (that would
        set it), ``description``, ``expected`` and ``unit`` (texts), ``problem`` (what could not be used).
        """
        return [self._describe(own) for _name, own in sorted(self._get_declared_by_name().items())]

    @api.model
    @requires("admin", everywhere=True)
    def set_setting(self, name, value):
        """Stores the value of a setting, as a value of its type or as text; returns it as :meth:`get_settings` does.

        Raises UserError for a setting that is not known and a value that it does not take.
        """
        own = self._get_declaration(name)
        try:
            value = own.parse(value) if isinstance(value, str) else own.check(value)
        except rules.SettingError as error:
            raise UserError(self._describe_refusal(name, error)) from None
        self._store(name, value)
        return self._describe(own)

    @api.model
    @requires("admin", everywhere=True)
    def unset_setting(self, name):
        """Forgets the stored value of a setting; returns what counts now as :meth:`get_settings` does."""
        own = self._get_declaration(name)
        self._store(name, None)
        return self._describe(own)

    @requires("admin", everywhere=True)
    def action_reset(self):
        """Forgets the stored values of these settings."""
        self.write({"stored": False})

    @api.model
    def _describe(self, own):
        found = self._resolve(own)
        return {
            "name": own.name,
            "section": own.section,
            "type": own.type,
            "value": found.value,
            "default": own.default,
            "source": found.source,
            "where": found.where,
            "is_stored": own.name in self._get_stored(),
            "is_pinned": found.is_pinned,
            "variable": own.env,
            "description": own.description,
            "expected": own.expected,
            "unit": own.unit,
            "problem": " ".join(found.problems),
        }

from odoo import api, models
from odoo.exceptions import UserError

from .. import process
from ..roles import requires
from ..tools.configuration import difference, sections
from ..tools.configuration.difference import DELETE, Change
from ..tools.configuration.problems import dotted, lines
from ..tools.configuration.text import export
from .odooops_configuration import APPLIED, SCHEMA_ROUTE


class OdooopsConfiguration(models.AbstractModel):
    """What people and programs outside call."""

    _inherit = "odooops.configuration"

    @api.model
    @api.readonly
    @requires("viewer")
    def get_schema(self):
        """The JSON Schema of a configuration: with it editors complete and check while one writes."""
        found = sorted((store.section for store in self._get_stores()), key=lambda section: section.name)
        return sections.whole_schema(found)

    @api.model
    @api.readonly
    @requires("viewer")
    def validate_configuration(self, text):
        """Checks a configuration without comparing it with anything.

        Returns a dict: ``valid`` (bool), ``problems`` (a list of dicts with ``line``, ``column``, from 1, or 0 when it
        stands nowhere, ``path`` and ``message``, in the order of the text) and ``messages`` (the same as sentences).
        """
        _entries, problems = self._read(text)
        return {
            "valid": not problems,
            "problems": [problem._asdict() for problem in problems],
            "messages": lines(problems),
        }

    @api.model
    @api.readonly
    @requires("viewer", everywhere=True)
    def export_configuration(self, sections=None):
        """The configuration as it is, in YAML; to apply it changes nothing.

        :param list sections: names; without it all that the caller may read (roles and secrets: administrators)
        """
        stores = self._get_readable_stores(sections)
        data = {store.name: store.section.document(store.load(self.env)) for store in stores}
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        return export(data, base + SCHEMA_ROUTE)

    @api.model
    @api.readonly
    @requires("viewer", everywhere=True)
    def plan_configuration(self, text):
        """What applying the configuration would change, without changing it.

        Returns a dict: ``changes`` (a list of dicts with ``section``, ``key``, ``action``: create, update or delete,
        ``before`` and ``after``: what differs, empty where there is nothing), ``counts`` (action → number),
        ``difference`` (the changes as text, whose lines begin with "+", "-" or a space), ``notes`` (sentences about
        changes that will have no effect, or be refused) and ``digest``: given to :meth:`apply_configuration`, what is
        applied is what was planned, or nothing is.

        Raises UserError with every mistake, its line and column.
        """
        return self._describe_plan(*self._plan(text))

    @api.model
    @requires("admin", everywhere=True)
    def apply_configuration(self, text, digest=None):
        """Makes the platform what the configuration says: all of it, or, when anything fails, nothing.

        :param str digest: of a plan; when text or platform are others by now, nothing is done
        :return: as :meth:`plan_configuration`, and ``changed`` (bool), ``version`` (id of what is kept of it)

        To apply the same again changes nothing. Raises UserError with what is wrong.
        """
        self._serialise()
        changes, found = self._plan(text)
        if digest and digest != found:
            raise UserError(
                self.env._("The platform or the text changed since the plan. Nothing was done: plan again.")
            )
        current = self.env["odooops.configuration.version"]._get_current()
        if not changes and current.text == text:
            version = current
        else:
            self._make(changes)
            version = current._follow_up(text, changes, APPLIED)
        return self._describe_plan(changes, found) | {"changed": bool(changes), "version": version.id}

    @api.model
    @api.readonly
    @requires("viewer", everywhere=True)
    def check_drift(self):
        """Compares the platform with the configuration that was applied last.

        Returns a dict: ``drifted`` (bool), ``version`` (id, or False when none was applied), ``changes``, ``counts``
        and ``difference`` as :meth:`plan_configuration` (what applying it again would do), ``problems`` (why it could
        not be applied any more) and ``skipped`` (sections that the caller may not read).
        """
        version = self.env["odooops.configuration.version"].sudo()._get_current()
        if not version:
            return {"version": False, "skipped": [], "problems": []} | self._describe_drift([])
        entries, problems = self._read(version.text)
        if problems:
            return {"version": version.id, "skipped": [], "problems": lines(problems)} | self._describe_drift(
                []
            )
        readable = {store.name for store in self._get_stores() if store.is_readable(self.env)}
        skipped = sorted(entries.keys() - readable - {"prune"})
        seen = {name: own for name, own in entries.items() if name not in skipped}
        changes = self._compare(seen, self._get_state(seen))
        return {"version": version.id, "skipped": skipped, "problems": []} | self._describe_drift(changes)

    @api.model
    def _describe_drift(self, changes):
        plan = self._describe_plan(changes, "")
        return {"drifted": bool(changes)} | {key: plan[key] for key in ("changes", "counts", "difference")}

    @api.model
    def _describe_plan(self, changes, digest):
        described = [change.as_dict() for change in changes]
        for change in described:
            # XML-RPC has no null.
            change.update(before=change["before"] or {}, after=change["after"] or {})
        notes = [note for note in map(self._get_note, changes) if note]
        return {
            "changes": described,
            "counts": difference.count(changes),
            "difference": difference.render(changes) + "".join(f"  # {note}\n" for note in notes),
            "notes": notes,
            "digest": digest,
        }

    @api.model
    def _get_note(self, change):
        """What somebody should know of a change before it is made; empty when it does as it says."""
        where = dotted([change.section, change.key])
        settings = self.env["odooops.setting"]
        setting = settings._get_declared_by_name().get(change.key) if change.section == "settings" else None
        if setting and (found := settings._resolve(setting)).is_pinned:
            return self.env._(
                "%(where)s: without effect as long as %(holder)s says it.", where=where, holder=found.where
            )
        own = Change("environments", process.environment_name(), DELETE, change.before)
        if change == own:
            return self.env._(
                "%(where)s: this Odoo runs in it. Name it, or applying is refused.", where=where
            )
        return ""

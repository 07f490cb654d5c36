from odoo import api, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import SQL

from ..stores import RecordStore, RoleStore, SecretStore, SettingStore, StoreError
from ..tools.configuration import declared, difference
from ..tools.configuration.document import parse
from ..tools.configuration.problems import ConfigurationError, dotted, lines
from ..tools.configuration.validation import suggestion, validate

SCHEMA_ROUTE = "/odooops/config/schema.json"
APPLIED, RESTORED, UNDONE = "applied", "restored", "undone"


class OdooopsConfiguration(models.AbstractModel):
    """The platform's configuration as one text: checked, exported, compared with what is, applied as a whole.

    A section belongs to the addon that reads it, which adds a store (see ``stores.py``) by overriding
    :meth:`_get_stores`. What a text does not mention stays as it is; sections that it lists under ``prune`` are
    complete: what is there and is not listed is taken away.
    """

    _name = "odooops.configuration"
    _description = "Configuration as Code"

    @api.model
    def _get_stores(self):
        """The sections and the records behind them. What others refer to comes first."""
        return [
            RecordStore(declared.ENVIRONMENTS, "odooops.environment"),
            SettingStore(declared.settings(self.env["odooops.setting"]._get_declared())),
            SecretStore(declared.SECRETS),
            RecordStore(declared.GATES, "odooops.gate"),
            RoleStore(declared.ROLES),
        ]

    @api.model
    def _read(self, text):
        """The entries of ``text`` by section, and ``prune``: sections that are complete; and all that is wrong."""
        if not isinstance(text, str):
            raise UserError(self.env._("Give the configuration as a text."))
        try:
            document = parse(text)
        except ConfigurationError as error:
            return {}, list(error.problems)
        problems = validate(document, self.get_schema())
        # What is wrong with the form of one section does not hide what is wrong with the others.
        stores = {store.name: store for store in self._get_stores() if _is_sound(store, document, problems)}
        entries = {name: store.section.entries(document.data[name]) for name, store in stores.items()}
        wanted = (
            {name: set(own) for name, own in document.data.items() if isinstance(own, dict)} if stores else {}
        )
        for name, store in stores.items():
            findings = store.find_problems(self.env, entries[name], wanted)
            problems += [document.problem((name, *path), message) for path, message in findings]
        if problems:
            return {}, sorted(problems)
        normal = {name: store.normalise(self.env, entries[name]) for name, store in stores.items()}
        return normal | {"prune": document.data.get("prune", [])}, []

    @api.model
    def _plan(self, text):
        """The changes in their order, and the digest of text and state."""
        entries, problems = self._read(text)
        if problems:
            raise UserError("\n".join(lines(problems)))
        self._get_readable_stores([name for name in entries if name != "prune"])
        state = self._get_state(entries)
        return self._compare(entries, state), difference.digest(text, state)

    @api.model
    def _get_state(self, names):
        return {store.name: store.load(self.env) for store in self._get_stores() if store.name in names}

    @api.model
    def _compare(self, entries, state):
        prune = entries.get("prune", [])
        changes = [
            change
            for name, current in state.items()
            for change in difference.compare(name, current, entries[name], name in prune)
        ]
        return difference.in_order(changes)

    @api.model
    def _get_readable_stores(self, names=None):
        """The stores of these names, all that are readable without names; raises for what is not there, not allowed."""
        stores = {store.name: store for store in self._get_stores()}
        for name in names or ():
            if name not in stores:
                hint = suggestion(str(name), list(stores))
                raise UserError(self.env._("%(name)s is no section.", name=name) + hint)
            if not stores[name].is_readable(self.env):
                raise AccessError(
                    self.env._("The section %(name)s is for OdooOps administrators.", name=name)
                )
        return [
            store
            for name, store in stores.items()
            if (name in names if names is not None else store.is_readable(self.env))
        ]

    @api.model
    def _serialise(self):
        """One apply at a time.

        Direct SQL: a row that each apply writes. Who comes second waits here, then fails to serialise, since what he
        has seen is old, and Odoo runs him again from the start. A lock alone would let him go on with what is old.
        """
        self.env.cr.execute(
            SQL("UPDATE ir_model SET model = model WHERE model = %s RETURNING id", self._name)
        )
        if not self.env.cr.rowcount:
            raise ConcurrencyError(self._name)

    @api.model
    def _make(self, changes):
        """Makes the changes; when one fails, none of them is made and what failed is named."""
        stores = {store.name: store for store in self._get_stores()}
        done = None
        try:
            with self.env.cr.savepoint():
                for done in changes:
                    self._check_caller_remains(done)
                    self._make_one(stores[done.section], done)
        except (UserError, StoreError) as error:
            # The savepoint took back what the caches may hold.
            self.env.registry.clear_cache()
            self._log_failure(done)
            raise UserError(self._explain(done, error)) from None

    @api.model
    def _make_one(self, store, change):
        store.apply(self.env, change)
        # Constraints, too, then fail where the entry is known.
        self.env.flush_all()

    @api.model
    def _explain(self, change, error):
        where = dotted([change.section, change.key]) if change else self.env._("The configuration")
        return self.env._("%(where)s: %(problem)s\nNothing was changed.", where=where, problem=str(error))

    @api.model
    def _log_failure(self, change):
        details = {"section": change.section, "key": change.key, "action": change.action} if change else {}
        self.env["odooops.event"]._log("configuration.applied", outcome="failure", details=details)

    @api.model
    def _check_caller_remains(self, change):
        """Nobody locks himself out: what comes after could not be made any more, nor be undone."""
        own = change.section == "roles" and change.key == f"{self.env.user.login} admin"
        if own and not self.env.su and (change.after or {}).get("environments") != "all":
            raise UserError(
                self.env._(
                    "This takes from you what you need to apply a configuration. Have somebody else apply it."
                )
            )


def _is_sound(store, document, problems):
    """Whether the section is there, and as the schema wants it."""
    is_there = isinstance(document.data, dict) and store.name in document.data
    return is_there and not any(problem.path.startswith(store.name) for problem in problems)

"""Sections of a configuration with the records behind them: reading what is, and changing one entry.

An addon that has something to configure overrides ``odooops.configuration._get_stores()`` and appends a
:class:`RecordStore`, or a store of its own::

    def _get_stores(self):
        return [*super()._get_stores(), RecordStore(RULES, "odooops.alert.rule")]

All of it runs as the caller: what he may not read is not exported, what he may not write is not applied.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from odoo.exceptions import AccessError, UserError

from .tools.configuration.difference import CREATE, DELETE, Change, Entry
from .tools.configuration.sections import KEPT, Field, Section
from .tools.configuration.validation import suggestion
from .tools.settings import SECRET, SettingError

# Where in the section's data, and what is wrong there.
Finding = tuple[tuple[str | int, ...], str]


class StoreError(ValueError):
    """An entry cannot be changed; the text says why, without naming the entry."""


@dataclass(frozen=True)
class RecordStore:
    """Entries that are records of ``model``, known by ``key``. Archived ones are not there; so are deleted ones
    archived, when ``archives``: what belongs to them stays.
    """

    section: Section
    model: str
    key: str = "name"
    archives: bool = True

    @property
    def name(self) -> str:
        return self.section.name

    def is_readable(self, env) -> bool:
        """Whether the caller may see what is configured here."""
        return env[self.model].has_access("read")

    def load(self, env) -> dict[str, Entry]:
        """The entries as they are now, each with all its fields."""
        return {record[self.key]: self._entry(record) for record in env[self.model].search([])}

    def normalise(self, env, entries: dict[str, Entry]) -> dict[str, Entry]:
        """Entries as they will be when they have been stored: numbers are rounded."""
        return {
            key: {name: self._stored(env, self._field(name), value) for name, value in entry.items()}
            for key, entry in entries.items()
        }

    def find_problems(self, env, entries: dict[str, Entry], wanted: dict[str, set[str]]) -> Iterator[Finding]:
        """What the schema cannot see: names of what is not there, and what the model would refuse.

        :param entries: of this section
        :param wanted: section → keys that the same configuration makes
        """
        current = self.load(env) if self.is_readable(env) else {}
        for key, entry in entries.items():
            for name, message in self._find_refusals(env, key, entry, current.get(key)):
                yield (*self.section.path(key), *([name] if name else [])), message
        for own in filter(lambda own: own.references, self.section.fields):
            for key, entry in entries.items():
                path = (*self.section.path(key), own.name)
                yield from unknown_environments(env, path, entry.get(own.name, ()), wanted)

    def _find_refusals(self, env, key: str, entry: Entry, current: Entry | None) -> Iterator[tuple[str, str]]:
        """The name of a field (empty: none in particular) and what is wrong with it, of what applying would change."""
        given = self._plain_vals(entry)
        changed = {
            own.attribute
            for own, value in self._given(entry)
            if own.attribute in given
            if current is None or self._stored(env, own, value) != current[own.name]
        }
        if current is not None and not changed:
            return
        vals = {self.key: key} | self._plain_vals(current or {}) | given
        names = {own.attribute: own.name for own, _value in self._given(entry)}
        for attribute, message in find_refusals(env[self.model], vals, changed if current else None):
            yield names.get(attribute, ""), message

    def _plain_vals(self, entry: Entry) -> dict[str, object]:
        """The values of a record's fields, but for those that name others."""
        return {own.attribute: value for own, value in self._given(entry) if not own.references}

    def apply(self, env, change: Change) -> None:
        """Makes the change. Raises StoreError, and what the model raises."""
        records = env[self.model].with_context(active_test=False)
        record = records.search([(self.key, "=", change.key)])
        if change.action == DELETE:
            record.write({"active": False}) if self.archives else record.unlink()
            return
        vals = {own.attribute: self._value(env, own, value) for own, value in self._given(change.after)}
        if change.action == CREATE and not record:
            records.create({self.key: change.key, **vals})
        else:
            record.write({"active": True, **vals} if self.archives and not record.active else vals)

    def _given(self, entry: Entry) -> Iterator[tuple[Field, object]]:
        return ((self._field(name), value) for name, value in entry.items())

    def _field(self, name: str) -> Field:
        return next(own for own in self.section.fields if own.name == name)

    def _entry(self, record) -> Entry:
        return {own.name: self._plain(record, own) for own in self.section.fields}

    def _plain(self, record, own: Field):
        value = record[own.attribute]
        if own.references:
            return sorted(value.mapped("name"))
        return "" if value is False and record._fields[own.attribute].type != "boolean" else value

    def _stored(self, env, own: Field, value):
        if own.references:
            return sorted(value)
        records = env[self.model]
        stored = records._fields[own.attribute].convert_to_cache(value, records, validate=False)
        return "" if stored is None else stored

    def _value(self, env, own: Field, value):
        return [(6, 0, find_environments(env, value).ids)] if own.references else value


@dataclass(frozen=True)
class SettingStore:
    """The settings that are stored in the database."""

    section: Section
    name = "settings"

    def is_readable(self, env) -> bool:
        return env["odooops.setting"].has_access("read")

    def load(self, env) -> dict[str, Entry]:
        declared, stored = (
            env["odooops.setting"]._get_declared_by_name(),
            env["odooops.setting"]._read_stored(),
        )
        return {name: {"value": value} for name, value in stored.items() if name in declared}

    def normalise(self, env, entries: dict[str, Entry]) -> dict[str, Entry]:
        declared = env["odooops.setting"]._get_declared_by_name()
        return {name: {"value": declared[name].check(entry["value"])} for name, entry in entries.items()}

    def find_problems(self, env, entries: dict[str, Entry], wanted: dict[str, set[str]]) -> Iterator[Finding]:
        declared = env["odooops.setting"]._get_declared_by_name()
        for name, entry in entries.items():
            try:
                declared[name].check(entry["value"])
            except SettingError as error:
                yield (name,), str(error)
                continue
            if declared[name].type == SECRET and entry["value"] not in ("", *wanted.get("secrets", ())):
                yield from _unknown_secret(env, (name,), entry["value"])

    def apply(self, env, change: Change) -> None:
        settings = env["odooops.setting"]
        if change.action == DELETE:
            settings._store(change.key, None)
        else:
            settings._store(change.key, change.after["value"])


@dataclass(frozen=True)
class SecretStore:
    """Where secrets are found. Values are neither read nor written here."""

    section: Section
    name = "secrets"

    def is_readable(self, env) -> bool:
        secrets = env["odooops.secret"]
        return secrets.has_access("read") and secrets._has_field_access(secrets._fields["reference"], "read")

    def load(self, env) -> dict[str, Entry]:
        # One that was emptied has nothing that a configuration could say of it.
        secrets = env["odooops.secret"].search([]).filtered(lambda own: own.reference or own.has_value)
        return {secret.name: {"reference": secret.reference or KEPT} for secret in secrets}

    def normalise(self, env, entries: dict[str, Entry]) -> dict[str, Entry]:
        return entries

    def find_problems(self, env, entries: dict[str, Entry], wanted: dict[str, set[str]]) -> Iterator[Finding]:
        has_value = {secret.name for secret in env["odooops.secret"].sudo().search([]) if secret.has_value}
        for name, entry in entries.items():
            if entry["reference"] == KEPT and name not in has_value:
                yield (name,), "there is no value to be kept: set it by the backend or the command line first"
            elif entry["reference"] != KEPT:
                vals = {"name": name, "reference": entry["reference"]}
                for _attribute, message in find_refusals(env["odooops.secret"], vals):
                    yield (name,), message

    def apply(self, env, change: Change) -> None:
        secret = env["odooops.secret"].search([("name", "=", change.key)])
        if change.action == DELETE:
            secret.unlink()
        elif change.after["reference"] == KEPT:
            raise StoreError("there is no value to be kept: set it by the backend or the command line first")
        elif not secret:
            secret.create({"name": change.key, "reference": change.after["reference"]})
        else:
            secret.write({"reference": change.after["reference"]})


@dataclass(frozen=True)
class RoleStore:
    """Who holds which role, by login."""

    section: Section
    name = "roles"

    def is_readable(self, env) -> bool:
        return env["odooops.role.assignment"].has_access("read")

    def load(self, env) -> dict[str, Entry]:
        held = env["odooops.role.assignment"].search([("user_id.active", "=", True)])
        return {
            f"{own.sudo().user_id.login} {own.role}": {
                "environments": "all" if own.scope == "all" else sorted(own.environment_ids.mapped("name"))
            }
            for own in held
        }

    def normalise(self, env, entries: dict[str, Entry]) -> dict[str, Entry]:
        return entries

    def find_problems(self, env, entries: dict[str, Entry], wanted: dict[str, set[str]]) -> Iterator[Finding]:
        logins = {self.section.path(key)[0] for key in entries}
        internal = [("login", "in", list(logins)), ("share", "=", False)]
        known = set(env["res.users"].sudo().search(internal).mapped("login"))
        for login in logins - known:
            yield (login,), "there is no active internal user with this login"
        for key, entry in entries.items():
            if entry["environments"] != "all":
                yield from unknown_environments(env, self.section.path(key), entry["environments"], wanted)

    def apply(self, env, change: Change) -> None:
        login, role = self.section.path(change.key)
        user = env["res.users"].sudo().search([("login", "=", login)])
        held = env["odooops.role.assignment"].search([("user_id", "=", user.id), ("role", "=", role)])
        if change.action == DELETE:
            held.unlink()
            return
        named = change.after["environments"] != "all"
        environments = find_environments(env, change.after["environments"] if named else ())
        vals = {"scope": "named" if named else "all", "environment_ids": [(6, 0, environments.ids)]}
        if held:
            held.write(vals)
        else:
            held.create({"user_id": user.id, "role": role, **vals})


def find_refusals(records, vals, changed: set[str] | None = None) -> list[tuple[str, str]]:
    """What the constraints of a model say of a record with ``vals``, which is made in memory alone.

    :param changed: only constraints on these fields are asked; without it all of them
    :return: the field that a constraint names first, and its message. What the caller may not read is told to those
        alone who could store the record: for others it says nothing of the configuration.
    """
    # As Odoo does when it stores one; the caller stays who asks.
    draft, found = records.sudo().new(vals), {}
    asked = [(check._constrains, check) for check in draft._constraint_methods]
    # What a model checks when a field is saved, but not as a constraint, since it also notes something.
    checked = getattr(draft, "_checked_when_saved", {})
    asked += [((field,), getattr(type(draft), method)) for field, method in checked.items()]
    for constrained, check in asked:
        if changed is not None and changed.isdisjoint(constrained):
            continue
        try:
            check(draft)
        except AccessError as error:
            if records.has_access("create"):
                found.setdefault(str(error), "")
        except UserError as error:
            found.setdefault(str(error), constrained[0])
    return [(attribute, " ".join(message.split())) for message, attribute in found.items()]


def find_environments(env, names: Iterable[str]):
    """The environments of these names; raises StoreError for one that is not there."""
    names = list(names)
    found = env["odooops.environment"].with_context(active_test=False).search([("name", "in", names)])
    if missing := set(names) - set(found.mapped("name")):
        raise StoreError(f"environment {min(missing)} is not there")
    return found


def unknown_environments(env, path, names: Iterable[str], wanted: dict[str, set[str]]) -> Iterator[Finding]:
    """The names of environments that are neither there nor made by the same configuration."""
    # As superuser: it is said of nothing but of what was named. Archived ones keep what is limited to them.
    there = env["odooops.environment"].sudo().with_context(active_test=False).search([])
    known = set(there.mapped("name")) | wanted.get("environments", set())
    for index, name in enumerate(names):
        if name not in known:
            visible = env["odooops.environment"].search([]).mapped("name")
            yield (*path, index), f'environment "{name}" is not known.{suggestion(name, visible)}'


def _unknown_secret(env, path, name: str) -> Iterator[Finding]:
    if not env["odooops.secret"].sudo().search_count([("name", "=", name)]):
        yield path, "there is no secret of that name: make it first, or in the section secrets"

"""Sections of a configuration: what may stand in them, and how their YAML and their entries become each other.

An entry is what is compared and changed as one: a key (a text) and a dict of plain values. Reading and writing what an
entry stands for is the addon's ``sections.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..roles import ROLES
from ..settings import Setting, schema as setting_schema

Entries = dict[str, dict[str, Any]]

NAME_SCHEMA = {
    "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$",
    "x-hint": "a name has letters, digits, dots, dashes and underscores, at most 63, and begins with a letter or digit",
}
MAX_ENTRIES = 1000


@dataclass(frozen=True)
class Field:
    """One value of an entry. ``attribute`` is the model's field, ``references`` the section whose keys are named."""

    name: str
    schema: Mapping[str, Any]
    required: bool = False
    attribute: str = ""
    references: str = ""

    def __post_init__(self):
        object.__setattr__(self, "attribute", self.attribute or self.name)


@dataclass(frozen=True)
class Section:
    """A part of the configuration: a mapping whose keys are names and whose values are mappings of ``fields``."""

    name: str
    description: str
    fields: tuple[Field, ...] = ()
    key_schema: Mapping[str, Any] = field(default_factory=lambda: dict(NAME_SCHEMA))

    can_prune: ClassVar[bool] = True

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the section's value."""
        entry: dict[str, Any] = {"type": "object", "additionalProperties": False}
        entry["properties"] = {own.name: dict(own.schema) for own in self.fields}
        if required := [own.name for own in self.fields if own.required]:
            entry["required"] = required
        return self._mapping(entry)

    def entries(self, data: Any) -> Entries:
        """The entries that valid ``data`` describes."""
        return {key: dict(entry) for key, entry in data.items()}

    def document(self, entries: Entries) -> Any:
        """The data that describes ``entries``; the opposite of :meth:`entries`, without what is empty."""
        return {
            key: {name: value for name, value in entry.items() if value not in ("", None)}
            for key, entry in sorted(entries.items())
        }

    def path(self, key: str) -> tuple[str, ...]:
        """Where the entry stands in the section's data."""
        return (key,)

    def _mapping(self, value_schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "description": self.description,
            "propertyNames": dict(self.key_schema),
            "additionalProperties": value_schema,
            "maxProperties": MAX_ENTRIES,
        }


@dataclass(frozen=True)
class Settings(Section):
    """Name → value, for the settings that are declared."""

    settings: tuple[Setting, ...] = ()

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "description": self.description,
            "additionalProperties": False,
            "properties": {own.name: setting_schema(own) for own in self.settings},
        }

    def entries(self, data: Any) -> Entries:
        return {name: {"value": value} for name, value in data.items()}

    def document(self, entries: Entries) -> Any:
        return {name: entry["value"] for name, entry in sorted(entries.items())}


@dataclass(frozen=True)
class Roles(Section):
    """Login → role → "all", or the environments it is limited to. An entry is one role of one user."""

    def schema(self) -> dict[str, Any]:
        names = {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}
        scope = {
            "anyOf": [{"const": "all"}, names],
            "x-hint": "expected all, or a list of environments that is not empty",
        }
        properties = {"type": "object", "additionalProperties": False, "minProperties": 1}
        return self._mapping(properties | {"properties": dict.fromkeys(ROLES, scope)})

    def entries(self, data: Any) -> Entries:
        return {
            f"{login} {role}": {"environments": scope}
            for login, roles in data.items()
            for role, scope in roles.items()
        }

    def document(self, entries: Entries) -> Any:
        found: dict[str, dict[str, Any]] = {}
        for key, entry in sorted(entries.items()):
            login, role = self.path(key)
            found.setdefault(login, {})[role] = entry["environments"]
        return found

    def path(self, key: str) -> tuple[str, ...]:
        login, _space, role = key.rpartition(" ")
        return login, role


KEPT = "kept"


@dataclass(frozen=True)
class Secrets(Section):
    """Name → reference, or the word ``kept`` for a value that was set at the server and stays there."""

    def schema(self) -> dict[str, Any]:
        reference = {
            "type": "string",
            "pattern": r"^(\$[A-Z_][A-Z0-9_]*|\$\{[A-Z_][A-Z0-9_]*\}|file:/.+|kept)$",
            "writeOnly": True,
            "x-hint": "a secret is never written here: name a variable ($ODOOOPS_SECRET_…) or a file (file:/…) that "
            "has it, or set its value by the backend or the command line and write kept",
        }
        # Whoever writes a secret in the place of all of them does not find it in a message either.
        return self._mapping(reference) | {"writeOnly": True}

    def entries(self, data: Any) -> Entries:
        return {name: {"reference": reference} for name, reference in data.items()}

    def document(self, entries: Entries) -> Any:
        return {name: entry["reference"] for name, entry in sorted(entries.items())}


def whole_schema(sections: list[Section]) -> dict[str, Any]:
    """The JSON Schema of a whole configuration."""
    prunable = [section.name for section in sections if section.can_prune]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "OdooOps configuration",
        "description": "What an OdooOps platform is configured with: .odoo-config/observability.yaml.",
        "type": "object",
        "writeOnly": True,
        "required": ["version"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": 1, "description": "The version of this format."},
            "prune": {
                "type": "array",
                "description": "Sections that are complete: what is there and is not listed is taken away.",
                "items": {"enum": prunable},
                "uniqueItems": True,
                "default": [],
            },
            **{section.name: section.schema() for section in sections},
        },
    }

"""Which module a table belongs to: found out once for each set of models, as they are loaded.

To look at each field is to write to the memory of each, which a forked worker shares with the others until then. So a
prefork server's master does it, and its workers find it done.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping

from odoo.modules.registry import Registry

# Of a process that serves more databases, those whose models it has loaded last.
MAX_DATABASES = 50
_NOTHING: Mapping[str, str | None] = {}


class TableModules:
    """Maps by database; a registry that is loaded anew is another one."""

    def __init__(self):
        self._known: dict[str, tuple[weakref.ref, int, Mapping[str, str | None]]] = {}

    def of(self, database: str | None) -> Mapping[str, str | None]:
        """Modules by table, of the models and their relations; empty as long as the models are being loaded."""
        registry = Registry.registries.get(database) if database else None
        if registry is None or not registry.ready:
            return _NOTHING
        known = self._known.get(database)
        if known is None or known[0]() is not registry or known[1] != len(registry.models):
            self.forget(database)
            if len(self._known) >= MAX_DATABASES:
                self.forget(next(iter(self._known)))
            known = self._known[database] = (weakref.ref(registry), len(registry.models), read(registry))
        return known[2]

    def forget(self, database: str) -> None:
        self._known.pop(database, None)


shared = TableModules()


def read(registry: Registry) -> dict[str, str | None]:
    """Modules by table: a table is the module's that has brought its model, or the field that it relates."""
    # None for the model of nobody's module, that users have made: Odoo has False.
    found: dict[str, str | None] = {}
    relations: dict[str, str | None] = {}
    for model in list(registry.models.values()):
        if model._abstract or not model._auto:
            continue
        found[model._table] = model._original_module or None
        for field in model._fields.values():
            if field.type == "many2many" and field.store and field.relation:
                relations.setdefault(field.relation, field._module or model._original_module or None)
    # A view that a report reads is a model's, too, but declares nothing to be made.
    for model in list(registry.models.values()):
        if not model._abstract:
            found.setdefault(model._table, model._original_module or None)
    return relations | found

"""Registries (the models of a database): loading, installing and upgrading, and telling others to load anew."""

from __future__ import annotations

from collections.abc import Callable

from odoo.modules import loading
from odoo.modules.registry import Registry

from ..tools import semconv
from . import faults, runtime
from .measuring import Measured, measure
from .patch import wrap


def instrument(loaded: Callable[[str], None]) -> None:
    """Wrap what loads registries.

    :param loaded: called with the database after each: addons that it has imported are there by then
    """
    wrap(Registry, "new", _new(loaded))
    wrap(Registry, "signal_changes", _signal_changes)
    wrap(loading, "load_data", _load_data)


def _new(loaded: Callable[[str], None]):
    def make(original):
        def new(cls, db_name, **options):
            try:
                return _measured_new(original, cls, db_name, options)
            finally:
                try:
                    loaded(db_name)
                except Exception:
                    faults.report("Telemetry could not be put in place; Odoo is not affected.")

        return new

    return make


def _measured_new(original, cls, db_name, options):
    if runtime.active is None:
        return original(cls, db_name, **options)
    changes = ("update_module", "install_modules", "upgrade_modules", "reinit_modules")
    kind = "update" if any(options.get(name) for name in changes) else "load"
    attributes = {"odoo.registry.load.kind": kind}
    with Measured(semconv.REGISTRY_LOAD_DURATION, f"registry {kind}", attributes):
        registry = original(cls, db_name, **options)
        # Only now: what fails may be a name that somebody made up.
        attributes["db.namespace"] = db_name
        return registry


def _signal_changes(original):
    def signal_changes(self):
        try:
            if self.registry_invalidated:
                measure(semconv.REGISTRY_INVALIDATIONS, "registry", self.db_name)
            elif names := self.cache_invalidated:
                for name in list(names):
                    measure(semconv.REGISTRY_INVALIDATIONS, name, self.db_name)
        except Exception:
            faults.report("Telemetry could not count an invalidation; Odoo is not affected.")
        return original(self)

    return signal_changes


def _load_data(original):
    def load_data(env, idref, mode, kind, package):
        if runtime.active is None or kind != "data":
            return original(env, idref, mode, kind, package)
        attributes = {
            "odoo.module.name": package.name,
            "odoo.module.operation": mode,
            "db.namespace": env.cr.dbname,
        }
        with Measured(semconv.MODULE_LOAD_DURATION, f"module {mode}", attributes):
            return original(env, idref, mode, kind, package)

    return load_data

"""Odoo's routes, made once: Odoo empties all caches after each test, and each request would have to make them anew.

A plugin of pytest for the addons' tests. Routes are made of code and of the names of the modules, not of records.
"""

from functools import wraps


def keep(method):
    """``method`` of a model, called once for each key and each set of modules that the registry has."""
    kept = {}

    @wraps(method)
    def routing_map(model, key=None):
        modules = key, frozenset(model.pool._init_modules)
        if modules not in kept:
            kept[modules] = method(model, key)
        return kept[modules]

    return routing_map


def pytest_collection_finish() -> None:
    """Odoo and the addons are there by now; its cache looks, counts and forgets as ever."""
    from odoo.addons.base.models.ir_http import IrHttp

    cache = IrHttp.routing_map.__cache__
    cache.method = keep(cache.method)

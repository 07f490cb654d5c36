"""Calls from outside: JSON-RPC, XML-RPC and /json/2.

Whatever the way, Odoo asks ``get_public_method`` whether a model's method may be called. What it lets
pass is the name of an existing method of an existing model; what a caller wrote before that is not.
The first one of a request is the call; methods may make further calls. The services ``common`` and
``db`` have functions instead, which are named after them: ``common.authenticate``.
"""

from __future__ import annotations

import sys

from odoo.service import common, db, model as service_model

from . import driver_choice
from .patch import wrap
from .record import current

# It has imported the function by name; loaded later than this, it gets the wrapped one by itself.
_JSON2 = "odoo.addons.rpc.controllers.json2"


def instrument() -> None:
    for module in (service_model, sys.modules.get(_JSON2)):
        if module is not None:
            wrap(module, "get_public_method", _get_public_method)
    wrap(common, "dispatch", _dispatch("common", common))
    wrap(db, "dispatch", _dispatch("db", db))


def _get_public_method(original):
    def get_public_method(model, name):
        method = original(model, name)
        _name_call(model._name, name, model.env.cr)
        return method

    return get_public_method


def _dispatch(service: str, module):
    def make(original):
        def dispatch(method, params):
            if f"exp_{method}" in vars(module):
                _name_call(service, method)
            return original(method, params)

        return dispatch

    return make


def _name_call(owner: str, method: str, cursor=None) -> None:
    record = current.get()
    if record is not None and record.rpc_method is None:
        record.rpc_method = f"{owner}.{method}"
        if cursor is not None and record.sampler.policies.has_driver_rules:
            driver_choice.reconsider(record, cursor)

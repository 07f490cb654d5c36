import inspect
import re

from odoo import api, models

from ..roles import requires
from ..tools import access_table
from ..tools.roles import EVERYBODY, ROLES, smallest

OURS = "odoo.addons.odooops_"
OPERATIONS = ("read", "write", "create", "unlink")
# A method of ours that only adds to one of Odoo's: what Odoo checks for that one is checked.
BY_RECORDS = "records"


class OdooopsAccess(models.AbstractModel):
    """Who may do what: read from the rights that Odoo checks, not from a list that somebody keeps.

    The table has every model of our addons with its rights by record, every public method, and every route.
    ``docs/access.md`` is the same table of all addons; a test fails when something in it is open to nobody knows whom.
    """

    _name = "odooops.access"
    _description = "Access Table"

    @api.model
    @api.readonly
    @requires("viewer")
    def get_access_table(self):
        """Which role may do what.

        Returns a dict of three lists of dicts:

        - ``models``: ``model``, ``title``, ``operations`` (a dict of ``read``, ``write``, ``create`` and ``unlink``,
          each the list of the smallest roles that may) and ``rules`` (sentences: to which records that is limited);
        - ``methods``: ``model``, ``method``, ``role``, ``everywhere`` (whether the role has to be held in all
          environments) and ``summary``; the role is "records" where the rights on the model's records decide;
        - ``routes``: ``path``, ``verbs``, ``auth`` (of Odoo) and ``role``.

        A role includes itself, viewers are included in every other, operators in administrators. The role is
        "everybody" where none is asked for on purpose, and empty where it was forgotten.
        """
        return {
            "models": self._collect_models(),
            "methods": self._collect_methods(),
            "routes": self._collect_routes(),
        }

    @api.model
    @api.readonly
    @requires("viewer")
    def get_access_page(self):
        """The same as a page of Markdown, as it is in ``docs/access.md``."""
        return access_table.render(self.get_access_table())

    def _collect_models(self):
        return [self._describe_model(model) for model in self._get_own_models() if not model._abstract]

    def _get_own_models(self):
        """The models that an addon of ours made, those without records included."""
        models = (self.env[name] for name in sorted(self.env.registry))
        return [model for model in models if (model._original_module or "").startswith("odooops_")]

    def _describe_model(self, model):
        rights = self.env["ir.model.access"].sudo().search([("model_id.model", "=", model._name)])
        rules = self.env["ir.rule"].sudo().search([("model_id.model", "=", model._name)], order="id")
        return {
            "model": model._name,
            "title": model._description,
            "operations": {operation: self._get_holders(rights, operation) for operation in OPERATIONS},
            "rules": rules.mapped("name"),
        }

    def _get_holders(self, rights, operation):
        """The smallest roles to which one of ``rights`` gives the operation, and what groups beside the roles."""
        rights = rights.filtered(f"perm_{operation}")
        get_group = self.env["odooops.role.assignment"]._get_group
        others = rights.group_id - self.env["res.groups"]._get_odooops_groups()
        roles = [role for role in ROLES if (rights.group_id - others) & get_group(role).all_implied_ids]
        everybody = [EVERYBODY] if rights.filtered(lambda right: not right.group_id) else []
        return [*smallest(roles), *others.mapped("full_name"), *everybody]

    def _collect_methods(self):
        found = {}
        for model in (self.env[name] for name in sorted(self.env.registry)):
            for layer in type(model).mro():
                for name, method in vars(layer).items() if _is_own(layer) else ():
                    if _is_public(name, method):
                        # A model has the methods of an abstract one that it inherits from: named once, there.
                        found.setdefault(method, self._describe_method(model, layer, name, method))
        # What is ours first: create, write and unlink of each model say little.
        return sorted(
            found.values(), key=lambda row: (row["role"] == BY_RECORDS, row["model"], row["method"])
        )

    def _describe_method(self, model, layer, name, method):
        is_framework = any(name in vars(other) for other in type(model).mro() if not _is_own(other))
        role = getattr(method, "_odooops_role", "") or (BY_RECORDS if is_framework else "")
        return {
            "model": getattr(layer, "_name", None) or model._name,
            "method": name,
            "role": role,
            "everywhere": getattr(method, "_odooops_everywhere", False),
            "summary": self.env._("Odoo's own") if role == BY_RECORDS else _get_summary(method),
        }

    def _collect_routes(self):
        routing, installed = self.env["ir.http"], sorted(self.env.registry._init_modules)
        rules = routing._generate_routing_rules(installed, routing._get_converters())
        found = [self._describe_route(path, endpoint) for path, endpoint in rules if _is_own_route(endpoint)]
        return sorted(found, key=lambda row: row["path"])

    def _describe_route(self, path, endpoint):
        return {
            "path": path,
            "verbs": sorted(set(endpoint.routing["methods"] or ()) - {"OPTIONS", "HEAD"}),
            "auth": endpoint.routing["auth"],
            "role": getattr(endpoint, "_odooops_role", ""),
        }


def _get_summary(method):
    """The first line of what the method says about itself, without marks for the reader of code."""
    line = (inspect.getdoc(method) or "").partition("\n")[0]
    return re.sub(r":\w+:`~?([^`]+)`", r"\1", line).replace("``", "")


def _is_public(name, method):
    return (
        inspect.isfunction(method) and not name.startswith("_") and not getattr(method, "_api_private", False)
    )


def _is_own(layer):
    return layer.__module__.startswith(OURS)


def _is_own_route(endpoint):
    return any(
        _is_own(layer) and endpoint.__name__ in vars(layer) for layer in type(endpoint.func.__self__).mro()
    )

from collections.abc import Collection

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.i18n import format_list

from ..roles import requires
from ..tools.roles import ADMIN, ROLES


class OdooopsRoleAssignment(models.Model):
    """Giving and taking roles by login and names of environments, as programs and the command line do."""

    _inherit = "odooops.role.assignment"

    @api.model
    @requires("admin")
    def grant_role(self, login, role, environments=None):
        """Gives the user with that login a role, beside those he has.

        :param list environments: names; None for all environments. They are added to those he has the role in.
        :return: a dict with ``id``, ``user``, ``role``, ``scope`` and ``environments`` (names)

        Raises UserError for an unknown login, role or environment; AccessError for what is beyond the own role.
        """
        user, held, reach = self._find_assignment(login, role, environments)
        allowed = self.env["res.users"]._get_odooops_grantable()
        self.env["res.users"]._check_odooops_grantor(allowed, "role.granted", user, role, reach)
        vals = {"scope": "named", "environment_ids": [Command.link(one.id) for one in reach or ()]}
        if reach is None:
            vals = {"scope": "all"}
        if not held:
            held = held.create({"user_id": user.id, "role": role, **vals})
        elif held.scope == "named":
            held.write(vals)
        return held.with_env(self.env)._describe()

    @api.model
    @requires("admin")
    def revoke_role(self, login, role, environments=None):
        """Takes a role from the user with that login: in the named environments, or, without names, altogether.

        Returns whether he held it. Raises as :meth:`grant_role` does, and UserError when a role that is held in
        all environments is to be taken in some.
        """
        user, held, reach = self._find_assignment(login, role, environments)
        if not held:
            return False
        if reach is not None and held.scope == "all":
            raise UserError(
                self.env._(
                    "The role is held in all environments: take it, and give it in those that shall remain."
                )
            )
        if reach is None or held.environment_ids <= reach:
            return held.with_env(self.env).unlink()
        allowed = self.env["res.users"]._get_odooops_grantable()
        self.env["res.users"]._check_odooops_grantor(allowed, "role.revoked", user, role, reach)
        return held.write({"environment_ids": [Command.unlink(one.id) for one in reach]})

    def _describe(self):
        self.ensure_one()
        return {
            "id": self.id,
            "user": self.user_id.login,
            "role": self.role,
            "scope": self.scope,
            "environments": self.environment_ids._filtered_access("read").mapped("name"),
        }

    @api.model
    def _find_assignment(self, login, role, environments):
        """The user of that login, his assignment of that role, as superuser, and the environments; None for all."""
        user = self.env["res.users"].search([("login", "=", login), ("share", "=", False)])
        if not user:
            raise UserError(self.env._("There is no internal user with the login %(login)r.", login=login))
        if role not in ROLES:
            known = format_list(self.env, ROLES)
            raise UserError(self.env._("%(role)r is no role. Roles are: %(known)s.", role=role, known=known))
        if environments and (isinstance(environments, str) or not isinstance(environments, Collection)):
            raise UserError(self.env._("Environments: give a list of names, such as ['staging']."))
        if environments is not None and not environments:
            raise UserError(self.env._("Environments: name at least one, or leave them out to mean all."))
        held = self.sudo().search([("user_id", "=", user.id), ("role", "=", role)])
        find = self.env["odooops.environment"]._find
        reach = environments and self.env["odooops.environment"].union(
            *(find(n, ADMIN) for n in environments)
        )
        return user, held, reach

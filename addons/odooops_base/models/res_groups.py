import contextlib

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..tools.roles import ROLES
from .res_users import GROUP

IMPLICATIONS = {"implied_ids", "implied_by_ids"}


class ResGroups(models.Model):
    """Odoo's groups say who holds a role: what changes them is seen here, whichever form or call it came by."""

    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        with self._watching_odooops_implications():
            return super().create(vals_list)

    def write(self, vals):
        if "user_ids" not in vals:
            with self._watching_odooops_implications(IMPLICATIONS & vals.keys()):
                return super().write(vals)
        allowed, before = self.env["res.users"]._get_odooops_grantable(), self._get_odooops_members()
        inherited = before._get_odooops_inherited()
        with self._watching_odooops_implications(IMPLICATIONS & vals.keys()):
            result = super().write(vals)
        joined = self._get_odooops_members() - before
        inherited |= joined._get_odooops_inherited(without=self)
        users = (before | joined).with_env(self.env)
        if self & self._get_odooops_groups():
            self.env["odooops.role.assignment"]._follow_groups(users, allowed)
        users._check_odooops_inherited(allowed, inherited)
        return result

    def unlink(self):
        with self._watching_odooops_implications():
            return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_odooops_roles(self):
        if self & self._get_odooops_groups():
            raise UserError(self.env._("The groups of OdooOps' roles go when OdooOps is uninstalled."))

    @api.model
    def _get_odooops_groups(self):
        """The groups of the roles, which are told by their names: their privilege can be changed in a form."""
        found = [self.env.ref(GROUP.format(role), raise_if_not_found=False) for role in ROLES]
        # Not of self, which would then be one of them: nobody would look at what becomes of it.
        return self.env["res.groups"].sudo().union(*filter(None, found))

    def _get_odooops_members(self):
        """Who is in one of these groups, archived users included: who was put there comes back with the group."""
        return self.sudo().with_context(active_test=False).user_ids

    @contextlib.contextmanager
    def _watching_odooops_implications(self, wanted=True):
        """Notices when another group begins or ends to imply a role: all its members get or lose it."""
        before = self._get_odooops_implying() if wanted else {}
        allowed = self.env["res.users"]._get_odooops_grantable() if before else None
        try:
            yield
        except Exception:
            self.env["res.users"]._forget_odooops_rights()
            raise
        # When the groups themselves go, OdooOps is being uninstalled: there is nothing left to compare.
        after = self._get_odooops_implying() if before else {}
        changed = [role for role in after if before[role] != after[role]]
        if not changed:
            return
        for role in changed:
            self.env["res.users"]._check_odooops_grantor(allowed, "role.inherited", self.env.user, role)
        details = self._describe_implications(changed, before, after)
        self.env["odooops.event"]._log("role.inherited", details=details)

    def _get_odooops_implying(self):
        """Role → ids of the groups that imply its group, our own left out; nothing before all four are there."""
        ours = self._get_odooops_groups().ids
        if len(ours) < len(ROLES):
            return {}
        # Direct SQL: what Odoo keeps of its groups may be of a change that was taken back by now (an import that
        # tries again), and would then be no change.
        query = SQL(
            """
            WITH RECURSIVE implying AS (
                SELECT hid AS role_id, gid FROM res_groups_implied_rel WHERE hid IN %s
                UNION
                SELECT implying.role_id, rel.gid
                FROM implying JOIN res_groups_implied_rel rel ON rel.hid = implying.gid
            )
            SELECT role_id, array_agg(gid) FROM implying GROUP BY role_id
            """,
            tuple(ours),
        )
        found = dict(self.env.execute_query(query))
        return {role: set(found.get(group, ())) - set(ours) for role, group in zip(ROLES, ours, strict=True)}

    def _describe_implications(self, roles, before, after):
        def names(side, other):
            ids = set().union(*(side[role] - other[role] for role in roles))
            return self.sudo().browse(sorted(ids)).exists().mapped("full_name")

        return {"roles": roles, "by": names(after, before), "no longer by": names(before, after)}

    def _set_odooops_member(self, user, is_member):
        """Puts the user into this group or takes him out, if that is not so yet."""
        if (self in user.group_ids) != is_member:
            command = Command.link(self.id) if is_member else Command.unlink(self.id)
            user.sudo().write({"group_ids": [command]})

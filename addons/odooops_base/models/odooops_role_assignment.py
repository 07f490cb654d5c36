from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools.i18n import format_list

from ..roles import requires
from ..tools.roles import ADMIN, ROLES
from .res_users import GROUP

ROLE_SELECTION = [
    ("viewer", "Viewer"),
    ("operator", "Operator"),
    ("auditor", "Auditor"),
    ("admin", "Administrator"),
]


class OdooopsRoleAssignment(models.Model):
    """Who holds which role, in all environments or in named ones.

    Odoo's groups follow: whoever has an assignment is in the group of its role, and who is put into that group or
    taken out of it (a user's form, single sign-on) gets or loses an assignment. So there is one truth, whichever way
    it was told, and one check of who tells it: only OdooOps administrators, and those of some environments in these.
    """

    _name = "odooops.role.assignment"
    _description = "Role of a User"
    _order = "user_id, role"
    _rec_name = "role"

    user_id = fields.Many2one(
        "res.users", required=True, ondelete="cascade", index=True, domain=[("share", "=", False)]
    )
    role = fields.Selection(
        ROLE_SELECTION,
        required=True,
        default="viewer",
        help="Viewers see the platform. Operators also act on it, auditors also read what was done, and "
        "administrators also set it up.",
    )
    scope = fields.Selection(
        [("all", "All environments"), ("named", "Named environments")],
        string="Where",
        required=True,
        default="all",
        help="All environments includes those that are made later.",
    )
    # Archived ones too: a role that is limited to them must not lose its limits.
    environment_ids = fields.Many2many(
        "odooops.environment", string="Environments", context={"active_test": False}
    )

    _user_role_uniq = models.Constraint(
        "UNIQUE(user_id, role)", "The user has that role already: change its environments instead."
    )

    @api.depends("user_id", "role", "scope", "environment_ids")
    def _compute_display_name(self):
        roles = dict(self._fields["role"]._description_selection(self.env))
        for assignment in self:
            where = format_list(self.env, assignment.environment_ids.mapped("name"))
            limit = f" ({where})" if assignment.scope == "named" else ""
            assignment.display_name = f"{assignment.user_id.name}: {roles.get(assignment.role)}{limit}"

    @api.constrains("scope", "environment_ids")
    def _check_environments(self):
        for assignment in self.sudo():
            if (assignment.scope == "named") != bool(assignment.environment_ids):
                raise ValidationError(
                    self.env._("Environments: name at least one, or give the role in all environments.")
                )

    @api.constrains("user_id")
    def _check_user(self):
        for user in self.sudo().user_id.filtered("share"):
            raise ValidationError(
                self.env._("%(user)s is no internal user: OdooOps roles are for those.", user=user.name)
            )

    @api.model_create_multi
    def create(self, vals_list):
        assignments = super().create([self._without_limits(vals) for vals in vals_list])
        for assignment in assignments.sudo():
            self.env["res.users"]._check_odooops_grantor("role.granted", assignment.user_id, assignment.role, assignment._get_reach())
            self._get_group(assignment.role)._set_odooops_member(assignment.user_id, True)
        assignments._log_change("role.granted")
        return assignments

    def write(self, vals):
        if vals.keys() & {"user_id", "role"}:
            raise UserError(
                self.env._("An assignment keeps its user and its role: remove it and make another one.")
            )
        before = {assignment: assignment._get_reach() for assignment in self.sudo()}
        result = super().write(self._without_limits(vals))
        for assignment, reach in before.items():
            changed = _difference(reach, assignment._get_reach())
            self.env["res.users"]._check_odooops_grantor("role.changed", assignment.user_id, assignment.role, changed)
        self._check_administrator_remains()
        # Record rules are made of assignments, and Odoo keeps them in a cache.
        self.env.registry.clear_cache()
        self._log_change("role.changed")
        return result

    def unlink(self):
        for assignment in self.sudo():
            self.env["res.users"]._check_odooops_grantor("role.revoked", assignment.user_id, assignment.role, assignment._get_reach())
        self._log_change("role.revoked")
        memberships = [(assignment.user_id, assignment.role) for assignment in self.sudo()]
        result = super().unlink()
        for user, role in memberships:
            self._get_group(role)._set_odooops_member(user, False)
        self._check_administrator_remains()
        return result

    @api.model
    @requires("admin")
    def grant_role(self, login, role, environments=None):
        """Gives the user with that login a role, beside those he has.

        :param list environments: names; None for all environments. They are added to those he has the role in.
        :return: a dict with ``id``, ``user``, ``role``, ``scope`` and ``environments`` (names)

        Raises UserError for an unknown login, role or environment; AccessError for what is beyond the own role.
        """
        user, held, reach = self._find_assignment(login, role, environments)
        self.env["res.users"]._check_odooops_grantor("role.granted", user, role, reach)
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
        self.env["res.users"]._check_odooops_grantor("role.revoked", user, role, reach)
        return held.write({"environment_ids": [Command.unlink(one.id) for one in reach]})

    def _describe(self):
        self.ensure_one()
        return {
            "id": self.id,
            "user": self.user_id.login,
            "role": self.role,
            "scope": self.scope,
            "environments": self.environment_ids.mapped("name"),
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
        if environments is not None and not environments:
            raise UserError(self.env._("Environments: name at least one, or leave them out to mean all."))
        held = self.sudo().search([("user_id", "=", user.id), ("role", "=", role)])
        find = self.env["odooops.environment"]._find
        reach = environments and self.env["odooops.environment"].union(*(find(n, ADMIN) for n in environments))
        return user, held, reach

    @api.model
    def _without_limits(self, vals):
        """What is given in all environments names none."""
        return vals | {"environment_ids": [Command.clear()]} if vals.get("scope") == "all" else vals

    @api.model
    def _get_group(self, role):
        return self.env.ref(GROUP.format(role)).sudo()

    def _get_reach(self):
        """The environments in which the role is given; None for all."""
        return None if self.scope == "all" else self.environment_ids

    @api.model
    def _check_administrator_remains(self):
        if not self.env.su and not self.sudo().search_count(
            [("role", "=", ADMIN), ("scope", "=", "all"), ("user_id.active", "=", True)], limit=1
        ):
            raise UserError(
                self.env._(
                    "One administrator of all environments has to remain: give somebody else the role first."
                )
            )

    def _log_change(self, event):
        for assignment in self.sudo():
            environments = assignment.environment_ids
            self.env["odooops.event"]._log(
                event,
                target=assignment.user_id,
                environment=environments if len(environments) == 1 else None,
                details={
                    "role": assignment.role,
                    "scope": assignment.scope,
                    "environments": environments.mapped("name"),
                },
            )

    @api.model
    def _follow_groups(self, users):
        """Makes the assignments of ``users`` agree with the groups they were put into, if the caller may do that."""
        found = {(own.user_id.id, own.role): own for own in self.sudo().search([("user_id", "in", users.ids)])}
        groups = self.env["res.groups"]._get_odooops_groups()
        wanted = {
            (user.id, role)
            for user in users.sudo()
            for role in (ROLES if groups & user.group_ids else ())
            if self._get_group(role) in user.group_ids
        }
        lost = self.sudo().union(*(found[key] for key in found.keys() - wanted))
        for assignment in lost:
            self.env["res.users"]._check_odooops_grantor("role.revoked", assignment.user_id, assignment.role, assignment._get_reach())
        missing = sorted(wanted - found.keys())
        for user, role in missing:
            self.env["res.users"]._check_odooops_grantor("role.granted", users.browse(user), role)
        self.sudo().create([{"user_id": user, "role": role} for user, role in missing])
        if lost:
            lost.unlink()
            self._check_administrator_remains()

    @api.model
    def _adopt_members(self):
        """At install and update: whoever is in one of the groups has an assignment."""
        self._follow_groups(self.env["res.groups"]._get_odooops_groups().with_context(active_test=False).user_ids)


def _difference(before, after):
    """The environments in which something changes; None when it is all."""
    if before is None or after is None:
        return None
    return (before - after) | (after - before)

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL
from odoo.tools.i18n import format_list

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
    _allow_sudo_commands = False
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
            seen = assignment.environment_ids._filtered_access("read")
            where = format_list(self.env, seen.mapped("name"))
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
        allowed = self.env["res.users"]._get_odooops_grantable()
        assignments = super().create([self._without_limits(vals) for vals in vals_list])
        for assignment in assignments.sudo():
            self.env["res.users"]._check_odooops_grantor(
                allowed, "role.granted", assignment.user_id, assignment.role, assignment._get_reach()
            )
            self._get_group(assignment.role)._set_odooops_member(assignment.user_id, True)
        assignments._log_change("role.granted")
        assignments._forget_environments()
        return assignments

    def write(self, vals):
        if vals.keys() & {"user_id", "role"}:
            raise UserError(
                self.env._("An assignment keeps its user and its role: remove it and make another one.")
            )
        allowed = self.env["res.users"]._get_odooops_grantable()
        before = {assignment: assignment._get_reach() for assignment in self.sudo()}
        self.check_access("write")
        # As superuser: who limits his own role must still reach the environments that he names.
        result = super(OdooopsRoleAssignment, self.sudo()).write(self._without_limits(vals))
        for assignment, reach in before.items():
            changed = _difference(reach, assignment._get_reach())
            self.env["res.users"]._check_odooops_grantor(
                allowed, "role.changed", assignment.user_id, assignment.role, changed
            )
        self._check_administrator_remains()
        # Record rules are made of assignments, and Odoo keeps them in a cache.
        self.env.registry.clear_cache()
        self._log_change("role.changed")
        self._forget_environments()
        return result

    def unlink(self):
        allowed = self.env["res.users"]._get_odooops_grantable()
        for assignment in self.sudo():
            self.env["res.users"]._check_odooops_grantor(
                allowed, "role.revoked", assignment.user_id, assignment.role, assignment._get_reach()
            )
        self._log_change("role.revoked")
        memberships = [(assignment.user_id, assignment.role) for assignment in self.sudo()]
        result = super().unlink()
        for user, role in memberships:
            self._get_group(role)._set_odooops_member(user, False)
        self._check_administrator_remains()
        return result

    @api.model
    def _without_limits(self, vals):
        """What is given in all environments names none."""
        return vals | {"environment_ids": [Command.clear()]} if vals.get("scope") == "all" else vals

    @api.model
    def _get_group(self, role):
        return self.env.ref(GROUP.format(role)).sudo()

    def _forget_environments(self):
        """The superuser has read them all for the checks, and the caller may see fewer."""
        self.flush_recordset()
        self.invalidate_recordset(["environment_ids"])

    def _get_reach(self):
        """The environments in which the role is given; None for all."""
        return None if self.scope == "all" else self.environment_ids

    @api.model
    def _check_administrator_remains(self):
        if self.env.su:
            return
        self._lock_administrators()
        if not self.sudo().search_count(
            [("role", "=", ADMIN), ("scope", "=", "all"), ("user_id.active", "=", True)], limit=1
        ):
            raise UserError(
                self.env._(
                    "One administrator of all environments has to remain: give somebody else the role first."
                )
            )

    @api.model
    def _lock_administrators(self):
        """Two who take the role from each other at the same time: one waits, fails to serialise, and is run again."""
        self.flush_model()
        query = (
            "SELECT id FROM odooops_role_assignment WHERE role = %s AND scope = 'all' ORDER BY id FOR UPDATE"
        )
        self.env.execute_query(SQL(query, ADMIN))

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
    def _follow_groups(self, users, allowed=None):
        """Makes the assignments of ``users`` agree with the groups they were put into, if the caller may do that.

        :param allowed: where the caller gave and took roles before; see ``res.users._get_odooops_grantable``
        """
        found = {
            (own.user_id.id, own.role): own for own in self.sudo().search([("user_id", "in", users.ids)])
        }
        groups = self.env["res.groups"]._get_odooops_groups()
        wanted = {
            (user.id, role)
            for user in users.sudo()
            for role in (ROLES if groups & user.group_ids else ())
            if self._get_group(role) in user.group_ids
        }
        lost = self.sudo().union(*(found[key] for key in found.keys() - wanted))
        for assignment in lost:
            self.env["res.users"]._check_odooops_grantor(
                allowed, "role.revoked", assignment.user_id, assignment.role, assignment._get_reach()
            )
        missing = sorted(wanted - found.keys())
        for user, role in missing:
            self.env["res.users"]._check_odooops_grantor(allowed, "role.granted", users.browse(user), role)
        self.sudo().create([{"user_id": user, "role": role} for user, role in missing])
        if lost:
            lost.unlink()
            self._check_administrator_remains()

    @api.model
    def _adopt_members(self):
        """At install and update: whoever is in one of the groups has an assignment."""
        groups = self.env["res.groups"]._get_odooops_groups().with_context(active_test=False)
        self._follow_groups(groups.user_ids)


def _difference(before, after):
    """The environments in which something changes; None when it is all."""
    if before is None or after is None:
        return None
    return (before - after) | (after - before)

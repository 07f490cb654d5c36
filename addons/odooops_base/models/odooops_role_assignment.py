from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools.i18n import format_list

from ..tools.roles import ROLES

GROUP = "odooops_base.group_odooops_{}"
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
    it was told.
    """

    _name = "odooops.role.assignment"
    _description = "Role of a User"
    _order = "user_id, role"
    _rec_name = "role"

    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", index=True)
    role = fields.Selection(ROLE_SELECTION, required=True, default="viewer")
    scope = fields.Selection(
        [("all", "All environments"), ("named", "Named environments")],
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

    @api.model_create_multi
    def create(self, vals_list):
        assignments = super().create(vals_list)
        assignments._check_grantor()
        for assignment in assignments:
            assignment._set_membership(Command.link)
        assignments._log_change("role.granted")
        return assignments

    def write(self, vals):
        if vals.keys() & {"user_id", "role"}:
            raise UserError(
                self.env._("An assignment keeps its user and its role: remove it and make another one.")
            )
        self._check_grantor()
        result = super().write(vals)
        self._check_grantor()
        # Record rules are made of assignments, and Odoo keeps them in a cache.
        self.env.registry.clear_cache()
        self._log_change("role.changed")
        return result

    def unlink(self):
        self._check_grantor()
        self._log_change("role.revoked")
        memberships = [(assignment.user_id, assignment.role) for assignment in self]
        result = super().unlink()
        for user, role in memberships:
            self._get_group(role)._set_odooops_member(user, Command.unlink)
        return result

    @api.model
    def _get_group(self, role):
        return self.env.ref(GROUP.format(role)).sudo()

    def _set_membership(self, command):
        self._get_group(self.role)._set_odooops_member(self.user_id, command)

    def _check_grantor(self):
        """Nobody gives or takes what is beyond the own role: administrators of some environments act in those."""
        if self.env.su:
            return
        allowed = self.env.user._get_odooops_environment_ids("admin")
        for assignment in self.sudo():
            named = assignment.scope == "named" and set(assignment.environment_ids.ids) <= set(allowed or ())
            if allowed is not None and not named:
                raise AccessError(
                    self.env._(
                        "You administer some environments only: you can give and take roles in those, "
                        "not in all environments."
                    )
                )

    def _log_change(self, event):
        for assignment in self.sudo():
            environments = assignment.environment_ids.mapped("name")
            self.env["odooops.event"]._log(
                event,
                target=assignment.user_id,
                details={
                    "role": assignment.role,
                    "scope": assignment.scope,
                    "environments": environments if assignment.scope == "named" else [],
                },
            )

    @api.model
    def _follow_groups(self, users):
        """Makes the assignments of ``users`` agree with the groups they were put into."""
        assignments = self.sudo()
        found = {
            (own.user_id.id, own.role): own for own in assignments.search([("user_id", "in", users.ids)])
        }
        wanted = {
            (user.id, role)
            for role in ROLES
            for user in users
            if self._get_group(role).id in user.group_ids.ids
        }
        missing = sorted(wanted - found.keys())
        assignments.create([{"user_id": user, "role": role} for user, role in missing])
        assignments.union(*(found[key] for key in found.keys() - wanted)).unlink()

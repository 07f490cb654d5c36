from odoo import api, models
from odoo.exceptions import AccessError

from ..tools.roles import included_in


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        self.env["odooops.role.assignment"]._follow_groups(users.sudo())
        return users

    def write(self, vals):
        result = super().write(vals)
        # "role" is Odoo's own field for user or administrator; it sets groups, too.
        if vals.keys() & {"group_ids", "role"}:
            self.env["odooops.role.assignment"]._follow_groups(self.sudo())
        return result

    def copy(self, default=None):
        copies = super().copy(default)
        for user, copied in zip(self.sudo(), copies.sudo(), strict=True):
            user._copy_odooops_limits(copied)
        return copies

    def _copy_odooops_limits(self, copied):
        """A role that is limited to some environments is not unlimited in the copy of the user."""
        assignments = self.env["odooops.role.assignment"]
        for limited in assignments.search([("user_id", "=", self.id), ("scope", "=", "named")]):
            own = assignments.search([("user_id", "=", copied.id), ("role", "=", limited.role)])
            own.write({"scope": "named", "environment_ids": limited.environment_ids.ids})

    def _get_odooops_environment_ids(self, role):
        """Ids of the environments in which this user holds ``role``; None for all, those to come included."""
        self.ensure_one()
        user, assignments = self.sudo(), self.env["odooops.role.assignment"].sudo()
        group = assignments._get_group(role)
        if group.id not in user._get_group_ids():
            return []
        ours = group.privilege_id.group_ids
        if group in (user.group_ids - ours).all_implied_ids:
            return None
        held = assignments.search([("user_id", "=", self.id), ("role", "in", included_in(role))])
        if "all" in held.mapped("scope"):
            return None
        return held.environment_ids.ids

    def _has_odooops_role(self, role, environment=None):
        """Whether this user holds ``role``: in ``environment``, or, when none is given, in any."""
        self.ensure_one()
        if environment is None:
            return self.has_group(f"odooops_base.group_odooops_{role}")
        allowed = self._get_odooops_environment_ids(role)
        return allowed is None or set(environment.ids) <= set(allowed)

    def _get_odooops_domain(self, role, field="environment_id"):
        """For record rules: records of the environments in which this user holds ``role``, and of none."""
        allowed = self._get_odooops_environment_ids(role)
        if allowed is None:
            return []
        return ["|", (field, "=", False), (field, "in", allowed)] if allowed else [(0, "=", 1)]

    def _get_odooops_domain_everywhere(self, role):
        """For record rules of what belongs to no environment: everything for who holds ``role`` in all of them."""
        return [] if self._get_odooops_environment_ids(role) is None else [(0, "=", 1)]

    @api.model
    def _check_odooops_role(self, role, records, everywhere=False):
        """Raises AccessError unless the caller holds ``role`` where ``records`` belong to.

        :param records: environments, or records with ``environment_id``; others belong to no environment
        :param everywhere: whether the role has to be held in all environments
        """
        user = self.env.user
        if self.env.su:
            return
        if not user._has_odooops_role(role):
            raise AccessError(self._get_refusal(role))
        environments = self._get_environments_of(records)
        if not user._has_odooops_role(role, environments):
            names = ", ".join(environments.sudo().mapped("name"))
            raise AccessError(self._get_refusal(role) + " " + self.env._("(environment: %s)", names))
        if everywhere and user._get_odooops_environment_ids(role) is not None:
            raise AccessError(
                self._get_refusal(role) + " " + self.env._("(your role is limited to some environments)")
            )

    @api.model
    def _get_environments_of(self, records):
        if records._name == "odooops.environment":
            return records
        empty = self.env["odooops.environment"]
        return records.sudo().environment_id if "environment_id" in records._fields else empty

    @api.model
    def _get_refusal(self, role):
        roles = dict(self.env["odooops.role.assignment"]._fields["role"]._description_selection(self.env))
        return self.env._(
            "This needs the OdooOps role %(role)s. Ask an OdooOps administrator for it.", role=roles[role]
        )

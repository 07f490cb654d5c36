from odoo import api, models
from odoo.fields import Command


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        groups._follow_members(groups.user_ids)
        return groups

    def write(self, vals):
        if "user_ids" not in vals:
            return super().write(vals)
        before = self.sudo().user_ids
        result = super().write(vals)
        self._follow_members(before | self.sudo().user_ids)
        return result

    def _follow_members(self, users):
        privilege = self.env.ref("odooops_base.res_groups_privilege_odooops", raise_if_not_found=False)
        if privilege and privilege in self.sudo().privilege_id:
            self.env["odooops.role.assignment"]._follow_groups(users.sudo())

    def _set_odooops_member(self, user, command):
        """Puts the user into this group or takes him out (``Command.link`` or ``Command.unlink``), if he is not yet."""
        if (self in user.group_ids) != (command is Command.link):
            user.sudo().write({"group_ids": [command(self.id)]})

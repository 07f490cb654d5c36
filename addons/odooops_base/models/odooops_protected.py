from odoo import api, models
from odoo.exceptions import AccessError


class OdooopsProtected(models.AbstractModel):
    """Records of Odoo's that say who may do what with ours: changed by OdooOps administrators of all environments.

    Odoo lets whoever manages access rights change all of them, and would so make him OdooOps administrator by a
    detour. Installing and updating addons is done by the superuser, who is not asked.
    """

    _name = "odooops.protected"
    _description = "Protected Access Right"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_protected()
        return records

    def write(self, vals):
        self._check_protected()
        result = super().write(vals)
        self._check_protected()
        return result

    def unlink(self):
        self._check_protected()
        return super().unlink()

    def _check_protected(self):
        if self.env.su or not (ours := self.sudo()._filter_odooops()):
            return
        if self.env.user._get_odooops_environment_ids("admin") is not None:
            self.env["odooops.event"]._log("access.changed", target=ours[0], outcome="failure")
            raise AccessError(
                self.env._(
                    "%(name)s says who may do what in OdooOps: only OdooOps administrators of all environments "
                    "change that.",
                    name=ours[0].display_name,
                )
            )

    def _filter_odooops(self):
        """Those that are about records of ours: each model says which."""
        raise NotImplementedError

from odoo import api, models
from odoo.exceptions import AccessError

from ..tools.roles import ADMIN, included_in, largest

GROUP = "odooops_base.group_odooops_{}"


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        allowed = self._get_odooops_grantable()
        users = super().create(vals_list)
        self.env["odooops.role.assignment"]._follow_groups(users, allowed)
        users._check_odooops_inherited(allowed, {})
        return users

    def write(self, vals):
        if "group_ids" not in vals:
            return super().write(vals)
        allowed, inherited = self._get_odooops_grantable(), self._get_odooops_inherited()
        result = super().write(vals)
        self.env["odooops.role.assignment"]._follow_groups(self, allowed)
        self._check_odooops_inherited(allowed, inherited)
        return result

    @api.model
    def _check_uid_passwd(self, uid, passwd):
        super()._check_uid_passwd(uid, passwd)
        # By XML-RPC and JSON-RPC Odoo looks at a key once and remembers it: it does not see it again.
        self.env["res.users.apikeys"]._note_use(uid, passwd)

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

    # Always: whoever calls can set the word in the context by which Odoo knows an uninstallation.
    @api.ondelete(at_uninstall=True)
    def _unlink_odooops_roles(self):
        # PostgreSQL would delete them too, and nobody would be told.
        self.env["odooops.role.assignment"].sudo().search([("user_id", "in", self.ids)]).unlink()

    def _get_odooops_environment_ids(self, role):
        """Ids of the environments in which this user holds ``role``; None for all, those to come included."""
        self.ensure_one()
        user, assignments = self.sudo(), self.env["odooops.role.assignment"].sudo()
        group = assignments._get_group(role)
        if group.id not in user._get_group_ids():
            return []
        # Another group may imply one of ours, for example one that single sign-on fills: such a role has no limits.
        ours = self.env["res.groups"]._get_odooops_groups()
        if group in (user.group_ids - ours).all_implied_ids:
            return None
        held = assignments.search([("user_id", "=", self.id), ("role", "in", included_in(role))])
        if "all" in held.mapped("scope"):
            return None
        return held.environment_ids.ids

    def _has_odooops_role(self, role, environment=None):
        """Whether this user holds ``role``: in ``environment``, or, when none is given, in any."""
        self.ensure_one()
        if not self._has_group(GROUP.format(role)):
            return False
        if not environment:
            return True
        allowed = self._get_odooops_environment_ids(role)
        return allowed is None or set(environment.ids) <= set(allowed)

    def _get_odooops_domain(self, role, field="environment_id", common=True):
        """For record rules: records of the environments in which this user holds ``role``.

        :param field: the field with the environment, or with several
        :param common: whether it also opens what belongs to no single environment
        """
        allowed = self._get_odooops_environment_ids(role)
        if allowed is None:
            return []
        if not allowed:
            return [(0, "=", 1)]
        own = [(field, "in", allowed)]
        return ["|", (field, "=", False), *own] if common else own

    def _get_odooops_domain_everywhere(self, role):
        """For record rules of what belongs to no environment: everything for who holds ``role`` in all of them."""
        return [] if self._get_odooops_environment_ids(role) is None else [(0, "=", 1)]

    @api.model
    def _check_odooops_role(self, role, records=None, everywhere=False):
        """Raises AccessError unless the caller holds ``role`` where ``records`` belong to.

        :param records: environments, or records with ``environment_id``; others belong to no environment
        :param everywhere: whether the role has to be held in all environments
        """
        user = self.env.user
        if self.env.su:
            return
        if not user._has_odooops_role(role):
            raise AccessError(self._get_refusal(role))
        allowed = user._get_odooops_environment_ids(role)
        if allowed is None:
            return
        environments = self._get_environments_of(records).sudo()
        if beyond := environments.filtered(lambda environment: environment.id not in allowed):
            names = ", ".join(beyond.mapped("name"))
            raise AccessError(self._get_refusal(role) + " " + self.env._("(environment: %s)", names))
        if everywhere:
            raise AccessError(
                self._get_refusal(role) + " " + self.env._("(your role is limited to some environments)")
            )

    @api.model
    def _get_environments_of(self, records):
        empty = self.env["odooops.environment"]
        if records is None or records._name == empty._name:
            return empty if records is None else records
        return records.sudo().environment_id if "environment_id" in records._fields else empty

    @api.model
    def _get_refusal(self, role):
        return self.env._(
            "This needs the OdooOps role %(role)s. Ask an OdooOps administrator for it.",
            role=self._get_odooops_title(role),
        )

    @api.model
    def _get_odooops_title(self, role):
        titles = self.env["odooops.role.assignment"]._fields["role"]._description_selection(self.env)
        return dict(titles)[role]

    @api.model
    def _get_odooops_grantable(self):
        """Ids of the environments in which the caller gives and takes roles; None for all.

        To be asked before anything is changed: afterwards the caller may be one who may.
        """
        return None if self.env.su else self.env.user._get_odooops_environment_ids(ADMIN)

    def _get_odooops_inherited(self, without=None):
        """User's id → the roles that other groups than those of the roles imply for him; only who has one is there.

        :param without: groups that do not count either
        """
        implying = {role: ids for role, ids in self.env["res.groups"]._get_odooops_implying().items() if ids}
        found = {}
        for user in self.sudo() if implying else ():
            groups = set(user.group_ids.ids) - set(without.ids if without else ())
            if roles := {role for role, ids in implying.items() if ids & groups}:
                found[user.id] = roles
        return found

    def _check_odooops_inherited(self, allowed, before):
        """Who comes into a group that implies a role, or leaves it, gets or loses the role: by those who give it.

        :param allowed: see ``_get_odooops_grantable``
        :param dict before: what ``_get_odooops_inherited`` said before the change
        """
        after = self._get_odooops_inherited() if self else {}
        for user in self:
            had, has = before.get(user.id, set()), after.get(user.id, set())
            for event, roles in (("role.granted", has - had), ("role.revoked", had - has)):
                for role in largest(roles):
                    self._check_odooops_grantor(allowed, event, user, role)
                    details = {"role": role, "scope": "all", "by": "group"}
                    self.env["odooops.event"]._log(event, target=user, details=details)

    @api.model
    def _forget_odooops_rights(self):
        """Drops what caches have learned of a change that is refused.

        Who catches the refusal and goes on, as an import does that tries again row by row, takes back what was
        written, and not what was cached: the next check would be of somebody who seems to have the role already.
        """
        self.env.registry.clear_all_caches()

    @api.model
    def _check_odooops_grantor(self, allowed, event, user, role, environments=None):
        """Nobody gives or takes what is beyond the own role: administrators of some environments act in those.

        :param allowed: what ``_get_odooops_grantable`` said before
        :param str event: what is about to be done; that it was refused is noted
        :param user: to or from whom
        :param environments: where; None for all
        """
        if allowed is None or (
            allowed and environments is not None and set(environments.ids) <= set(allowed)
        ):
            return
        self.env["odooops.event"]._log(event, target=user, outcome="failure", details={"role": role})
        self._forget_odooops_rights()
        if allowed:
            raise AccessError(
                self.env._(
                    "You administer some environments only: you can give and take roles in those, "
                    "not in all environments."
                )
            )
        raise AccessError(
            self.env._(
                "Only OdooOps administrators give and take OdooOps roles (here: %(role)s of %(user)s). "
                "Ask one of them.",
                role=self._get_odooops_title(role),
                user=user.sudo().name,
            )
        )

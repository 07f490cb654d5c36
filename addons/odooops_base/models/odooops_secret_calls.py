from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.i18n import format_list

from ..roles import requires
from ..secret_values import SecretProblem, check_place, require_vault
from ..tools.vault import VaultError


class OdooopsSecret(models.Model):
    """Setting secrets by name and changing the key, as programs and the command line do."""

    _inherit = "odooops.secret"

    @api.model
    @requires("admin", everywhere=True)
    def set_secret(self, name, value=None, reference=None):
        """Makes the secret of that name, or gives it another value or reference; the other of both is dropped.

        :param str name: what it is called
        :param str value: what is to be kept; or
        :param str reference: ``$ODOOOPS_SECRET_NAME`` or ``file:/path``
        :return: name, created (bool), usable (bool) and problem (text); never the value
        """
        if bool(value) == bool(reference):
            raise UserError(self.env._("Secret %(name)s: give either a value or a reference.", name=name))
        if reference:
            self._check_place(name, reference)
        vals = {"value": value} if value else {"reference": reference}
        secret = self.search([("name", "=", name)])
        created = not secret
        if created:
            secret = self.create({"name": name, **vals})
        else:
            secret.write(vals)
        return {
            "name": name,
            "created": created,
            "usable": secret.is_usable,
            "problem": secret.problem or "",
        }

    @api.model
    def _check_place(self, name, reference):
        """Refuses at once what no process with this configuration could ever read: a file elsewhere."""
        try:
            check_place(reference)
        except SecretProblem as problem:
            raise UserError(
                self.env._("Secret %(name)s: %(problem)s", name=name, problem=problem.describe(self.env))
            ) from None

    @api.model
    @requires("admin", everywhere=True)
    def rotate_secrets(self):
        """Encrypts anew, with the first key, what another key encrypted: then the others can be dropped.

        :return: rotated and current (numbers), unreadable (names of those that no key opens)
        """
        vault = require_vault(self.env)
        rotated, current, unreadable = {}, 0, []
        for secret, token in self._lock_tokens():
            if vault.is_current(token):
                current += 1
                continue
            try:
                rotated[secret.id] = vault.rotate(token)
            except VaultError:
                unreadable.append(secret.name)
        self._set_tokens(rotated)
        result = {"rotated": len(rotated), "current": current, "unreadable": sorted(unreadable)}
        self.env["odooops.event"]._log("secret.rotated", details=result)
        return result

    @requires("admin", everywhere=True)
    def action_rotate(self):
        """Does as ``rotate_secrets``, for the button of the list and whatever is selected in it."""
        result = self.rotate_secrets()
        message = self.env._(
            "%(rotated)s encrypted anew with the first key, %(current)s were already.", **result
        )
        if result["unreadable"]:
            names = format_list(self.env, result["unreadable"])
            message += " " + self.env._("No key opens: %(names)s. Set them anew.", names=names)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if result["unreadable"] else "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

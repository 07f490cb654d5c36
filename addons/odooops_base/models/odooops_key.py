from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request

from ..roles import requires
from ..tools import formats, keys

DEFAULT_DAYS = 90
NAME_CHARACTERS = 100
SCOPE = "rpc"


class OdooopsKey(models.AbstractModel):
    """API keys of Odoo, with which programs call it, as far as they matter to the platform.

    Abstract: the keys are Odoo's own (``res.users.apikeys``), which keeps a hash of each and never the key.
    """

    _name = "odooops.key"
    _description = "API Key"

    @api.model
    @requires("viewer")
    def get_keys(self):
        """The caller's keys; everybody's for administrators of all environments. Never a key itself.

        Returns a list of dicts, the one that stops working first at the beginning: ``id``, ``name``, ``user`` (login),
        ``scope``, ``created_at``, ``expires_at`` (ISO 8601 in UTC; empty for one without an end), ``last_used_at`` (to
        the hour; empty for one that was never seen), ``state`` (``valid``, ``expiring`` within two weeks, ``expired``).
        """
        found = self.env["res.users.apikeys"].sudo().search(self._get_domain(), order="expiration_date, id")
        return [self._prepare_key(key) for key in found]

    @api.model
    @requires("viewer")
    def create_key(self, name, days=None):
        """Makes a key of the caller for calls by programs (XML-RPC, JSON-RPC, ``/json/2``).

        :param str name: what it is for
        :param int days: how long it works, at most as the setting ``key.max_days`` allows; 90 when that allows it
        :return: as in :meth:`get_keys`, and ``key``: shown this once
        Raises UserError, for callers that are logged in by a browser too: they are asked for their password first.
        """
        if request and request.session.uid:
            raise UserError(
                self.env._(
                    "In the backend, keys are made under OdooOps › Governance › API Keys, which asks for your password."
                )
            )
        return self._create_key(name, self._get_default_days() if days is None else days)

    @api.model
    @requires("viewer")
    def revoke_key(self, key_id):
        """Makes a key worthless at once: an own one; any for administrators of all environments. Raises UserError."""
        is_number = isinstance(key_id, int) and not isinstance(key_id, bool)
        domain = [*self._get_domain(), ("id", "=", key_id if is_number else 0)]
        key = self.env["res.users.apikeys"].sudo().search(domain)
        if not key:
            raise UserError(self.env._("There is no API key %(id)s among yours.", id=key_id))
        revoked = self._prepare_key(key)
        self.env["odooops.event"]._log(
            "key.revoked", target=key.user_id, details={"name": key.name, "id": key.id}
        )
        key._remove()
        return revoked

    @api.model
    def _create_key(self, name, days):
        name = self._check_name(name)
        self._check_days(days)
        expires_at = fields.Datetime.now() + timedelta(days=days)
        apikeys = self.env["res.users.apikeys"]
        # With sudo: the policy is ours, not that of Odoo's groups. The key is the caller's all the same.
        secret = apikeys.sudo()._generate(SCOPE, name, expires_at)
        key = apikeys.sudo().search([("user_id", "=", self.env.uid)], order="id desc", limit=1)
        self.env["odooops.event"]._log(
            "key.created", target=self.env.user, details={"name": name, "id": key.id, "days": days}
        )
        return self._prepare_key(key) | {"key": secret}

    @api.model
    def _get_domain(self):
        if self.env.user._get_odooops_environment_ids("admin") is None:
            return []
        return [("user_id", "=", self.env.uid)]

    @api.model
    def _prepare_key(self, key):
        return {
            "id": key.id,
            "name": key.name,
            "user": key.user_id.login,
            "scope": key.scope,
            "created_at": formats.moment_text(key.create_date),
            "expires_at": formats.moment_text(key.expiration_date or None),
            "last_used_at": formats.moment_text(key.odooops_last_used_at or None),
            "state": key.odooops_state,
        }

    @api.model
    def _get_most_days(self):
        """The policy: how long a key may live."""
        return self.env["odooops.setting"]._get("key.max_days")

    @api.model
    def _get_default_days(self):
        return min(DEFAULT_DAYS, self._get_most_days())

    @api.model
    def _check_name(self, name):
        name = name.strip() if isinstance(name, str) else ""
        if not 0 < len(name) <= NAME_CHARACTERS:
            raise UserError(
                self.env._(
                    "Name: say in at most %(most)s characters what the key is for.", most=NAME_CHARACTERS
                )
            )
        return name

    @api.model
    def _check_days(self, days):
        most = self._get_most_days()
        if not keys.is_lifetime(days, most):
            raise UserError(
                self.env._("Days: write a whole number from 1 to %(most)s, which is the policy.", most=most)
            )

import logging
import time

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.base.models.res_users import INDEX_SIZE

from ..roles import requires
from ..tools import keys

_logger = logging.getLogger(__name__)

# (database, user, beginning of the key) → when this process last noted that it is used, by its monotonic clock.
_noted: dict[tuple[str, int, str], float] = {}


class ResUsersApikeys(models.Model):
    _inherit = "res.users.apikeys"

    odooops_state = fields.Selection(
        [("valid", "Valid"), ("expiring", "Expires soon"), ("expired", "Expired")],
        string="State",
        compute="_compute_odooops_state",
        help="Expires soon: within two weeks. Odoo deletes expired keys once a day.",
    )
    odooops_last_used_at = fields.Datetime(
        "Last Used", readonly=True, help="To the hour. Empty for a key that was not used since this is noted."
    )

    @api.private
    def init(self):
        super().init()
        # The table is made by Odoo's own init(), with columns that the ORM does not know.
        self.env.cr.execute(
            SQL("ALTER TABLE res_users_apikeys ADD COLUMN IF NOT EXISTS odooops_last_used_at timestamp")
        )

    @api.depends("expiration_date")
    def _compute_odooops_state(self):
        now = fields.Datetime.now()
        for key in self:
            key.odooops_state = keys.state(key.expiration_date or None, now)

    @requires("viewer")
    def action_odooops_revoke(self):
        """Makes the keys worthless at once."""
        for key in self:
            self.env["odooops.key"].revoke_key(key.id)
        return True

    def _check_credentials(self, *, scope, key):
        user_id = super()._check_credentials(scope=scope, key=key)
        if user_id:
            # Only what has turned out to be a key is kept, and of that what the database has in clear as well.
            _noted.setdefault((self.env.cr.dbname, user_id, key[:INDEX_SIZE]), float("-inf"))
            self._note_use(user_id, key)
        return user_id

    @api.model
    def _note_use(self, user_id, key):
        """Notes that a key is used, once an hour and in a transaction of its own; does nothing for a password."""
        known, now = (self.env.cr.dbname, user_id, key[:INDEX_SIZE]), time.monotonic()
        if known not in _noted or not keys.is_due(_noted[known], now):
            return
        _noted[known] = now
        try:
            with self.env.registry.cursor() as cr:
                cr.execute(self._prepare_note(*known[1:]))
        except Exception:
            # Whoever calls is let in all the same.
            _logger.info("It could not be noted that an API key is used.", exc_info=True)

    @api.model
    def _prepare_note(self, user_id, index):
        # Of several processes that note the same use one does it, and none waits.
        return SQL(
            """
            UPDATE res_users_apikeys SET odooops_last_used_at = now() AT TIME ZONE 'utc' WHERE id IN (
                SELECT id FROM res_users_apikeys
                WHERE user_id = %s AND index = %s AND (
                    odooops_last_used_at IS NULL
                    OR odooops_last_used_at < now() AT TIME ZONE 'utc' - make_interval(secs => %s)
                ) FOR UPDATE SKIP LOCKED
            )
            """,
            user_id,
            index,
            keys.NOTED_EVERY,
        )

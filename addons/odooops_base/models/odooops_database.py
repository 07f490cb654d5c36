import json
import logging

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.sql import table_exists

_logger = logging.getLogger(__name__)

# Which database this one was when it was last loaded.
IDENTITY = "odooops_base.database_identity"


class OdooopsDatabase(models.AbstractModel):
    """Notices that this database is a restored or copied one, whatever program did it.

    A database that was restored from a dump or duplicated is another one to PostgreSQL, but holds what the first one
    noted about itself. A cluster restored file by file, to a point in time, stays the same and is not noticed.
    """

    _name = "odooops.database"
    _description = "Identity of the Database"

    def _register_hook(self):
        super()._register_hook()
        if not table_exists(self.env.cr, "odooops_event"):
            return
        try:
            with self.env.cr.savepoint():
                self._notice_copy()
        except Exception:
            # Processes start side by side, and the first to come says it.
            _logger.info("Whether the database is a copy was not noted by this process.", exc_info=True)

    @api.model
    def _notice_copy(self):
        parameters = self.env["ir.config_parameter"].sudo()
        own = self._get_identity()
        before = json.loads(parameters.get_param(IDENTITY) or "{}")
        if before == own:
            return
        parameters.set_param(IDENTITY, json.dumps(own))
        # One that was only renamed is the same.
        if before and before["id"] != own["id"]:
            details = {"database": own["name"], "copy_of": before["name"]}
            environment = self.env["odooops.environment"]._get_current()
            self.env["odooops.event"]._log("database.restored", environment=environment, details=details)

    @api.model
    def _get_identity(self):
        [(identity, name)] = self.env.execute_query(
            SQL("""
                SELECT system_identifier || '/' || oid, datname::text
                FROM pg_control_system(), pg_database WHERE datname = current_database()
            """)
        )
        return {"id": identity, "name": name}

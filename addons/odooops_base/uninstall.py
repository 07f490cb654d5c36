"""What Odoo does not remove with the addon by itself."""

from .models.ir_module_module import SEEN
from .models.odooops_database import IDENTITY
from .module_failures import FAILED


def uninstall_hook(env):
    """Forgets what was noted in parameters: read again after a later installation, it would be of another time."""
    env["ir.config_parameter"].sudo().search([("key", "in", [SEEN, IDENTITY, FAILED])]).unlink()

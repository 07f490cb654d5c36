"""Notes that an installation, upgrade or removal of modules failed, until a registry can record it as a deployment.

Odoo has no registry when that happens: it throws the one away that was being made. So it is noted in the database, in
a parameter, by whoever has failed, and recorded by the first that loads a registry again.
"""

import functools
import json
import logging
from datetime import UTC, datetime

from odoo.http import request
from odoo.modules import loading
from odoo.sql_db import db_connect
from odoo.tools import SQL
from odoo.tools.sql import table_exists

from .tools import deployments

_logger = logging.getLogger(__name__)

FAILED = "odooops_base.failed_modules"


def instrument() -> None:
    """Wraps the function of Odoo that loads and changes modules; twice is once."""
    if not hasattr(loading.load_modules, "_odooops_notes_failures"):
        loading.load_modules = _noting(loading.load_modules)


def _noting(original):
    @functools.wraps(original)
    def load_modules(registry, **options):
        try:
            return original(registry, **options)
        except Exception as error:
            if options.get("update_module"):
                note(registry.db_name, options, error)
            raise

    load_modules._odooops_notes_failures = True
    return load_modules


def note(database: str, options: dict, error: Exception) -> None:
    """Writes down what was not done and why, where this addon is installed."""
    try:
        with db_connect(database).cursor() as cr:
            if table_exists(cr, "odooops_deployment"):
                _write(cr, options, error)
    except Exception:
        _logger.exception("That a change of modules failed could not be noted.")


def _write(cr, options: dict, error: Exception) -> None:
    cr.execute("SELECT name, state FROM ir_module_module")
    pending = deployments.find_pending(
        dict(cr.fetchall()), options.get("install_modules", ()), options.get("upgrade_modules", ())
    )
    content = {
        "modules": [change._asdict() for change in pending],
        "reason": deployments.describe_error(error),
        "user": (request and request.session.uid) or None,
        "at": datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat(),
    }
    # Direct SQL: there is no registry.
    cr.execute(
        SQL(
            "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s) "
            "ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
            FAILED,
            json.dumps(content),
        )
    )


def take(cr) -> dict | None:
    """What was noted, once: of several processes that look at the same time one gets it."""
    cr.execute(SQL("SELECT id, value FROM ir_config_parameter WHERE key = %s FOR UPDATE SKIP LOCKED", FAILED))
    if not (row := cr.fetchone()):
        return None
    cr.execute(SQL("DELETE FROM ir_config_parameter WHERE id = %s", row[0]))
    return json.loads(row[1])

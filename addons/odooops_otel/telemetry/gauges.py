"""Business gauges, computed and told by the leader of a database (models/odooops_gauge_computation.py)."""

from __future__ import annotations

from collections.abc import Iterator

from odoo.modules.registry import Registry
from odoo.tools.sql import table_exists

from ..tools.observation import Observation

MODEL = "odooops.gauge"
# What it has found is kept here: made last when the addon is installed.
TABLE = "odooops_gauge_result"


def observe(cursor) -> Iterator[Observation]:
    """What the gauges of a database tell; those that are due are computed. Asked by its leader."""
    registry = Registry.registries.get(cursor.dbname)
    # The addon may not be installed, or its code be newer than the database.
    if registry is None or MODEL not in registry.models or not table_exists(cursor, TABLE):
        return
    # As a request does: modules, fields and caches may have changed in another process.
    registry = registry.check_signaling(cursor)
    try:
        yield from registry[MODEL]._lead(cursor)
    finally:
        # Nothing of the ORM lives on until the next look.
        cursor.rollback()
        cursor.transaction = None

"""Lets the tests say ``from odooops_otel.tools import otlp`` where there is no Odoo.

Each addon of ours becomes an empty package whose modules are found in the addon's folder; the addon's own
``__init__``, which imports Odoo models, is not run.
"""

import sys
import types
from pathlib import Path

ADDONS = Path(__file__).parents[2] / "addons"


def register(addon: Path) -> None:
    package = types.ModuleType(addon.name)
    package.__path__ = [str(addon)]
    sys.modules.setdefault(addon.name, package)


for manifest in ADDONS.glob("odooops_*/__manifest__.py"):
    register(manifest.parent)

"""Modules of the addons where there is no Odoo.

Each addon of ours becomes an empty package whose modules are found in the addon's folder; the addon's own
``__init__``, which imports Odoo models, is not run: ``from odooops_otel.tools import otlp``. So do the addon's tests.
"""

import sys
import types
from pathlib import Path

ADDONS = Path(__file__).parents[2] / "addons"


def register_addons() -> None:
    """Let ``import odooops_otel.tools`` and its like work."""
    for manifest in ADDONS.glob("odooops_*/__manifest__.py"):
        # Their tests import models, too; the receiver and what it stands on do not.
        for folder in (manifest.parent, manifest.parent / "tests"):
            package = types.ModuleType(".".join(folder.relative_to(ADDONS).parts))
            package.__path__ = [str(folder)]
            sys.modules.setdefault(package.__name__, package)

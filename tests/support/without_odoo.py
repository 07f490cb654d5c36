"""Modules of the addons where there is no Odoo.

Each addon of ours becomes an empty package whose modules are found in the addon's folder; the addon's own
``__init__``, which imports Odoo models, is not run: ``from odooops_otel.tools import otlp``. So do the addon's tests.
What one addon imports of the floor, by ``odoo.addons.odooops_base``, is found as well.
"""

import sys
import types
from pathlib import Path

ADDONS = Path(__file__).parents[2] / "addons"


def register_addons() -> None:
    """Let ``import odooops_otel.tools`` and its like work."""
    package("odoo", ADDONS)
    package("odoo.addons", ADDONS)
    for manifest in ADDONS.glob("odooops_*/__manifest__.py"):
        # Their tests import models, too; the receiver and what it stands on do not.
        for folder in (manifest.parent, manifest.parent / "tests"):
            package(".".join(folder.relative_to(ADDONS).parts), folder)
        package(f"odoo.addons.{manifest.parent.name}", manifest.parent)


def package(name: str, folder: Path) -> None:
    """An empty package whose modules are those of a folder, unless there is one of that name."""
    made = types.ModuleType(name)
    made.__path__ = [str(folder)]
    sys.modules.setdefault(name, made)

"""Modules of the addons where there is no Odoo.

Each addon of ours becomes an empty package whose modules are found in the addon's folder; the addon's own
``__init__``, which imports Odoo models, is not run: ``from odooops_otel.tools import otlp``.
"""

import importlib.util
import sys
import types
from pathlib import Path

ADDONS = Path(__file__).parents[2] / "addons"


def register_addons() -> None:
    """Let ``import odooops_otel.tools`` and its like work."""
    for manifest in ADDONS.glob("odooops_*/__manifest__.py"):
        package = types.ModuleType(manifest.parent.name)
        package.__path__ = [str(manifest.parent)]
        sys.modules.setdefault(package.__name__, package)


def load(path: str) -> types.ModuleType:
    """A module of an addon's tests by its path below ``addons/``, without its package."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ADDONS / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

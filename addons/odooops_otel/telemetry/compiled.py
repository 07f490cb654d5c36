"""What the recorder does most often: compiled where ``odooops_native`` is installed, else the same in Python.

The compiled part is a package of its own (``native/``): an addon is Python, and runs without it. What it saves is told
by ``tests/perf/overhead.py``; ``ODOOOPS_NATIVE=false`` leaves it alone.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable
from typing import NamedTuple

from ..tools import orm, shares, statements
from ..tools.settings import Settings
from ..tools.writers import PYTHON as PYTHON_WRITERS, Writers

# What is written here against; another one is of another version of the addon.
API = 6
try:
    import odooops_native
except ImportError:
    odooops_native = None


def usable(module: types.ModuleType | None) -> types.ModuleType | None:
    """The module if it is one that is known here."""
    return module if getattr(module, "API", None) == API else None


native = usable(odooops_native)


class Parts(NamedTuple):
    """Types and functions that there are in both ways; those of ``tools/`` say what they do."""

    make_statements: Callable
    make_sums: Callable
    make_calls: Callable
    # For the calls of many records: the instruments have limits of their own.
    make_call_sums: Callable
    shares: Callable
    writers: Writers


PYTHON = Parts(
    statements.Statements,
    statements.Sums,
    orm.Calls,
    functools.partial(orm.Calls, sys.maxsize),
    shares.shares,
    PYTHON_WRITERS,
)
COMPILED = native and Parts(
    native.Statements,
    native.Sums,
    functools.partial(native.Calls, orm.MAX_ENTRIES, orm.OTHER),
    functools.partial(native.Calls, sys.maxsize, orm.OTHER),
    native.shares,
    Writers(native.encode_children, native.encode_summed, native.encode_attributes),
)


def is_used(settings: Settings) -> bool:
    """Whether what is compiled is there, and wanted."""
    return COMPILED is not None and settings.native


def absence(settings: Settings) -> str:
    """Why the one in Python runs: a key of ``advice.RECORDERS``; empty where what is compiled does."""
    if is_used(settings):
        return ""
    if not settings.native:
        return "off"
    return "missing" if odooops_native is None else "other_version"


def parts(settings: Settings) -> Parts:
    """Those that a process uses."""
    return COMPILED if is_used(settings) else PYTHON

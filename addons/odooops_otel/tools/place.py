"""Where a statement comes from: a line of an addon, not of the ORM below it."""

from __future__ import annotations

import re
from typing import NamedTuple

from . import failure

_ADDONS = "odoo.addons."
# What of our own addons is business code like any other; the rest may stand between a statement and its cause.
_OURS = re.compile(r"odoo\.addons\.odooops_\w+\.(?!(?:models|controllers|wizards|tests)\b)")
# The code of a server action is named by its record. No text of anybody's is in that.
_RECORD = re.compile(r"[a-z][a-z0-9_.]*\((?:\d+,?)?\)")


class Place(NamedTuple):
    """A line of code: ``__name__`` of its globals (None for code without a module), file, function and line."""

    module: object
    filename: str
    function: str
    line: int

    @property
    def file(self) -> str:
        """``odoo/addons/sale/models/sale_order.py``, ``ir.actions.server(12,)``, or ``<dynamic>``."""
        if self.module is None and _RECORD.fullmatch(self.filename):
            return self.filename
        return failure.file_name(self.module, self.filename)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def is_application(module: object) -> bool:
    """Whether code of this module decides what is done: an addon, or code without a module (a server action).

    :param module: ``__name__`` of its globals
    """
    if not isinstance(module, str):
        return True
    return module.startswith(_ADDONS) and not _OURS.match(module)

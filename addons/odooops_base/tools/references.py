"""Secrets that are kept elsewhere: ``$ODOOOPS_SECRET_NAME`` or ``file:/path``, read when they are used."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

PREFIX = "ODOOOPS_SECRET_"
# What opens the vault, and where to look for secrets, is itself none of them.
RESERVED = frozenset({"ODOOOPS_SECRET_KEY", "ODOOOPS_SECRET_KEY_FILE", "ODOOOPS_SECRET_DIR"})
FORM, VARIABLE, PATH = REASONS = ("form", "variable", "path")

_VARIABLE = re.compile(r"[A-Z0-9_]+", re.ASCII)


class InvalidReference(ValueError):
    """What is written is no reference: ``reason`` is one of REASONS."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class Reference(NamedTuple):
    """Where a secret is: the name of a variable, or the path of a file; the other one is empty."""

    variable: str = ""
    path: str = ""


def parse(text: str) -> Reference:
    """The variable or file that is meant.

    :raises InvalidReference: FORM for what is neither, VARIABLE for one whose name does not begin with PREFIX or is
        RESERVED, PATH for one that is not absolute or has ``..`` in it
    """
    if text.startswith("$"):
        return Reference(variable=_variable(text[1:]))
    if text.startswith("file:"):
        return Reference(path=_path(text.removeprefix("file:")))
    raise InvalidReference(FORM)


def _variable(name: str) -> str:
    bare = name[1:-1] if name.startswith("{") and name.endswith("}") else name
    if not _VARIABLE.fullmatch(bare) or not bare.startswith(PREFIX) or bare == PREFIX or bare in RESERVED:
        raise InvalidReference(VARIABLE)
    return bare


def _path(text: str) -> str:
    if not text.startswith("/") or text.startswith("//") or "\0" in text or posixpath.normpath(text) != text:
        raise InvalidReference(PATH)
    return text

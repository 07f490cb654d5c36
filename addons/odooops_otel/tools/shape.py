"""Statements by their shape: those that differ in their values alone are one."""

from __future__ import annotations

import re

from . import statement

# Texts whose shape is remembered, and how long they may be: what is longer is not seen twice.
MAX_TEXTS = 2000
MAX_TEXT = 2000
# Texts that are read in one go: those who wait for it may be requests.
MAX_READ = 100

# Where the table of a statement that writes stands: at its beginning, before any value.
_TARGET = re.compile(r'\s*(?:insert\s+into|update|delete\s+from)\s+"?([a-z_][a-z0-9_]*)', re.IGNORECASE)


class Shape:
    """Operation, table (empty when unknown) and text without values of a statement; empty when it was not read.

    Compared by identity, which is as quick as it can be; ``Shapes`` makes one of each.
    """

    __slots__ = ("operation", "table", "text")

    def __init__(self, operation: str, table: str, text: str):
        self.operation = operation
        self.table = table
        self.text = text

    @property
    def summary(self) -> str:
        """``db.query.summary``: ``SELECT res_partner``."""
        return f"{self.operation} {self.table}".rstrip()


class Shapes:
    """The shapes of texts. ``known`` is for those who look up very many; what is not in it, :meth:`read` reads."""

    def __init__(self):
        self.known: dict[str, Shape] = {}
        self._shapes: dict[tuple[str, str, str], Shape] = {}
        self._unread = MAX_READ

    def begin(self, goes: int = 1) -> None:
        """Another go of reading, or as many."""
        self._unread = MAX_READ * goes

    def of(self, text: str) -> Shape:
        """The shape of a text, read or known."""
        return self.known.get(text) or self.read(text)

    def read(self, text: str) -> Shape:
        """The shape of a text. Of what is too much to be read it knows the operation, and the table written to."""
        if len(text) > MAX_TEXT or self._unread <= 0:
            target = _TARGET.match(text)
            return self._shape(statement.operation(text), target[1] if target else "", "")
        self._unread -= 1
        if len(self.known) >= MAX_TEXTS:
            self.known.clear()
            self._shapes.clear()
        shape = self.known[text] = self._shape(*statement.parse(text))
        return shape

    def _shape(self, *parts: str) -> Shape:
        shape = self._shapes.get(parts)
        if shape is None:
            if len(self._shapes) >= 2 * MAX_TEXTS:
                self._shapes.clear()
            shape = self._shapes[parts] = Shape(*parts)
        return shape

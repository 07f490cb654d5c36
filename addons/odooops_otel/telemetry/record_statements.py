"""The statements of a record: noted as they come, and looked at now and then."""

from __future__ import annotations

import sys
import types

import psycopg2

from ..tools import notable
from ..tools.notable import NotableStatement
from ..tools.statements import Statements
from . import faults, lines, seeking
from .texts import MAX_TEXT, short_text

MAX_FAILED_STATEMENTS = 20
# The hook where it is not compiled: a frame between the cursor's and ours.
_NOTE = Statements.note.__code__


class RecordStatements:
    """The part of :class:`telemetry.record.Record` that has to do with them; all its state is the record's."""

    __slots__ = ()

    def watch(self, slow_after: float, sought: seeking.Kinds) -> None:
        """Take a line of code now and then, and note what is slow: it may be kept.

        :param slow_after: s from which on a statement is slow
        :param sought: what records look for, by their kind
        """
        began = self.started_at / 1e9
        self.due = lines.next_look(began, began, slow_after)
        statements = self.statements
        statements.slow_after, statements.next_look = slow_after, self.due
        statements.look = self.look
        # Nearly always nothing is sought; else each statement is looked at until it is known that this record is of
        # another kind, or has told what it can.
        if sought:
            self.search, statements.next_look = seeking.Undecided(sought), 0.0

    def look(self, cursor, query, start: float, delay: float) -> None:
        """Find out where a statement was sent; its list calls this within the hook of Odoo's cursors."""
        frame = sys._getframe(1)
        try:
            self._look(cursor, query, start, delay, frame.f_back if frame.f_code is _NOTE else frame)
        except Exception:
            faults.report("Telemetry could not look at a statement; the request goes on.")

    def _look(self, cursor, query, start: float, delay: float, frame: types.FrameType | None) -> None:
        statements, now = self.statements, start + delay
        text = query if type(query) is str and len(query) <= MAX_TEXT else short_text(query)
        if self.search is not None:
            self.search = seeking.seek(self.search, self, text, frame)
        if now >= self.due:
            self.due = lines.next_look(self.started_at / 1e9, now, statements.slow_after)
            lines.look(self, text, frame)
        statements.next_look = 0.0 if self.search is not None else self.due
        if delay >= statements.slow_after:
            self._note_slow(text, start, delay, cursor, frame)

    def _note_slow(self, text: str, start: float, delay: float, cursor, frame) -> None:
        """Note a statement that took long, with where it was sent and by whom it was run."""
        try:
            pid = backend_pid(cursor)
            self.add_slow_statement(NotableStatement(text, start, delay, pid, lines.find_place(frame)))
        except Exception:
            faults.report("Telemetry could not describe a slow statement; the request goes on.")

    def add_failed_statement(self, statement: NotableStatement) -> None:
        """Note a statement that raised, once: an exception may pass by several times."""
        if self.failed_statements is None:
            self.failed_statements = []
        is_known = any(each.start == statement.start for each in self.failed_statements)
        if not is_known and len(self.failed_statements) < MAX_FAILED_STATEMENTS:
            self.failed_statements.append(statement)

    def add_slow_statement(self, statement: NotableStatement) -> None:
        """Note a statement that took long."""
        if self.slow_statements is None:
            self.slow_statements = []
        notable.add(self.slow_statements, statement)

    def is_slow(self, start: float, duration: float) -> bool:
        """Whether the statement that began then is among the slow ones."""
        return any(each.start == start and each.duration == duration for each in self.slow_statements or ())

    def set_slow_apart(self) -> None:
        """Slow statements are told by themselves, not among the others."""
        if self.slow_statements:
            others = [each for each in self.statements if not self.is_slow(*each[1:])]
            self.statements = type(self.statements)(others)


def backend_pid(cursor) -> int | None:
    """PostgreSQL's process of a cursor of Odoo's; asks nobody."""
    try:
        return cursor._cnx.get_backend_pid()
    except (AttributeError, psycopg2.Error):  # it is none of Odoo's, or has been closed
        return None

"""What an SQL statement is about, and its text without the values in it.

Odoo's ORM sends statements with ``%s`` in place of values, but ``execute_values``, ``mogrify``
and hand-written SQL carry literals. Those must never leave the process.
https://opentelemetry.io/docs/specs/semconv/database/database-spans/#sanitization-of-dbquerytext
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_TEXT = 2000

_NAME = r'(?:"[^"]+"|[a-z_][\w$]*)'
_TABLE = re.compile(
    rf"\b(?:from|into|update|table|join)\s+(?:only\s+|if\s+(?:not\s+)?exists\s+)*({_NAME}(?:\.{_NAME})?)",
    re.IGNORECASE,
)
_OPERATION = re.compile(r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*([a-z]+)", re.IGNORECASE | re.DOTALL)
_LITERALS = re.compile(
    r"""
      \$(?P<tag>[a-z_]*)\$.*?\$(?P=tag)\$           # $$text$$, $tag$text$tag$
    | [ebxn]?'(?:[^'\\]|''|\\.)*(?:'|$)              # 'text', E'te\'xt'; an open quote runs to the end
    | (?<![\w$%"])[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?![\w"])   # 42, 4.2e1; not $1, %1, t1
    | --[^\n]*                                      # comments may hold anything
    | /\*.*?(?:\*/|$)
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_LIST = re.compile(r"\((?:\s*(?:\?|%s)\s*,)+\s*(?:\?|%s)\s*\)")
_ROWS = re.compile(r"\((?:\?|%s)(?:, ?\.\.\.)?\)(?:\s*,\s*\((?:\?|%s)(?:, ?\.\.\.)?\))+")
_SPACE = re.compile(r"\s+")
_SAVEPOINT = re.compile(r"^((?:release\s+|rollback\s+to\s+)?savepoint)\s+.*", re.IGNORECASE | re.DOTALL)

KNOWN_OPERATIONS = frozenset(
    """
    SELECT INSERT UPDATE DELETE MERGE WITH VALUES TABLE COPY CALL DO BEGIN COMMIT ROLLBACK SAVEPOINT
    RELEASE SET SHOW LOCK NOTIFY LISTEN UNLISTEN CREATE ALTER DROP TRUNCATE COMMENT GRANT REVOKE
    ANALYZE VACUUM REINDEX REFRESH EXPLAIN DECLARE FETCH CLOSE PREPARE EXECUTE DEALLOCATE DISCARD RESET
    """.split()
)


class Statement(NamedTuple):
    """``db.operation.name``, ``db.collection.name`` (empty when unknown) and ``db.query.text``."""

    operation: str
    table: str
    text: str

    @property
    def name(self) -> str:
        """The name of its span: ``SELECT res_partner``."""
        return f"{self.operation} {self.table}".rstrip()


def operation(query: str) -> str:
    """The first word of a statement, in capitals; ``OTHER`` when it is none that PostgreSQL knows."""
    match = _OPERATION.match(query, 0, 500)
    word = match.group(1).upper() if match else ""
    return word if word in KNOWN_OPERATIONS else "OTHER"


def table(query: str) -> str:
    """The first table named, unquoted, or an empty string."""
    match = _TABLE.search(query, 0, 5000)
    return match.group(1).replace('"', "") if match else ""


def normalize(query: str) -> str:
    """The statement without literals and comments, lists folded, on one line, at most MAX_TEXT long."""
    # Names of savepoints are random: one statement, not thousands.
    query = _SAVEPOINT.sub(r"\1 ?", query.strip())
    query = _LITERALS.sub(_replace, query[: 10 * MAX_TEXT])
    query = _SPACE.sub(" ", query).strip()
    query = _ROWS.sub("(?, ...)", _LIST.sub("(?, ...)", query))
    return query if len(query) <= MAX_TEXT else query[: MAX_TEXT - 1] + "…"


def _replace(match: re.Match) -> str:
    return " " if match.group().startswith(("--", "/*")) else "?"


def parse(query: str) -> Statement:
    text = normalize(query)
    return Statement(operation(query), table(text), text)

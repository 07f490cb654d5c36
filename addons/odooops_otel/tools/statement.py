"""What an SQL statement is about, and its text without the values in it.

Odoo's ORM sends statements with ``%s`` in place of values, but ``execute_values``, ``mogrify``
and hand-written SQL carry literals. Those must never leave the process: the text is read token
by token, as PostgreSQL does, and where it could be read in two ways the rest of it is withheld.

https://opentelemetry.io/docs/specs/semconv/database/database-spans/#sanitization-of-dbquerytext
https://www.postgresql.org/docs/current/sql-syntax-lexical.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_TEXT = 2000
# What is read of a statement: the rest (rows of an INSERT) says nothing more.
MAX_READ = 10 * MAX_TEXT

# PostgreSQL takes every character beyond ASCII for a letter.
_LETTER = r"[a-zA-Z_\x80-\U0010ffff]"
_WORD = rf"{_LETTER}[\w$\x80-\U0010ffff]*+"
# No alternative asks for anything after a repetition, and what may repeat begins differently: nothing is
# ever tried twice, and the time is linear. (Possessive groups would say so, but CPython 3.11.2 gets
# them wrong: https://github.com/python/cpython/issues/106052.)
_TOKEN = re.compile(
    rf"""
      (?P<kept> (?: (?![eEbBxXnN]'|[uU]&') {_WORD}            # words, but not the E of E'text'
                  | \$\d++                                    # $1 is a parameter
                  | [^\w\x80-\U0010ffff"'$/.-]++              # spaces, signs, brackets
                  | -(?!-) | /(?!\*) | \.(?!\d) )+ )
    | (?P<escaped> [eE]' (?: [^'\\]++ | '' | \\. )* )
    | (?P<text> (?:[bBxXnN]|[uU]&)? ' (?: [^'\\]++ | '' | \\\\ | \\[^'\\] )* )
    | (?P<name> " (?: [^"]++ | "" )* )
    | (?P<dollar> \$(?P<tag>(?:{_LETTER}[\w\x80-\U0010ffff]*)?)\$ )
    | (?P<number> \.?\d (?: [eE][+-]\d | [\w.] )* )          # 42, 4.2e-1, 0x2A, 4_200
    | (?P<line> --[^\r\n]*+ )
    | (?P<block> /\* )
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")

_VALUE = r"(?:[-+]?(?:\?|%s)(?:::\w+)?|null|default|true|false)"
_LIST = re.compile(rf"\( ?{_VALUE}(?: ?, ?{_VALUE})+ ?\)", re.IGNORECASE)
_ROW = r"\((?:\?|%s)(?:, \.\.\.)?\)"
_ROWS = re.compile(rf"{_ROW}(?: ?, ?{_ROW})+")
# The names of savepoints are random, and values of SET need no quotes: one statement, not thousands.
_VARIED = re.compile(
    r"^((?:release\s+|rollback\s+to\s+)?savepoint|set\s+(?:(?:local|session)\s+)?[\w.]+\s*(?:=|\bto\b)).*",
    re.IGNORECASE | re.DOTALL,
)

_NAME = rf'(?:"[^"]++"|{_WORD})'
_TABLE_NAME = rf"{_NAME}(?:\.{_NAME})?"
# `from` is a keyword of some functions, too: extract(epoch from create_date). What it names may be
# a function: from unnest(…).
_TABLE = re.compile(
    rf"""
      \b(?:extract|overlay|substring|trim)\s?\([^()]*?\bfrom\b | \bdistinct\sfrom\b | \bfor\s(?:no\skey\s)?update\b
    | \b(?:from|join)\s(?:only\s|lateral\s)*(?P<source>{_TABLE_NAME})(?!\.|\s?\()
    | \b(?:into|update|table|copy|truncate)\s(?:only\s|table\s|if\s(?:not\s)?exists\s)*(?P<target>{_TABLE_NAME})
    """,
    re.IGNORECASE | re.VERBOSE,
)
_OPERATION = re.compile(r"(?:\s|\(|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*([a-z]+)", re.IGNORECASE)

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


def parse(query: str) -> Statement:
    redacted = _redact(query)
    return Statement(operation(query), _table(redacted), _shorten(redacted))


def operation(query: str) -> str:
    """The first word of a statement, in capitals; ``OTHER`` when it is none that PostgreSQL knows."""
    match = _OPERATION.match(query, 0, 500)
    word = match.group(1).upper() if match else ""
    return word if word in KNOWN_OPERATIONS else "OTHER"


def table(query: str) -> str:
    """The first table named, unquoted, or an empty string."""
    return _table(_redact(query))


def normalize(query: str) -> str:
    """The statement without literals and comments, lists folded, on one line, at most MAX_TEXT long."""
    return _shorten(_redact(query))


def _redact(query: str) -> str:
    query = _VARIED.sub(r"\1 ?", query.strip())
    text = " ".join("".join(_tokens(query[:MAX_READ])).split())
    text = _ROWS.sub("(?, ...)", _LIST.sub("(?, ...)", text))
    return text if len(query) <= MAX_READ else f"{text}…"


def _tokens(query: str) -> Iterator[str]:
    """The tokens of a statement with ``?`` for each literal and a space for each comment."""
    position = 0
    while match := _TOKEN.match(query, position):
        position, kind = match.end(), match.lastgroup
        if kind == "kept":
            yield match.group()
        elif kind == "name" and query.startswith('"', position):
            position += 1
            yield query[match.start() : position]
        elif kind == "line":
            yield " "
        elif kind == "block":
            position = _end_of_comment(query, position)
            yield " "
        else:
            yield "?"
            position = _end_of_literal(query, match)
    if position < len(query):
        yield "?"  # a sign that begins nothing in PostgreSQL: nobody knows what follows


def _end_of_literal(query: str, match: re.Match) -> int:
    """Where the value ends whose beginning was read; the end of the query where that is not certain."""
    position = match.end()
    if match.lastgroup in ("escaped", "text"):
        # What stopped the match is the closing quote, or in a text without E a backslash before a
        # quote: whether that one closes depends on standard_conforming_strings.
        return position + 1 if query.startswith("'", position) else len(query)
    if match.lastgroup == "dollar":
        end = query.find(match.group(), position)
        return end + len(match.group()) if end >= 0 else len(query)
    return len(query) if match.lastgroup == "name" else position  # a name that is not closed, or a number


def _end_of_comment(query: str, position: int) -> int:
    """Block comments nest, as the standard has it."""
    depth = 1
    while depth and (edge := _BLOCK_EDGE.search(query, position)):
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return position if not depth else len(query)


def _table(redacted: str) -> str:
    for match in _TABLE.finditer(redacted):
        if name := match["source"] or match["target"]:
            return name.replace('"', "")
    return ""


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"

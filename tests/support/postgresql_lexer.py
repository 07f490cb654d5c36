"""PostgreSQL's lexical rules, one character at a time: the oracle of what hides values in statements.

Slow and plain on purpose, written from
https://www.postgresql.org/docs/current/sql-syntax-lexical.html and scan.l, not from our own code.
"""

from __future__ import annotations

from collections.abc import Iterator


def tokens(query: str, *, is_conforming: bool) -> Iterator[tuple[bool, str]]:
    """Pairs of (is a string or a comment, text) that together are the query.

    :param is_conforming: PostgreSQL's ``standard_conforming_strings``
    """
    position = 0
    while position < len(query):
        is_hidden, end = _token(query, position, is_conforming)
        yield is_hidden, query[position:end]
        position = end


def _token(query: str, start: int, is_conforming: bool) -> tuple[bool, int]:
    rest = query[start : start + 3]
    if rest[:2].upper() == "E'":
        return True, _end_of_string(query, start + 2, escapes=True)
    if rest.upper() == "U&'":
        return True, _end_of_string(query, start + 3, escapes=False)
    if rest[:2].upper() in ("B'", "X'", "N'"):
        return True, _end_of_string(query, start + 2, escapes=not is_conforming)
    if rest[0] == "'":
        return True, _end_of_string(query, start + 1, escapes=not is_conforming)
    if rest[0] == '"':
        return _name(query, start + 1)
    return _outside_quotes(query, start, rest)


def _outside_quotes(query: str, start: int, rest: str) -> tuple[bool, int]:
    if rest[:2] == "--":
        return True, _end_of_line(query, start)
    if rest[:2] == "/*":
        return True, _end_of_comment(query, start + 2)
    if rest[0] == "$":
        return _dollar(query, start)
    return False, _end_of_word(query, start) if _is_letter(rest[0]) else start + 1


def _end_of_string(query: str, position: int, *, escapes: bool) -> int:
    while position < len(query):
        if query[position : position + 2] == "''" or (escapes and query[position] == "\\"):
            position += 2
        elif query[position] == "'":
            return _continued(query, position + 1, escapes=escapes)
        else:
            position += 1
    return len(query)


def _continued(query: str, position: int, *, escapes: bool) -> int:
    """A string goes on where only white space with a line break is between two quotes."""
    gap = position
    while gap < len(query) and query[gap] in " \t\n\r\f\v":
        gap += 1
    is_continued = query[gap : gap + 1] == "'" and set(query[position:gap]) & set("\n\r")
    return _end_of_string(query, gap + 1, escapes=escapes) if is_continued else position


def _name(query: str, position: int) -> tuple[bool, int]:
    """A name in quotes is shown, unless it is not closed."""
    while position < len(query):
        if query[position : position + 2] == '""':
            position += 2
        elif query[position] == '"':
            return False, position + 1
        else:
            position += 1
    return True, len(query)


def _end_of_line(query: str, position: int) -> int:
    while position < len(query) and query[position] not in "\n\r":
        position += 1
    return position


def _end_of_comment(query: str, position: int) -> int:
    depth = 1
    while depth and position < len(query):
        step = {"/*": 1, "*/": -1}.get(query[position : position + 2], 0)
        depth += step
        position += 2 if step else 1
    return position


def _dollar(query: str, start: int) -> tuple[bool, int]:
    end = start + 1
    while end < len(query) and (_is_letter(query[end]) or (end > start + 1 and query[end].isdigit())):
        end += 1
    if query[end : end + 1] != "$":
        return False, start + 1
    tag = query[start : end + 1]
    close = query.find(tag, end + 1)
    return True, close + len(tag) if close >= 0 else len(query)


def _end_of_word(query: str, position: int) -> int:
    while position < len(query) and (_is_letter(query[position]) or query[position] in "$0123456789"):
        position += 1
    return position


def _is_letter(character: str) -> bool:
    return character == "_" or character.isalpha() or character > "\x7f"

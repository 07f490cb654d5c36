r"""Python's regular expressions in the words of RE2, which the OpenTelemetry Collector reads.

https://github.com/google/re2/wiki/Syntax. What is made fits at least what Python's fits: a group that gives nothing
back is one that does. ``\w``, ``\d`` and ``\s`` know all letters, as in Python; RE2's ``\b`` knows those of ASCII.
"""

from __future__ import annotations

import re
from re import _constants as kinds, _parser as parser

from .convert import InvalidValue

# https://pkg.go.dev/regexp/syntax: repetitions within repetitions count as their product.
MAX_REPEAT = 1000
_LETTERS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_SPACE = r"\s\x0b\x1c-\x1f\x{85}\p{Z}"
_CLASSES = {
    kinds.CATEGORY_DIGIT: r"\p{Nd}",
    kinds.CATEGORY_NOT_DIGIT: r"\P{Nd}",
    kinds.CATEGORY_WORD: r"\p{L}\p{N}_",
    kinds.CATEGORY_SPACE: _SPACE,
}
_OPPOSITES = {
    kinds.CATEGORY_NOT_WORD: kinds.CATEGORY_WORD,
    kinds.CATEGORY_NOT_SPACE: kinds.CATEGORY_SPACE,
}
_REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT)
_SIGNS = (kinds.LITERAL, kinds.NOT_LITERAL, kinds.ANY, kinds.IN)
_PLACES = {
    kinds.AT_BEGINNING_STRING: r"\A",
    kinds.AT_END_STRING: r"\z",
    kinds.AT_BOUNDARY: r"\b",
    kinds.AT_NON_BOUNDARY: r"\B",
}
_IMPOSSIBLE = {
    kinds.ASSERT: "looks ahead or behind, (?=…) or (?<=…)",
    kinds.ASSERT_NOT: "looks ahead or behind, (?!…) or (?<!…)",
    kinds.GROUPREF: "refers to what it found before, \\1",
    kinds.GROUPREF_EXISTS: "refers to what it found before, (?(1)…)",
}


def translate(pattern: str) -> str:
    """The pattern as RE2 reads it.

    :raises InvalidValue: with what RE2 cannot do, as the end of a sentence
    """
    parsed = parser.parse(pattern)
    if _repeats(parsed) > MAX_REPEAT:
        raise InvalidValue(f"repeats more than {MAX_REPEAT} times, repetitions within repetitions included")
    if re.search(r"\\[bB]", pattern) and not pattern.isascii():
        raise InvalidValue(r"has \b and letters beyond ASCII, at which RE2 sees no end of a word")
    flags = parsed.state.flags
    letters = "".join(letter for letter, flag in _LETTERS.items() if flags & flag)
    return (f"(?{letters})" if letters else "") + _sequence(parsed, flags)


def quote(text: str) -> str:
    """A pattern that fits just that text."""
    return "".join(_literal(ord(sign)) for sign in text)


def _sequence(sequence, flags: int) -> str:
    return "".join(_one(kind, argument, flags) for kind, argument in sequence)


def _one(kind, argument, flags: int) -> str:
    if kind in _IMPOSSIBLE:
        raise InvalidValue(_IMPOSSIBLE[kind])
    if kind in _REPEATS:
        return _repeat(*argument, flags) + ("?" if kind is kinds.MIN_REPEAT else "")
    if kind is kinds.BRANCH:
        return f"(?:{'|'.join(_sequence(branch, flags) for branch in argument[1])})"
    if kind is kinds.SUBPATTERN:
        return _group(argument, flags)
    if kind is kinds.ATOMIC_GROUP:
        return f"(?:{_sequence(argument, flags)})"
    return _sign(kind, argument, flags)


def _repeat(least, most, inner, flags: int) -> str:
    text = _sequence(inner, flags)
    if len(inner) != 1 or inner[0][0] not in _SIGNS or text.startswith("(?:"):
        text = f"(?:{text})"
    if least == most:
        return f"{text}{{{least}}}"
    return f"{text}{{{least},{'' if most is kinds.MAXREPEAT else most}}}"


def _sign(kind, argument, flags: int) -> str:
    """What fits one sign, or a place."""
    if kind is kinds.ANY:
        return "."
    if kind is kinds.LITERAL:
        return _literal(argument)
    if kind is kinds.NOT_LITERAL:
        return f"[^{_literal(argument)}]"
    if kind is kinds.IN:
        return _class(argument, flags)
    return _place(argument, flags)


def _group(argument, flags: int) -> str:
    _number, added, removed, inner = argument
    on = "".join(letter for letter, flag in _LETTERS.items() if added & flag)
    off = "".join(letter for letter, flag in _LETTERS.items() if removed & flag)
    change = on + (f"-{off}" if off else "")
    return f"(?{change}:{_sequence(inner, (flags | added) & ~removed)})"


def _place(where, flags: int) -> str:
    if where is kinds.AT_BEGINNING:
        return "^"
    if where is kinds.AT_END:
        # Python's end is also before the last line feed.
        return "$" if flags & re.MULTILINE else r"\n?\z"
    return _PLACES[where]


def _class(items, flags: int) -> str:
    is_negated = items[0][0] is kinds.NEGATE
    items = items[1:] if is_negated else items
    opposites = [argument for kind, argument in items if kind is kinds.CATEGORY and argument in _OPPOSITES]
    if opposites and is_negated:
        raise InvalidValue(r"has \W or \S within [^…]")
    rest = "".join(_item(kind, argument, flags) for kind, argument in items if argument not in opposites)
    ways = [f"[{'^' if is_negated else ''}{rest}]"] if rest else []
    ways += [f"[^{_category(_OPPOSITES[argument], flags)}]" for argument in opposites]
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


def _item(kind, argument, flags: int) -> str:
    if kind is kinds.RANGE:
        return "-".join(map(_literal, argument))
    return _category(argument, flags) if kind is kinds.CATEGORY else _literal(argument)


def _category(category, flags: int) -> str:
    if flags & re.ASCII:
        return {
            kinds.CATEGORY_DIGIT: "0-9",
            kinds.CATEGORY_NOT_DIGIT: r"\D",
            kinds.CATEGORY_WORD: r"\w",
            kinds.CATEGORY_SPACE: r"\s\x0b",
        }[category]
    return _CLASSES[category]


def _literal(code: int) -> str:
    """A sign as it is where it means nothing else: not even to the collector, for which $ begins a variable."""
    sign = chr(code)
    return sign if (sign.isalnum() and sign.isascii()) or sign in " _" else f"\\x{{{code:x}}}"


def _repeats(sequence) -> int:
    """The most that something is repeated, as RE2 counts."""
    return max((_repeats_of(kind, argument) for kind, argument in sequence), default=1)


def _repeats_of(kind, argument) -> int:
    if kind in _REPEATS:
        least, most, inner = argument
        return max(1, least if most is kinds.MAXREPEAT else most) * _repeats(inner)
    if kind is kinds.BRANCH:
        return max(map(_repeats, argument[1]))
    if kind is kinds.SUBPATTERN:
        return _repeats(argument[-1])
    return _repeats(argument) if kind is kinds.ATOMIC_GROUP else 1

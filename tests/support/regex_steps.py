"""How many steps a regular expression takes on a text: a backtracking matcher as that of ``re``, which counts.

    Steps(pattern).sub(text)        # steps of pattern.sub(…, text)

It reads what ``re`` itself has parsed. Time says little on a shared machine; steps are the same everywhere. It knows
what the patterns of ours use; anything else is a KeyError.
"""

import re
from collections.abc import Iterator
from re import _constants as kinds, _parser as parser

_CATEGORIES = {
    kinds.CATEGORY_DIGIT: str.isdecimal,
    kinds.CATEGORY_SPACE: str.isspace,
    kinds.CATEGORY_NOT_SPACE: lambda sign: not sign.isspace(),
    kinds.CATEGORY_WORD: lambda sign: sign.isalnum() or sign == "_",
}
_SINGLE = frozenset((kinds.LITERAL, kinds.NOT_LITERAL, kinds.IN, kinds.ANY))
# Plain numbers: of enumerations each question would be a call.
_IGNORECASE, _MULTILINE = int(re.IGNORECASE), int(re.MULTILINE)


class Steps:
    """
    :param pattern: a compiled one
    """

    def __init__(self, pattern: re.Pattern):
        self._parsed = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
        self._flags = pattern.flags
        self._composed = self._by_kind()
        self._answers: dict[tuple, bool] = {}
        self._text = ""
        self.count = 0

    def sub(self, text: str) -> int:
        """The steps of finding every match."""
        self.count = 0
        for _span in self.spans(text):
            pass
        return self.count

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where ``finditer`` finds matches."""
        self._text, position = text, 0
        while position <= len(text):
            end = next(self._sequence(self._parsed.data, 0, position, self._flags), None)
            if end is not None:
                yield position, end
            position = position + 1 if end in (None, position) else end

    def _sequence(self, nodes: list, index: int, position: int, flags: int) -> Iterator[int]:
        """Each place where the rest of a sequence may end, in the order in which ``re`` tries them."""
        length = len(nodes)
        while index < length:
            self.count += 1
            kind, argument = nodes[index]
            if kind not in _SINGLE:
                break
            # Signs one after the other leave no place to come back to.
            if not self._fits(kind, argument, position, flags):
                return
            index, position = index + 1, position + 1
        else:
            yield position
            return
        for end in self._composed[kind](argument, position, flags):
            yield from self._sequence(nodes, index + 1, end, flags)

    def _by_kind(self) -> dict:
        return {
            kinds.MAX_REPEAT: self._greedy,
            kinds.MIN_REPEAT: self._lazy,
            kinds.POSSESSIVE_REPEAT: self._possessive,
            kinds.SUBPATTERN: self._group,
            kinds.BRANCH: self._branch,
            kinds.ASSERT: lambda argument, position, flags: self._assert(
                argument, position, flags, expected=True
            ),
            kinds.ASSERT_NOT: lambda argument, position, flags: self._assert(
                argument, position, flags, expected=False
            ),
            kinds.AT: self._at,
        }

    def _fits(self, kind, argument, position: int, flags: int) -> bool:
        if position >= len(self._text):
            return False
        sign = self._text[position]
        # The parsed pattern stays, and so do the addresses of its parts.
        asked = (kind, id(argument), sign, flags)
        if asked not in self._answers:
            self._answers[asked] = _takes(kind, argument, sign, flags)
        return self._answers[asked]

    def _ends(self, nodes, most: int, position: int, flags: int) -> list[int]:
        """Where one sign repeated may end; each sign is a step."""
        kind, argument = nodes[0]
        ends = [position]
        while len(ends) <= most and self._fits(kind, argument, ends[-1], flags):
            ends.append(ends[-1] + 1)
        self.count += len(ends)
        return ends

    def _greedy(self, argument, position: int, flags: int) -> Iterator[int]:
        least, most, inner = argument
        if len(inner) == 1 and inner[0][0] in _SINGLE:
            yield from reversed(self._ends(inner, most, position, flags)[least:])
        else:
            yield from self._again(least, most, inner, position, flags)

    def _again(self, least: int, most: int, inner, position: int, flags: int) -> Iterator[int]:
        if most > 0:
            for end in self._sequence(inner.data, 0, position, flags):
                if end > position:
                    yield from self._again(least - 1, most - 1, inner, end, flags)
        if least <= 0:
            yield position

    def _lazy(self, argument, position: int, flags: int) -> Iterator[int]:
        """Of one sign, as all of ours; a step is taken when it is asked for."""
        least, most, inner = argument
        kind, sign = inner[0]
        for count in range(most + 1):
            self.count += 1
            if count >= least:
                yield position
            if not self._fits(kind, sign, position, flags):
                return
            position += 1

    def _possessive(self, argument, position: int, flags: int) -> Iterator[int]:
        least, most, inner = argument
        count = 0
        while count < most:
            end = next(self._sequence(inner.data, 0, position, flags), position)
            if end == position:
                break
            position, count = end, count + 1
        if count >= least:
            yield position

    def _group(self, argument, position: int, flags: int) -> Iterator[int]:
        _number, added, taken, inner = argument
        yield from self._sequence(inner.data, 0, position, (flags | added) & ~taken)

    def _branch(self, argument, position: int, flags: int) -> Iterator[int]:
        for branch in argument[1]:
            yield from self._sequence(branch.data, 0, position, flags)

    def _assert(self, argument, position: int, flags: int, *, expected: bool) -> Iterator[int]:
        direction, inner = argument
        start = position if direction > 0 else position - inner.getwidth()[0]
        found = start >= 0 and next(self._sequence(inner.data, 0, start, flags), None) is not None
        if found == expected:
            yield position

    def _at(self, where, position: int, flags: int) -> Iterator[int]:
        text = self._text
        before, after = text[max(0, position - 1) : position], text[position : position + 1]
        is_multiline = flags & _MULTILINE
        holds = {
            kinds.AT_BOUNDARY: _is_word(before) != _is_word(after),
            kinds.AT_END_STRING: not after,
            kinds.AT_BEGINNING: not before or (is_multiline and before == "\n"),
            kinds.AT_END: not after or text[position:] == "\n" or (is_multiline and after == "\n"),
        }
        if holds[where]:
            yield position


def _takes(kind, argument, sign: str, flags: int) -> bool:
    if kind is kinds.ANY:
        return sign != "\n"
    signs = {sign, sign.lower(), sign.upper()} if flags & _IGNORECASE else {sign}
    if kind is kinds.IN:
        return any(_is_in(argument, each) for each in signs)
    return (chr(argument) in signs) == (kind is kinds.LITERAL)


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _is_in(items, sign: str) -> bool:
    is_negated = items[0][0] is kinds.NEGATE
    found = any(_item_has(kind, argument, sign) for kind, argument in items if kind is not kinds.NEGATE)
    return found != is_negated


def _item_has(kind, argument, sign: str) -> bool:
    if kind is kinds.RANGE:
        return argument[0] <= ord(sign) <= argument[1]
    if kind is kinds.CATEGORY:
        return _CATEGORIES[argument](sign)
    return ord(sign) == argument

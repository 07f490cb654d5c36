"""Attributes of spans as bytes, with what repeats from span to span encoded once.

A kept request has some twenty attributes on its own span, and a few on each child. Most strings repeat (routes,
models, the database), most counts are small, and of a measured number only eight bytes are new. Encoding each anew by
``otlp.attributes`` takes 2 µs an attribute, which is most of what a kept request costs.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from . import otlp
from .redact import DEFAULT, Policy

# Entries of each kind, and the greatest length of a string that is worth keeping.
MAX_CACHED = 2000
MAX_CACHED_VALUE = 200
# Bytes of an array of strings that is worth keeping, and characters of what it was made of.
MAX_CACHED_ARRAY = 1000
# A value that a caller chose (path, User-Agent) is cut here.
MAX_VALUE = 1000
# Counts up to here repeat.
MAX_CACHED_INTEGER = 1000

# One of an array of doubles: field 1 of ArrayValue, of nine bytes, of which the first is that tag.
_ITEM = b"\x0a\x09\x21"
_ITEM_BYTES = len(_ITEM) + otlp.DOUBLE_BYTES


class Known(NamedTuple):
    """Bodies by the name of an attribute, then by its value; of doubles all but the numbers.

    Apart from each other: 1, 1.0 and True are the same key of a dictionary.
    """

    strings: dict[str, dict[str, bytes]]
    integers: dict[str, dict[int, bytes]]
    texts: dict[str, dict[tuple[str, ...], bytes]]
    doubles: dict[str, bytes]
    # By the length of the array
    arrays: dict[str, dict[int, bytes]]


def encode_attributes(
    values: dict[str, otlp.Value | None], known: Known, encode: Callable[[str, otlp.Value], bytes]
) -> bytes:
    """A ``KeyValue`` of each that is not None, as the field ``attributes`` of their message.

    ``native/`` has the same, compiled; this module's tests hold the two equal.

    :param encode: of which nothing is known
    """
    return b"".join(
        [_find(known, key, value) or encode(key, value) for key, value in values.items() if value is not None]
    )


def _find(known: Known, key: str, value: otlp.Value) -> bytes | None:
    kind = type(value)
    if kind is float:
        before = known.doubles.get(key)
        return before and before + otlp.open_double(value)
    if kind is tuple:
        return _find_array(known, key, value)
    by_key = known.strings if kind is str else known.integers if kind is int else {}
    bodies = by_key.get(key)
    return bodies and bodies.get(value)


def _find_array(known: Known, key: str, values: tuple) -> bytes | None:
    kinds = set(map(type, values))
    if kinds == {str}:
        return known.texts.get(key, {}).get(values)
    before = known.arrays.get(key, {}).get(len(values)) if kinds == {float} else None
    return before and before + b"".join([_ITEM + struct.pack("<d", each) for each in values])


class Limits(NamedTuple):
    """Where a string is cut, the longest that is worth keeping, and how many entries of each kind are kept."""

    value: int = MAX_VALUE
    kept_value: int = MAX_CACHED_VALUE
    kept: int = MAX_CACHED


SPAN_LIMITS = Limits()


class _Bodies:
    """By the name of an attribute, then by a value of it; begun anew when there are too many."""

    def __init__(self, limit: int):
        self.by_key: dict[str, dict] = {}
        self._limit = limit
        self._count = 0

    def remember(self, key: str, value, body: bytes) -> None:
        if self._count >= self._limit:
            self.by_key.clear()
            self._count = 0
        self.by_key.setdefault(key, {})[value] = body
        self._count += 1


class AttributeEncoder:
    """Attributes as the field ``attributes`` of their message.

    :param policy: what is redacted; asked when a value is encoded, not when it repeats
    :param field: otlp.SPAN_ATTRIBUTES or otlp.EVENT_ATTRIBUTES
    :param encode_attributes: as :func:`encode_attributes`, which may be compiled
    """

    def __init__(
        self,
        policy: Policy = DEFAULT,
        field: int = otlp.SPAN_ATTRIBUTES,
        limits: Limits = SPAN_LIMITS,
        encode_attributes: Callable = encode_attributes,
    ):
        self._policy = policy
        self._field = field
        self._limits = limits
        self._encode_attributes = encode_attributes
        self._strings, self._integers, self._texts, self._arrays = (
            _Bodies(limits.kept) for _kind in range(4)
        )
        self._doubles: dict[str, bytes] = {}
        self._known = Known(
            self._strings.by_key,
            self._integers.by_key,
            self._texts.by_key,
            self._doubles,
            self._arrays.by_key,
        )

    def encode_all(self, values: dict[str, otlp.Value | None]) -> bytes:
        """Those that are not None, one after the other."""
        return self._encode_attributes(values, self._known, self._learn)

    def encode(self, key: str, value: otlp.Value | None) -> bytes:
        """One; empty for None."""
        return self.encode_all({key: value})

    def _learn(self, key: str, value: otlp.Value) -> bytes:
        """Encode what is not known, and remember it if it may come again."""
        kind = type(value)
        if kind is str:
            return self._string(key, value)
        body = self._plain(key, value)
        if kind is int and 0 <= value <= MAX_CACHED_INTEGER:
            self._integers.remember(key, value, body)
        elif kind is float and not self._policy.hides_numbers(key):
            self._remember_double(key, body)
        elif kind is tuple:
            self._remember_array(key, value, body)
        return body

    def _string(self, key: str, value: str) -> bytes:
        shown = self._policy.value(key, value)
        if len(value) > self._limits.kept_value:
            return otlp.attributes(self._field, ((key, shown[: self._limits.value]),))
        body = otlp.attributes(self._field, ((key, shown),))
        self._strings.remember(key, value, body)
        return body

    def _remember_double(self, key: str, body: bytes) -> None:
        """All but the number: it comes last, and its length is fixed."""
        if len(self._doubles) >= self._limits.kept:
            self._doubles.clear()
        self._doubles[key] = body[: -otlp.DOUBLE_BYTES]

    def _remember_array(self, key: str, values: tuple, body: bytes) -> None:
        """Strings repeat as a whole, of doubles all but the numbers do; others are rare."""
        kinds = set(map(type, values))
        if kinds == {str} and max(len(body), sum(map(len, values))) <= MAX_CACHED_ARRAY:
            self._texts.remember(key, values, body)
        elif kinds == {float} and not self._policy.hides_numbers(key):
            self._arrays.remember(key, len(values), body[: -_ITEM_BYTES * len(values)])

    def _plain(self, key: str, value: otlp.Value) -> bytes:
        return otlp.attributes(self._field, ((key, self._policy.value(key, value)),))

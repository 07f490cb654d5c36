"""Attributes of spans as bytes, with what repeats from span to span encoded once.

A kept request has some twenty attributes on its own span, and a few on each child. Most strings repeat (routes,
models, the database), most counts are small, and of a measured number only eight bytes are new. Encoding each anew by
``otlp.attributes`` takes 2 µs an attribute, which is most of what a kept request costs.
"""

from __future__ import annotations

import struct
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


class Limits(NamedTuple):
    """Where a string is cut, the longest that is worth keeping, and how many entries of each kind are kept."""

    value: int = MAX_VALUE
    kept_value: int = MAX_CACHED_VALUE
    kept: int = MAX_CACHED


SPAN_LIMITS = Limits()


class AttributeEncoder:
    """``encode(key, value)``: one ``KeyValue`` as the field ``attributes`` of its message; empty for None.

    :param policy: what is redacted; asked when a value is encoded, not when it repeats
    :param field: otlp.SPAN_ATTRIBUTES or otlp.EVENT_ATTRIBUTES
    """

    def __init__(
        self, policy: Policy = DEFAULT, field: int = otlp.SPAN_ATTRIBUTES, limits: Limits = SPAN_LIMITS
    ):
        self._policy = policy
        self._field = field
        self._limits = limits
        # Apart from each other: 1, 1.0 and True are the same key of a dictionary.
        self._strings: dict[tuple[str, str], bytes] = {}
        self._integers: dict[tuple[str, int], bytes] = {}
        self._doubles: dict[str, bytes] = {}
        self._texts: dict[tuple[str, tuple[str, ...]], bytes] = {}
        # What comes before the items, and how these are packed
        self._arrays: dict[tuple[str, int], tuple[bytes, struct.Struct]] = {}

    def encode(self, key: str, value: otlp.Value | None) -> bytes:
        if value is None:
            return b""
        kind = type(value)
        if kind is str:
            return self._strings.get((key, value)) or self._string(key, value)
        if kind is float:
            before = self._doubles.get(key)
            return before + otlp.open_double(value) if before else self._double(key, value)
        if kind is int:
            return self._integers.get((key, value)) or self._integer(key, value)
        if kind is tuple and value:
            return self._array(key, value)
        return self._plain(key, value)

    def _array(self, key: str, values: tuple) -> bytes:
        """Strings repeat as a whole, of doubles all but the numbers do; others are rare."""
        kinds = set(map(type, values))
        if kinds == {str}:
            return self._texts.get((key, values)) or self._text_array(key, values)
        kept = self._arrays.get((key, len(values)))
        if kinds != {float} or (not kept and self._policy.hides_numbers(key)):
            return self._plain(key, values)
        before, items = kept or self._doubles_of(key, len(values))
        parts = [_ITEM] * (2 * len(values))
        parts[1::2] = values
        return before + items.pack(*parts)

    def _text_array(self, key: str, values: tuple) -> bytes:
        body = self._plain(key, values)
        if max(len(body), sum(map(len, values))) > MAX_CACHED_ARRAY:
            return body
        return self._remember(self._texts, (key, values), body)

    def _doubles_of(self, key: str, length: int) -> tuple[bytes, struct.Struct]:
        body = otlp.attributes(self._field, ((key, (0.0,) * length),))[: -_ITEM_BYTES * length]
        return self._remember(self._arrays, (key, length), (body, struct.Struct("<" + "3sd" * length)))

    def _string(self, key: str, value: str) -> bytes:
        shown = self._policy.value(key, value)
        if len(value) > self._limits.kept_value:
            return otlp.attributes(self._field, ((key, shown[: self._limits.value]),))
        return self._remember(self._strings, (key, value), otlp.attributes(self._field, ((key, shown),)))

    def _integer(self, key: str, value: int) -> bytes:
        body = self._plain(key, value)
        return (
            self._remember(self._integers, (key, value), body) if 0 <= value <= MAX_CACHED_INTEGER else body
        )

    def _double(self, key: str, value: float) -> bytes:
        """Kept is all but the number: it comes last, and its length is fixed."""
        body = self._plain(key, value)
        if not self._policy.hides_numbers(key):
            self._remember(self._doubles, key, body[: -otlp.DOUBLE_BYTES])
        return body

    def _plain(self, key: str, value: otlp.Value) -> bytes:
        return otlp.attributes(self._field, ((key, self._policy.value(key, value)),))

    def _remember(self, cache: dict, key, body):
        if len(cache) >= self._limits.kept:
            cache.clear()
        cache[key] = body
        return body

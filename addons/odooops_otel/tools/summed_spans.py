"""Spans that stand for many calls or statements of one place: from the first to the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from . import otlp

# What a place is: operation and model, or operation and table.
Place = tuple[str, str]
# Numbers, which are few and repeat; then seconds together, when the first began and when the last ended.
Summed = Sequence[tuple[Place, list]]
# A place and its numbers
Key = tuple
# What is the same in all spans of a key: prefix, label and attributes up to the value of the last one, the seconds.
Frame = tuple[bytes, bytes, bytes]


def encode_summed(
    summed: list[tuple[Place, list]],
    frames: Mapping[Key, Frame],
    make: Callable[[Key], Frame],
    head: bytes,
    tail: bytes,
    ids: bytes,
    offset: int,
) -> list[bytes]:
    """A span of each, as fields of ``ScopeSpans``.

    ``native/`` has the same, compiled; this module's tests hold the two equal.

    :param make: makes what ``frames`` does not have of a key
    :param head: what is the same in all up to the span's id, as ``tail`` is after it
    :param ids: 8 bytes for each
    :param offset: what is added to a time to make it ns since the epoch
    """
    if len(ids) < 8 * len(summed):
        raise ValueError("there are fewer ids than spans")
    bodies = []
    for index, (place, (*numbers, seconds, first, last)) in enumerate(summed):
        key = place, *numbers
        prefix, label, attributes = frames.get(key) or make(key)
        times = otlp.child_times(offset + int(first * 1e9), offset + int(last * 1e9))
        span_id, time = ids[8 * index : 8 * index + 8], otlp.open_double(seconds)
        bodies.append(b"".join((prefix, head, span_id, tail, label, times, attributes, time)))
    return bodies

"""Spans that are bytes already and wait to be sent beside records."""

from __future__ import annotations

from collections.abc import Sequence


class EncodedSpans:
    """Spans of one origin, as fields of ``ScopeSpans`` (spans 2).

    ``span_count`` and ``text_size`` are what they count as in the queue of kept records.

    :param span_count: where a body holds several
    """

    __slots__ = ("bodies", "span_count", "text_size")

    def __init__(self, bodies: Sequence[bytes], span_count: int | None = None):
        self.bodies = bodies
        self.span_count = len(bodies) if span_count is None else span_count
        self.text_size = sum(map(len, bodies))

"""A part of a request or job that is worth a span of its own: a mail that was sent, a report that was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from . import otlp


class Part(NamedTuple):
    """Told as :class:`tools.calls.Call` is, beside which it waits with its record."""

    span_id: bytes
    parent_span_id: bytes
    name: str
    kind: int
    started_at: int  # ns since the epoch
    duration: float  # s
    values: Mapping[str, otlp.Value | None]

    @property
    def failure(self) -> str | None:
        """``error.type``."""
        return self.values.get("error.type")

    def attributes(self) -> dict[str, otlp.Value | None]:
        return dict(self.values)

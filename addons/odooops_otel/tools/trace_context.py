"""W3C Trace Context: who called us, and whether they keep their trace.

https://www.w3.org/TR/trace-context/#traceparent-header
"""

from __future__ import annotations

import re
from typing import NamedTuple

# version 00 ends after the flags; a higher version may go on after another dash (§4.3). A comma joins
# headers that came twice.
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[^,]*)?", re.ASCII)
_ZERO_TRACE, _ZERO_SPAN = "0" * 32, "0" * 16
# https://www.w3.org/TR/trace-context-2/#trace-flags
SAMPLED, RANDOM = 0x01, 0x02


class Parent(NamedTuple):
    """The caller's span: ids as bytes, flags as sent."""

    trace_id: bytes
    span_id: bytes
    flags: int

    @property
    def is_sampled(self) -> bool:
        return bool(self.flags & SAMPLED)


def header(trace_id: bytes, span_id: bytes, flags: int) -> str:
    """A ``traceparent`` that names a span as the parent."""
    return f"00-{trace_id.hex()}-{span_id.hex()}-{flags:02x}"


def parse(header: str | None) -> Parent | None:
    """The parent that a ``traceparent`` header names; None when it is absent or against the rules.

    A malformed header is ignored: the trace starts anew (§2.2.2).
    """
    match = _TRACEPARENT.fullmatch(header.strip(" \t")) if header else None
    if not match:
        return None
    version, trace_id, span_id, flags, rest = match.groups()
    if version == "ff" or (version == "00" and rest) or trace_id == _ZERO_TRACE or span_id == _ZERO_SPAN:
        return None
    return Parent(bytes.fromhex(trace_id), bytes.fromhex(span_id), int(flags, 16))

"""W3C Trace Context: who called us, whether they keep their trace, and what they pass along.

https://www.w3.org/TR/trace-context-2/, of which the comments name the anchors.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# #versioning-of-traceparent: version 00 ends after the flags; a higher version may go on after another
# dash. A comma joins headers that came twice.
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[^,]*)?", re.ASCII)
_ZERO_TRACE, _ZERO_SPAN = "0" * 32, "0" * 16
# #trace-flags: whether the caller may have kept the trace; whether the trace id is random.
SAMPLED, RANDOM = 0x01, 0x02

# #key, #value: both sides of a list-member; spaces around it are none of it.
_MEMBER = re.compile(r"([a-z0-9][a-z0-9_\-*/@]{0,255})=[ -+\--<>-~]{0,255}[!-+\--<>-~]", re.ASCII)
MAX_MEMBERS = 32
# #tracestate-limits: as much has to be passed on.
MAX_STATE = 512


class Parent(NamedTuple):
    """The caller's span: ids as bytes, flags as sent."""

    trace_id: bytes
    span_id: bytes
    flags: int

    @property
    def is_sampled(self) -> bool:
        return bool(self.flags & SAMPLED)


def parse(header: str | None) -> Parent | None:
    """The parent that a ``traceparent`` header names; None when it is absent or against the rules.

    A malformed header is ignored: the trace starts anew (#trace-id, #parent-id).
    """
    match = _TRACEPARENT.fullmatch(header.strip(" \t")) if header else None
    if not match:
        return None
    version, trace_id, span_id, flags, rest = match.groups()
    if version == "ff" or (version == "00" and rest) or trace_id == _ZERO_TRACE or span_id == _ZERO_SPAN:
        return None
    return Parent(bytes.fromhex(trace_id), bytes.fromhex(span_id), int(flags, 16))


def parse_state(header: str | None) -> str:
    """The members of ``tracestate`` as they are passed on; empty when they are malformed or too many.

    Headers that came twice are one list, joined by a comma (RFC 9110 §5.3); empty members are allowed
    and left out (#tracestate-header-field-values).
    """
    if not header or len(header) > 2 * MAX_STATE:
        return ""
    members = [member for part in header.split(",") if (member := part.strip(" \t"))]
    matches = [_MEMBER.fullmatch(member) for member in members]
    state = ",".join(members)
    if len(members) > MAX_MEMBERS or len(state) > MAX_STATE or not all(matches):
        return ""
    keys = {match[1] for match in matches}
    return state if len(keys) == len(members) else ""

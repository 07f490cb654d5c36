"""The ids of records, and which records are kept whatever becomes of them."""

from __future__ import annotations

import os
import random

from ..tools import sampling, trace_context
from ..tools.settings import Settings


class Sampler:
    """Makes ids and takes the decision at the head of a trace; any thread may ask."""

    def __init__(self, settings: Settings):
        self._bound = sampling.bound_of(settings.sampler, settings.sampler_ratio)
        self._follow_parent = settings.sampler.startswith("parentbased_")
        # Not the shared generator: an application that seeds it would repeat our ids.
        self._random = random.Random(os.urandom(16))

    def make_ids(self, parent: trace_context.Parent | None) -> tuple[bytes, bytes]:
        """A trace id of 16 bytes, the parent's where there is one, and a span id of 8."""
        bits = self._random.getrandbits(192)
        span_id = (bits >> 128 or 1).to_bytes(8, "big")
        if parent:
            return parent.trace_id, span_id
        return (bits & (1 << 128) - 1 or 1).to_bytes(16, "big"), span_id

    def make_span_id(self) -> bytes:
        return (self._random.getrandbits(64) or 1).to_bytes(8, "big")

    def is_sampled(self, trace_id: bytes, parent: trace_context.Parent | None) -> bool:
        """Whether a trace is kept whatever becomes of it."""
        return sampling.is_sampled(trace_id, self._bound, parent, follow_parent=self._follow_parent)

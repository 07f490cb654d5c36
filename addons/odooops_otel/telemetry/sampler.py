"""The ids of records, and which records are kept whatever becomes of them."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

from ..tools import networks, rate, sampling
from ..tools.settings import Settings
from ..tools.trace_context import Parent


class Sampler:
    """Makes ids and takes the decision at the head of a trace; records ask, one at a time."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic):
        self._bound = sampling.bound_of(settings.sampler, settings.sampler_ratio)
        self._follow_parent = settings.sampler.startswith("parentbased_")
        self._trusted = settings.trusted_addresses
        self._clock = clock
        self._bucket = rate.TokenBucket(settings.untrusted_rate, clock())
        # Not the shared generator: an application that seeds it would repeat our ids.
        self._random = random.Random(os.urandom(16))

    def make_ids(self, parent: Parent | None) -> tuple[bytes, bytes]:
        """A trace id of 16 bytes, the parent's where there is one, and a span id of 8."""
        bits = self._random.getrandbits(192)
        span_id = (bits >> 128 or 1).to_bytes(8, "big")
        if parent:
            return parent.trace_id, span_id
        return (bits & (1 << 128) - 1 or 1).to_bytes(16, "big"), span_id

    def is_sampled(self, trace_id: bytes, span_id: bytes, parent: Parent | None, address: str | None) -> bool:
        """Whether a trace is kept whatever becomes of it.

        :param address: of the caller, behind any proxy
        """
        if parent is None or networks.contain(self._trusted, address):
            return sampling.is_sampled(trace_id, self._bound, parent, follow_parent=self._follow_parent)
        # https://www.w3.org/TR/trace-context-2/#denial-of-service: who is not trusted gets so many a minute.
        if self._follow_parent and (not parent.is_sampled or self._bucket.take(self._clock())):
            return parent.is_sampled
        # Nor may they choose a trace id that every ratio keeps: the span id is ours, and as random.
        return sampling.is_below(self._bound, span_id)

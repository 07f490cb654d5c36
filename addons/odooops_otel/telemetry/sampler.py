"""The ids of records, and which records are kept whatever becomes of them."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

from ..tools import networks, rate, sampling
from ..tools.settings import Settings
from ..tools.trace_context import Parent
from .policies import Policies


class Sampler:
    """Makes ids and takes the decision at the head of a trace; records ask, one at a time.

    :param policies: what the rules say, by database; without them what the settings say
    """

    def __init__(
        self,
        settings: Settings,
        policies: Policies | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.policies = policies or Policies(settings)
        self._follow_parent = settings.sampler.startswith("parentbased_")
        self._trusted = settings.trusted_addresses
        self._clock = clock
        self._bucket = rate.TokenBucket(settings.untrusted_rate, clock())
        # Not the shared generator: an application that seeds it would repeat our ids.
        self._random = random.Random(os.urandom(16))

    def make_ids(self, parent: Parent | None) -> tuple[bytes, bytes]:
        """A trace id of 16 bytes, the parent's where there is one, and a span id of 8."""
        # None is all zeros: https://www.w3.org/TR/trace-context-2/#trace-id
        span_id = self.make_span_id()
        if parent:
            return parent.trace_id, span_id
        return (self._random.getrandbits(128) or 1).to_bytes(16, "big"), span_id

    def draw(self, bound: int) -> tuple[bytes, bytes] | None:
        """The ids of a trace that begins here, if it is among the share that ``bound`` stands for.

        As :meth:`make_ids` and :func:`tools.sampling.is_below` of the trace id; most are not, and need no ids.
        """
        low = self._random.getrandbits(64)
        if low >= bound:
            return None
        trace_id = (self._random.getrandbits(64) << 64 | low) or 1
        return trace_id.to_bytes(16, "big"), self.make_span_id()

    def make_span_id(self) -> bytes:
        # https://www.w3.org/TR/trace-context-2/#parent-id
        return (self._random.getrandbits(64) or 1).to_bytes(8, "big")

    def trusts(self, address: str | None) -> bool:
        """Whether a caller is believed, by its address behind any proxy."""
        return networks.contain(self._trusted, address)

    def is_sampled(
        self, trace_id: bytes, span_id: bytes, parent: Parent | None, address: str | None, bound: int
    ) -> bool:
        """Whether a trace is kept whatever becomes of it.

        :param address: of the caller, behind any proxy
        :param bound: the share that is kept, as the rules say
        """
        if parent is None or self.trusts(address):
            return sampling.is_sampled(trace_id, bound, parent, follow_parent=self._follow_parent)
        # https://www.w3.org/TR/trace-context-2/#denial-of-service: who is not trusted gets so many a minute.
        if self._follow_parent and (not parent.is_sampled or self._bucket.take(self._clock())):
            return parent.is_sampled
        # Nor may they choose a trace id that every ratio keeps: the span id is ours, and as random.
        return sampling.is_below(bound, span_id)

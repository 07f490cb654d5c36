"""At most so many a minute: a token bucket."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable


class TokenBucket:
    """Lets ``per_minute`` events pass in a minute, at once if they come at once.

    :param now: seconds of any clock that does not go back
    """

    def __init__(self, per_minute: int, now: float):
        self._size = float(per_minute)
        self._tokens = self._size
        self._filled_at = now

    def take(self, now: float) -> bool:
        """Whether one more may pass."""
        elapsed = max(0.0, now - self._filled_at)
        self._filled_at = now
        self._tokens = min(self._size, self._tokens + elapsed * self._size / 60.0)
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class TokenBuckets:
    """A bucket for each key; of more than ``limit`` keys those that were not asked for longest are forgotten.

    Who is forgotten begins with a full bucket again: a limit for each of many, not one for all.
    """

    def __init__(self, per_minute: int, limit: int):
        self._per_minute, self._limit = per_minute, limit
        self._buckets: OrderedDict[Hashable, TokenBucket] = OrderedDict()

    def take(self, key: Hashable, now: float) -> bool:
        """Whether one more of ``key`` may pass."""
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= self._limit:
                self._buckets.popitem(last=False)
            bucket = self._buckets[key] = TokenBucket(self._per_minute, now)
        self._buckets.move_to_end(key)
        return bucket.take(now)

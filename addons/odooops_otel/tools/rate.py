"""At most so many a minute: a token bucket."""

from __future__ import annotations


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

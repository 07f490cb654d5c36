"""How long API keys live, which will soon stop working, and how often it is noted that one is used."""

from __future__ import annotations

from datetime import datetime, timedelta

VALID, EXPIRING, EXPIRED = STATES = ("valid", "expiring", "expired")
# In time to make another one and to put it where the old one is.
SOON = timedelta(days=14)
# Seconds. Who looks wants to know whether a key is still needed, and a write a request is too much for that.
NOTED_EVERY = 3600.0


def state(expires_at: datetime | None, now: datetime) -> str:
    """Whether a key works at ``now``, and still will in two weeks; one without an end always does."""
    if expires_at is None or expires_at > now + SOON:
        return VALID
    return EXPIRING if expires_at >= now else EXPIRED


def is_lifetime(days: object, most: int) -> bool:
    """Whether ``days`` is a number of days that a key may live, where ``most`` are allowed."""
    return isinstance(days, int) and not isinstance(days, bool) and 1 <= days <= most


def is_due(noted_at: float | None, now: float) -> bool:
    """Whether a use at ``now`` is to be noted, when the last one that was noted was at ``noted_at`` (seconds)."""
    return noted_at is None or now - noted_at >= NOTED_EVERY

"""How long API keys live, and which will soon stop working."""

from __future__ import annotations

from datetime import datetime, timedelta

VALID, EXPIRING, EXPIRED = STATES = ("valid", "expiring", "expired")
# In time to make another one and to put it where the old one is.
SOON = timedelta(days=14)


def state(expires_at: datetime | None, now: datetime) -> str:
    """Whether a key works at ``now``, and still will in two weeks; one without an end always does."""
    if expires_at is None or expires_at > now + SOON:
        return VALID
    return EXPIRING if expires_at >= now else EXPIRED


def is_lifetime(days: object, most: int) -> bool:
    """Whether ``days`` is a number of days that a key may live, where ``most`` are allowed."""
    return isinstance(days, int) and not isinstance(days, bool) and 1 <= days <= most

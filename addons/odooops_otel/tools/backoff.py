"""When to try again: exponential backoff with jitter.

OTLP/HTTP asks for it, and for honouring Retry-After
(https://opentelemetry.io/docs/specs/otlp/#otlphttp-throttling). Jitter keeps the processes of a
server from returning to a receiver all at once.
"""

from __future__ import annotations

import math

# https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
RETRYABLE_STATUS = frozenset({429, 502, 503, 504})
FIRST, FACTOR, LONGEST = 1.0, 2.0, 30.0


def delay(attempt: int, fraction: float, retry_after: float | None = None) -> float:
    """Seconds to wait before the next try.

    :param attempt: failures so far, from 1
    :param fraction: a random number in [0, 1)
    :param retry_after: what the receiver asked for, in seconds; obeyed up to five minutes
    """
    if retry_after is not None and not math.isnan(retry_after):
        return min(max(retry_after, 0.0), 300.0)
    longest = min(LONGEST, FIRST * FACTOR ** min(attempt - 1, 10))
    return longest * (0.5 + fraction / 2)

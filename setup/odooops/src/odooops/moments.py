"""Points in time as people write them: "10m" (ago), "2026-11-25T01:02:03+01:00", "2026-11-25 01:02"."""

import argparse
import re
from datetime import datetime

SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# Of year 9999; what is beyond is a slip of the finger.
LATEST = 253402300799.0


def span(text: str) -> float:
    """A length of time in seconds: "30s", "10m", "1h30m", "3d"; raises argparse.ArgumentTypeError."""
    parts = SPAN.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time: write 30s, 10m, 2h or 3d")
    seconds = sum(float(number) * SECONDS[unit] for number, unit in parts)
    if not 0 < seconds <= LATEST:
        raise argparse.ArgumentTypeError(f"{text!r}: must be longer than nothing and shorter than history")
    return seconds


def point(text: str, now: float) -> float:
    """A moment in seconds since the epoch: a length of time before ``now``, or a date with or without time and zone.

    Without a zone it is local time. Raises argparse.ArgumentTypeError.
    """
    if SPAN.match(text) and not re.match(r"\d{4}-", text):
        return now - span(text)
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no moment: write how long ago (10m, 2h, 3d) or a date such as 2026-11-25T14:00"
        ) from None

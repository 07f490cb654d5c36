"""What a slot has lost of late: requests and jobs that ended with their process, when, and why.

The counters of a slot are of all processes that had it, and say neither. So each process passes on in its report what
it and those before it have found: losses as mappings of ``at`` (ns since the epoch), ``items`` and ``reason``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

SECOND = 1_000_000_000
# What was lost longer ago than this is history.
RECENT = 900 * SECOND
# Losses of a minute are one: a process that is killed again and again makes no long list.
_MINUTE = 60 * SECOND
# Why the process ended; UNKNOWN where no report says it, as those of older versions.
KILLED, SHUTDOWN, UNKNOWN = REASONS = ("killed", "shutdown", "unknown")

Loss = Mapping[str, Any]


def recent(losses: Iterable[Loss], now: int) -> list[Loss]:
    """Those that are not history.

    :param now: ns since the epoch
    """
    return [loss for loss in losses if now - loss["at"] < RECENT]


def remember(losses: Iterable[Loss], now: int) -> list[dict[str, Any]]:
    """What is passed on of losses, by their time: those of a minute and a reason as one, without what is history."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for loss in sorted(recent(losses, now), key=lambda loss: loss["at"]):
        key = loss["at"] // _MINUTE, loss["reason"]
        items = loss["items"] + (found[key]["items"] if key in found else 0)
        found[key] = {"at": loss["at"], "items": items, "reason": loss["reason"]}
    return list(found.values())

"""Bugs of ours: told in Odoo's log, not in each of a million requests, and never raised into one."""

from __future__ import annotations

import logging
import sys
import time

_logger = logging.getLogger(__name__)

REPORT_EVERY = 300.0  # seconds between reports of the same thing
_reported: dict[str, float] = {}


def report(message: str, error: BaseException | None = None) -> None:
    """Log an exception, or the one being handled, unless the same message was logged in the last minutes."""
    now = time.monotonic()
    last = _reported.get(message)
    if last is None or now - last >= REPORT_EVERY:
        _reported[message] = now
        _logger.error(message, exc_info=error or sys.exception())

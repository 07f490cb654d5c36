"""Sizes, durations and moments as people and programs write them."""

from __future__ import annotations

from datetime import UTC, datetime

_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")
_SPANS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def size_text(size: float) -> str:
    """Bytes as "1.4 GB" (powers of 1000); empty for nothing."""
    if not size:
        return ""
    value, unit = float(size), 0
    # What would be written as 1000 is one of the next unit.
    while value >= (999.5 if unit == 0 else 999.95) and unit < len(_SIZES) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} B" if unit == 0 else f"{value:.1f} {_SIZES[unit]}"


def duration_text(seconds: float) -> str:
    """Seconds as "2 min 5 s", in the two largest units; "< 1 s" for less than one."""
    rest = round(seconds)
    if rest < 1:
        return "< 1 s"
    parts = []
    for length, unit in _SPANS:
        amount, rest = divmod(rest, length)
        parts.append((amount, unit))
    first = next(index for index, (amount, _unit) in enumerate(parts) if amount)
    return " ".join(f"{amount} {unit}" for amount, unit in parts[first : first + 2] if amount)


def moment_text(moment: datetime | None) -> str:
    """A naive moment in UTC, as Odoo keeps it, in ISO 8601: "2026-11-25T03:42:00Z"; empty for none."""
    return f"{moment.replace(microsecond=0).isoformat()}Z" if moment else ""


def parse_moment(text: str) -> datetime:
    """The naive moment in UTC of an ISO 8601 text; without an offset it is UTC. ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=0)

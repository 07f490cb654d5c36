"""Data as text for a terminal: tables, moments, durations; nothing in it can steer the terminal."""

import re
import time
from collections.abc import Sequence

MAX_LINE = 300
# Of what our own addons say: a sentence that ends in its middle says nothing of how to go on.
MAX_MESSAGE = 4000
# C0 and C1 controls and the marks that turn the direction of writing (Unicode TR 36 §3.2).
STEERING = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def clean(text: str) -> str:
    """The text on one line, with control characters written out: what was logged must not steer a terminal."""
    return STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def clean_lines(text: str) -> str:
    """The text with its lines as they are, and other control characters written out."""
    return "\n".join(map(clean, text.split("\n")))


def one_line(text: str, limit: int = MAX_LINE) -> str:
    """The text with all white space as single blanks, cut to ``limit`` characters."""
    return clean(" ".join(text.split()))[:limit]


def whole(text: str, limit: int = MAX_MESSAGE) -> str:
    """The text on one line; what goes beyond ``limit`` is left out behind a word, and "…" says so."""
    line = clean(" ".join(text.split()))
    kept = line[:limit].rpartition(" ")[0] or line[:limit]
    return line if len(line) <= limit else f"{kept} …"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned by blanks; the first row is the head."""
    cleaned = [[clean(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cleaned) for column in range(len(cleaned[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cleaned)
    return "\n".join(line.rstrip() for line in lines)


def moment(nanoseconds: int) -> str:
    """Nanoseconds since the epoch as local time with its offset: "2026-11-25 01:02:03.456+01:00"."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    local = time.localtime(seconds)
    zone = time.strftime("%z", local)
    return f"{time.strftime('%F %T', local)}.{rest // 1_000_000:03d}{zone[:3]}:{zone[3:]}"


def duration(seconds: float) -> str:
    """Seconds with three digits that count and a fitting unit: "12.3 ms"."""
    size, unit = next((pair for pair in UNITS if abs(seconds) >= pair[0]), UNITS[-1])
    return f"{seconds / size:.3g} {unit}" if abs(seconds) < 1000 else f"{seconds:.0f} s"


def labels(pairs: dict[str, str]) -> str:
    """Labels as PromQL and LogQL write them."""
    return ", ".join(f'{name}="{_escaped(value)}"' for name, value in sorted(pairs.items()))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

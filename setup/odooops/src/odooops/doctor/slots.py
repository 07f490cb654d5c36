"""What Odoo's recorders have counted, in files that are there whatever has become of the receiver and the processes.

The layout is that of ``addons/odooops_otel/telemetry/slot.py``; a test holds this to it.
"""

import contextlib
import struct
from dataclasses import dataclass
from pathlib import Path

# The head of a slot: magic with the version of the layout, time of creation, process id.
HEADER = struct.Struct("<8sQQ")
MAGIC = b"OOPSLOT3"
SIGNALS = ("traces", "metrics", "logs")
REASONS = ("queue_full", "refused", "expired", "shutdown", "error", "record_full", "killed")
EXITS = ("limit_request", "limit_memory_soft", "limit_time_worker_cron", "stopped", "error", "killed")
# Of all processes that had the slot.
COUNTERS = (
    *(
        (signal, *what)
        for signal in SIGNALS
        for what in (("sent",), ("failed",), *(("dropped", reason) for reason in REASONS))
    ),
    *(("worker", "exit", reason) for reason in EXITS),
    ("process", "records"),
    ("process", "lost"),
)
# Of the one that has it, or had it last; moments in ns since the epoch, the last loss of any of them.
STATES = (
    *(
        ("process", what)
        for what in ("started", "cpu_before", "records", "delivered", "lost_at", "overhead", "background")
    ),
    *(
        (signal, what)
        for signal in SIGNALS
        for what in ("waiting", "attempts", "attempt_time", "delivered_at", "failed_at")
    ),
    *((signal, "dropped_at", reason) for signal in SIGNALS for reason in REASONS),
)
NUMBERS = struct.Struct(f"<{len(COUNTERS) + len(STATES)}Q")


@dataclass(frozen=True)
class Slot:
    """One slot; ``pid`` is 0 when no process has it."""

    name: str
    pid: int
    counters: dict[tuple[str, ...], int]
    states: dict[tuple[str, ...], int]

    def dropped(self, signal: str) -> dict[str, int]:
        """Items by reason, since the first start."""
        found = {reason: self.counters[signal, "dropped", reason] for reason in REASONS}
        return {reason: items for reason, items in found.items() if items}

    def is_failing(self, signal: str) -> bool:
        """Whether the last attempt to send failed."""
        return self.states[signal, "failed_at"] > self.states[signal, "delivered_at"]


def survey(directory: Path) -> list[Slot]:
    """The slots of a directory by name; what is none, or has another layout, is left out."""
    found = []
    for path in sorted(directory.glob("*.slot")):
        with contextlib.suppress(OSError, struct.error):
            content = path.read_bytes()
            numbers = NUMBERS.unpack_from(content, HEADER.size)
            counters = dict(zip(COUNTERS, numbers, strict=False))
            states = dict(zip(STATES, numbers[len(COUNTERS) :], strict=True))
            if content.startswith(MAGIC):
                found.append(Slot(path.stem, slot_pid(path) if is_held(path) else 0, counters, states))
    return found


def is_held(path: Path) -> bool:
    """Whether a process that lives has the slot."""
    pid = slot_pid(path)
    return bool(pid) and Path(f"/proc/{pid}").exists()


def slot_pid(path: Path) -> int:
    """The process that took a slot; 0 when it is free, or no slot of the layout that we know."""
    try:
        magic, _created, pid = HEADER.unpack_from(path.read_bytes())
    except (OSError, struct.error):
        return 0
    return pid if magic == MAGIC else 0

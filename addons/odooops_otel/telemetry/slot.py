"""A process's place among its kind, and the counters that outlive it.

A process takes the lowest free slot of its kind by locking a file; the kernel frees the lock
however the process ends. The slot gives ``service.instance.id``, so that a recycled worker
continues the series of its predecessor instead of starting new ones. The same file is mapped
into memory and holds what this kind of process sent, failed to send and dropped, and how its
processes ended: a successor counts on, and what a killed process had counted is not lost. A
process takes its id out of the file when it ends; a successor that finds one knows that it was killed,
and counts what waited in it as dropped.

Beside the counters the file holds the state of the process that has the slot now, so that each process of
the machine can tell how all of them are, whatever has become of the receiver.

File layout, little endian: magic 8 bytes, creation time in ns 8 bytes, process id 8 bytes, then
one 8-byte number for each entry of ``COUNTERS`` and of ``STATES``, in that order.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import struct
import threading
import time
from pathlib import Path

MAGIC = b"OOPSLOT3"
SIGNALS = ("traces", "metrics", "logs")
# Why something was given up: the queue was full, the receiver refused it for good, it could not
# be delivered in time, the process ended, it could not be encoded, its record had too many already, or
# its process was killed while it waited.
REASONS = ("queue_full", "refused", "expired", "shutdown", "error", "record_full", "killed")
# How a process ended: by one of Odoo's limits, asked to, by an error of its own, or without a word
# (SIGKILL, limit_time_real, the kernel for want of memory, SIGTERM sent to the worker itself).
EXITS = ("limit_request", "limit_memory_soft", "limit_time_worker_cron", "stopped", "error", "killed")
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
# Of the process that has the slot, or had it last; a successor begins with zeros, but for OUTLIVING. Moments are in
# ns since the epoch, lengths of time in ns. ``waiting``: items that have neither arrived nor been dropped.
STATES = (
    ("process", "started"),
    ("process", "cpu_before"),  # CPU time that it had used by then
    ("process", "records"),  # requests and jobs that have ended
    ("process", "delivered"),  # those of them that were in the last metrics that arrived
    ("process", "lost_at"),  # when it found that its predecessor had taken some along
    ("process", "overhead"),  # that requests spent in the recorder
    ("process", "background"),  # CPU time of the recorder's own threads
    *(
        (signal, what)
        for signal in SIGNALS
        for what in ("waiting", "attempts", "attempt_time", "delivered_at", "failed_at")
    ),
    *((signal, "dropped_at", reason) for signal in SIGNALS for reason in REASONS),
)
# A loss is one, whoever has the slot now: it stands beside the counters, which outlive their process as well.
OUTLIVING = frozenset({"lost_at", "dropped_at"})
_INDEX = {counter: index for index, counter in enumerate(COUNTERS)}
_STATE_INDEX = {state: index for index, state in enumerate(STATES, len(COUNTERS))}
_HEADER = struct.Struct("<8sQQ")
_NUMBERS = struct.Struct(f"<{len(COUNTERS) + len(STATES)}Q")
_SIZE = _HEADER.size + _NUMBERS.size
MAX_SLOTS = 1000


class Slot:
    """Counters of one slot; thread-safe."""

    def __init__(self, kind: str, number: int | str, memory: mmap.mmap, file=None):
        self.kind = kind
        self.name = f"{kind}-{number}"
        self._memory = memory
        self._file = file  # keeps the lock
        # Re-entrant: a signal handler that logs may interrupt who holds it.
        self._lock = threading.RLock()
        magic, created, predecessor = _HEADER.unpack_from(memory)
        if magic != MAGIC or not created:
            created, predecessor = time.time_ns(), 0
            memory[:] = bytes(_SIZE)
        self.created = created
        self._counters = memoryview(memory)[_HEADER.size :].cast("Q")
        self._has_ended = False
        # What the predecessor took along, as tools/losses.py has it; nothing unless it did.
        self.inherited_loss: dict[str, int | str] = {}
        self._succeed(is_killed=bool(predecessor))
        # Last: who sees our id finds our state, and the losses of our predecessor counted.
        _HEADER.pack_into(memory, 0, MAGIC, created, os.getpid())

    def _succeed(self, *, is_killed: bool) -> None:
        """Count what the predecessor could not, and begin a state of one's own."""
        if is_killed:
            self.add("worker", "exit", "killed")
        left = self.states()
        for state in STATES:
            if state[1] not in OUTLIVING:
                self.set(*state, value=0)
        self.set("process", "started", value=time.time_ns())
        self.set("process", "cpu_before", value=time.process_time_ns())
        if lost := undelivered(left):
            now = time.time_ns()
            self.add("process", "lost", amount=lost)
            self.set("process", "lost_at", value=now)
            reason = "killed" if is_killed else "shutdown"
            self.inherited_loss = {"at": now, "items": lost, "reason": reason}
        for signal in SIGNALS:
            if items := left[signal, "waiting"]:
                self.add(signal, "dropped", "killed", amount=items)

    @property
    def is_shared(self) -> bool:
        """Whether there is a file, which others can read."""
        return self._file is not None

    def add(self, *counter: str, amount: int = 1) -> None:
        """Count, for example ``add("traces", "dropped", "queue_full", amount=3)``."""
        with self._lock:
            if self._counters is None:
                return
            self._counters[_INDEX[counter]] += amount
            signal, what, *reason = counter
            if what == "dropped":
                self._counters[_STATE_INDEX[signal, "dropped_at", *reason]] = time.time_ns()

    def set(self, *state: str, value: int) -> None:
        """Say how the process is, for example ``set("traces", "waiting", value=3)``."""
        with self._lock:
            if self._counters is not None:
                self._counters[_STATE_INDEX[state]] = value

    def note_attempt(self, signal: str, seconds: float, *, is_taken: bool) -> None:
        """Say that something was sent, how long it took until the answer, and whether it arrived."""
        with self._lock:
            if self._counters is None:
                return
            self._counters[_STATE_INDEX[signal, "attempts"]] += 1
            self._counters[_STATE_INDEX[signal, "attempt_time"]] += int(seconds * 1e9)
            moment = "delivered_at" if is_taken else "failed_at"
            self._counters[_STATE_INDEX[signal, moment]] = time.time_ns()

    def counts_of_records(self, *, are_delivered: bool) -> tuple[memoryview, ...]:
        """The numbers that each request or job adds to itself when it ends; they must be let go before :meth:`release`.

        :param are_delivered: nobody waits for them
        """
        states = ["records", "delivered"] if are_delivered else ["records"]
        places = [_INDEX["process", "records"], *(_STATE_INDEX["process", state] for state in states)]
        return tuple(self._counters[place : place + 1] for place in places)

    def read(self) -> dict[tuple[str, ...], int]:
        """The counters."""
        return dict(zip(COUNTERS, self._counters[: len(COUNTERS)], strict=True))

    def states(self) -> dict[tuple[str, ...], int]:
        """The state of this process."""
        return dict(zip(STATES, self._counters[len(COUNTERS) :], strict=True))

    def end(self, reason: str) -> None:
        """Count how this process ends, the first time; its last export may follow."""
        if self._has_ended:
            return
        self._has_ended = True
        self.add("worker", "exit", reason)
        _HEADER.pack_into(self._memory, 0, MAGIC, self.created, 0)

    def release(self) -> None:
        """Let the next process have the slot; the counters stay, and what is added later is lost.

        A process that did not say how it ends was asked to.
        """
        self.end("stopped")
        with self._lock:
            self._counters.release()
            self._counters = None
            self._memory.close()
            if self._file:
                self._file.close()


def undelivered(states: dict[tuple[str, ...], int]) -> int:
    """Requests and jobs of a process that are in no metrics that arrived; once it has ended they never will."""
    return max(0, states["process", "records"] - states["process", "delivered"])


def take(directory: Path, kind: str) -> Slot:
    """The lowest free slot of a kind of process: ``http-0``, ``http-1``, ``cron-0``.

    :raises OSError: the directory cannot be made or written
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o750)
    for number in range(MAX_SLOTS):
        # Created if missing, never truncated under a process that holds it; not O_APPEND, with
        # which posix_fallocate() fails where the file system leaves it to the C library.
        descriptor = os.open(
            directory / f"{kind}-{number}.slot", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640
        )
        file = os.fdopen(descriptor, "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_size != _SIZE:
                os.ftruncate(file.fileno(), 0)  # new, torn or foreign: begun anew
            # posix_fallocate, not truncate: a full disk is an error here rather than a SIGBUS
            # at the first write to the mapping.
            os.posix_fallocate(file.fileno(), 0, _SIZE)
            return Slot(kind, number, mmap.mmap(file.fileno(), _SIZE), file)
        except BlockingIOError:
            file.close()
        except BaseException:
            file.close()
            raise
    raise OSError(f"all {MAX_SLOTS} slots of kind {kind} in {directory} are taken")


def anonymous(kind: str) -> Slot:
    """A slot without a file, for when there is no directory to write to."""
    return Slot(kind, f"pid{os.getpid()}", mmap.mmap(-1, _SIZE))


def survey(directory: Path) -> list[dict]:
    """The slots of a directory, as every process of the machine can read them.

    Each has ``name``, ``pid`` (0 when no process has it), ``is_killed`` (a process had it, did not say that it ends,
    and has no successor so far), ``created``, ``counters`` and ``states``.
    """
    found = []
    for path in sorted(directory.glob("*.slot")):
        with contextlib.suppress(OSError, struct.error):
            content = path.read_bytes()
            magic, created, pid = _HEADER.unpack_from(content)
            if magic == MAGIC and len(content) >= _SIZE:
                numbers = _NUMBERS.unpack_from(content, _HEADER.size)
                is_alive = bool(pid) and Path(f"/proc/{pid}").exists()
                found.append(
                    {
                        "name": path.stem,
                        "pid": pid if is_alive else 0,
                        "is_killed": bool(pid) and not is_alive,
                        "created": created,
                        "counters": dict(zip(COUNTERS, numbers, strict=False)),
                        "states": dict(zip(STATES, numbers[len(COUNTERS) :], strict=True)),
                    }
                )
    return found

"""A process's place among its kind, and the counters that outlive it.

A process takes the lowest free slot of its kind by locking a file; the kernel frees the lock
however the process ends. The slot gives ``service.instance.id``, so that a recycled worker
continues the series of its predecessor instead of starting new ones. The same file is mapped
into memory and holds what this kind of process sent, failed to send and dropped, and how its
processes ended: a successor counts on, and what a killed process had counted is not lost. A
process takes its id out of the file when it ends; a successor that finds one knows that it was killed.

File layout, little endian: magic 8 bytes, creation time in ns 8 bytes, process id 8 bytes, then
one 8-byte counter for each entry of ``COUNTERS``, in that order.
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

MAGIC = b"OOPSLOT1"
SIGNALS = ("traces", "metrics", "logs")
# Why something was given up: the queue was full, the receiver refused it for good, it could not
# be delivered in time, the process ended, it could not be encoded, its record had too many already.
REASONS = ("queue_full", "refused", "expired", "shutdown", "error", "record_full")
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
)
_INDEX = {counter: index for index, counter in enumerate(COUNTERS)}
_HEADER = struct.Struct("<8sQQ")
_SIZE = _HEADER.size + 8 * len(COUNTERS)
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
        _HEADER.pack_into(memory, 0, MAGIC, created, os.getpid())
        self._counters = memoryview(memory)[_HEADER.size :].cast("Q")
        self._has_ended = False
        if predecessor:
            self.add("worker", "exit", "killed")

    def add(self, *counter: str, amount: int = 1) -> None:
        """Count, for example ``add("traces", "dropped", "queue_full", amount=3)``."""
        with self._lock:
            if self._counters is not None:
                self._counters[_INDEX[counter]] += amount

    def read(self) -> dict[tuple[str, ...], int]:
        return dict(zip(COUNTERS, self._counters, strict=True))

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
    """The slots of a directory: name, process id (0 when free) and counters. For the state page."""
    found = []
    for path in sorted(directory.glob("*.slot")):
        with contextlib.suppress(OSError, struct.error):
            content = path.read_bytes()
            magic, created, pid = _HEADER.unpack_from(content)
            if magic == MAGIC and len(content) >= _SIZE:
                values = struct.unpack_from(f"<{len(COUNTERS)}Q", content, _HEADER.size)
                counters = dict(zip(COUNTERS, values, strict=True))
                alive = pid if pid and Path(f"/proc/{pid}").exists() else 0
                found.append({"name": path.stem, "pid": alive, "created": created, "counters": counters})
    return found

"""What was seen of PostgreSQL's sessions, for all processes of this machine.

A file each database in the directory of the slots, written whole and put in place at once by the one process that
has locked the other file beside it; the kernel frees the lock however the process ends. It is read when a kept request
had a slow or failed statement, by the thread that sends. Moments are of this machine's clock, as the statements' are.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import zlib
from pathlib import Path

from ..tools import activity
from ..tools.activity import Sighting
from . import faults
from .record import Record

# Seconds that a sighting is kept, and how many are: a request is told after its end, and may have taken minutes.
KEPT = 600.0
MAX_SIGHTINGS = 1000


class Activity:
    """Writes and reads them."""

    def __init__(self, directory: Path):
        self._directory = directory
        # By database: the locked files of those that this process writes
        self._locks: dict[str, int] = {}
        self._written: dict[str, list[Sighting]] = {}
        # By database: when the file was written that was read last, and what was in it
        self._read: dict[str, tuple[int, list[Sighting]]] = {}

    def claim(self, database: str) -> bool:
        """Whether this process is the one of the machine that writes what it sees of a database."""
        if database in self._locks:
            return True
        try:
            lock = os.open(self._path(database).with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:  # no directory: nobody would find it
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return False
        self._locks[database] = lock
        return True

    def add(self, database: str, sightings: list[Sighting]) -> None:
        """Add what was seen now; for who has claimed it."""
        if not sightings:
            return
        kept = self._written.get(database)
        if kept is None:
            kept = self._load(database)  # of who wrote before
        since = sightings[0].at - KEPT
        kept = [each for each in kept if each.at >= since] + sightings
        self._written[database] = kept[-MAX_SIGHTINGS:]
        self._write(database)

    def forget(self, database: str) -> None:
        """Another process may claim it."""
        self._written.pop(database, None)
        lock = self._locks.pop(database, None)
        if lock is not None:
            os.close(lock)

    def join(self, record: Record) -> None:
        """Give the slow and failed statements of a record what was seen of them."""
        if not (record.slow_statements or record.failed_statements):
            return
        try:
            notable = [*(record.slow_statements or ()), *(record.failed_statements or ())]
            seen = self._load(record.database) if record.database else []
            for each in notable:
                if seen and each.backend_pid:
                    end = each.start + each.duration
                    each.sightings = activity.during(seen, each.backend_pid, each.start, end)
        except Exception:
            faults.report("Telemetry could not tell what a statement waited for; its trace is sent without.")

    def _write(self, database: str) -> None:
        path = self._path(database)
        new = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(activity.dump(self._written[database]))
        new.replace(path)

    def _load(self, database: str) -> list[Sighting]:
        path = self._path(database)
        with contextlib.suppress(FileNotFoundError):
            written = path.stat().st_mtime_ns
            known = self._read.get(database)
            if known is None or known[0] != written:
                known = self._read[database] = (written, _parsed(path))
            return known[1]
        return []

    def _path(self, database: str) -> Path:
        # Names of databases may hold any sign.
        return self._directory / f"activity-{zlib.crc32(database.encode()):08x}.json"


def _parsed(path: Path) -> list[Sighting]:
    try:
        return activity.load(path.read_text(encoding="utf-8"))
    except activity.Unreadable:
        return []

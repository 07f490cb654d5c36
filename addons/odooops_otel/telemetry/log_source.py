"""Where the sender takes log entries from."""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable

from ..tools import log, otlp
from ..tools.settings import Settings
from . import faults
from .recorder import Recorder
from .schedule import Schedule
from .sender import Batch
from .slot import Slot
from .sources import MAX_BODY, MAX_QUEUED_TEXT


class LogSource:
    """Log entries of the process, at most ``log_batch_size`` entries or MAX_BODY bytes at a time.

    :meth:`offer` is called by whoever logs and never waits for the receiver.
    """

    signal = "logs"

    def __init__(
        self,
        recorder: Recorder,
        settings: Settings,
        resource_body: bytes,
        slot: Slot,
        clock: Callable[[], int] = time.time_ns,
    ):
        self.schedule = Schedule(settings.log_delay, clock)
        self._batch_size = settings.log_batch_size
        self._queue_size = settings.log_queue_size
        self._resource = resource_body
        self._policy = settings.policy
        self._slot = slot
        # Re-entrant: a signal handler that logs may interrupt who holds it.
        self._lock = threading.RLock()
        self._queue: collections.deque[tuple[log.Entry, int]] = collections.deque()
        self._queued_text = 0

    def offer(self, entry: log.Entry) -> None:
        """Let an entry wait to be sent; one that finds the queue full is dropped and counted."""
        size = len(entry.body) + len(str(entry.attributes.get("exception.stacktrace", "")))
        with self._lock:
            if len(self._queue) >= self._queue_size or self._queued_text + size > MAX_QUEUED_TEXT:
                self._slot.add("logs", "dropped", "queue_full")
                return
            self._queued_text += size
            self._queue.append((entry, size))

    def take(self, *, is_closing: bool) -> Batch | None:
        if not self.schedule.take(at_once=is_closing or len(self._queue) >= self._batch_size):
            return None
        scopes: dict[str, list[bytes]] = {}
        size = records = 0
        while records < self._batch_size and size < MAX_BODY and (entry := self._pop()):
            body = self._encode(entry, self.schedule.taken)
            if body:
                scopes.setdefault(entry.logger, []).append(body)
                size += len(body)
                records += 1
        if not records:
            return None
        return Batch(otlp.export_logs(self._resource, scopes), records)

    def settle(self, *, arrived: bool) -> None:
        """Entries are sent once or dropped; nothing follows."""

    def waiting(self) -> int:
        return len(self._queue)

    @property
    def fullness(self) -> float:
        """How full the queue is, from 0 to 1."""
        return len(self._queue) / self._queue_size

    def _pop(self) -> log.Entry | None:
        with self._lock:
            if not self._queue:
                return None
            entry, size = self._queue.popleft()
            self._queued_text -= size
            return entry

    def _encode(self, entry: log.Entry, now: int) -> bytes:
        try:
            return log.otlp_record(entry, now, self._policy)
        except Exception:
            faults.report("Telemetry could not encode a log entry; Odoo is not affected.")
            self._slot.add("logs", "dropped", "error")
            return b""

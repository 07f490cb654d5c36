"""How the telemetry of a process is, for all processes of the machine to read.

Numbers go into the slot each 2.5 s. What is no number (which attributes have most values, why the last attempt to
send failed) is written into a small file beside it each ten seconds: ``http-0.json`` beside ``http-0.slot``. Both can
be read when nothing can be sent, and after a process was killed. The drainer's thread writes: it never sends, so that
a receiver that hangs does not keep it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from ..tools import health, losses, metrics, semconv
from ..tools.health_findings import REMEMBERED
from . import compiled, json_file, slot as slots
from .transport import Outcome

if TYPE_CHECKING:
    from .runtime import Telemetry

_logger = logging.getLogger(__name__)

INTERVAL = 10.0  # s
# Attributes that a report names, and characters of an example.
MAX_ROWS = 15
MAX_EXAMPLE = 80
# Bytes; a report has some three thousand.
MAX_REPORT = 100_000


class Health:
    """What a process tells of its own telemetry."""

    def __init__(self, telemetry: Telemetry):
        self._telemetry = telemetry
        # The drainer and the senders tell.
        self._lock = threading.Lock()
        self._is_closed = False
        self._written = -INTERVAL
        self._told: set[tuple[str, str]] = set()
        self._inherited = _inherit(self._path) if telemetry.slot.is_shared else []
        self._losses = self._find_losses()

    @property
    def _path(self) -> Path:
        """Where the report is written."""
        return self._telemetry.directory / f"{self._telemetry.slot.name}.json"

    def _find_losses(self) -> list[dict[str, Any]]:
        """What those that had the slot before have lost of late, the last one included."""
        slot = self._telemetry.slot
        own = [slot.inherited_loss] if slot.inherited_loss else []
        # Written by another version, or by somebody else: nothing is known then.
        with contextlib.suppress(KeyError, TypeError):
            before = _read(self._path, 0).get("losses", ()) if slot.is_shared else ()
            return losses.remember([*before, *own], time.time_ns())
        return own

    def note(self) -> None:
        """Put the numbers into the slot."""
        telemetry = self._telemetry
        slot, recorder = telemetry.slot, telemetry.recorder
        with self._lock:
            slot.set("process", "overhead", value=int(recorder.overhead * 1e9))
            background = sum(thread.cpu_time for thread in telemetry.threads)
            slot.set("process", "background", value=int(background * 1e9))
            if not self._is_closed:
                self._note_waiting()

    def _note_waiting(self) -> None:
        waiting = dict.fromkeys(health.SIGNALS, 0)
        for exporter in list(self._telemetry.all_exporters):
            waiting[exporter.signal] += exporter.unsent()
        for signal, items in waiting.items():
            self._telemetry.slot.set(signal, "waiting", value=items)

    def note_attempt(self, signal: str, seconds: float, outcome: Outcome) -> None:
        """Count an attempt to send; called by the exporters."""
        telemetry = self._telemetry
        telemetry.slot.note_attempt(signal, seconds, is_taken=outcome.is_taken)
        telemetry.recorder.measurements.add(semconv.TELEMETRY_EXPORT_DURATION, (signal,), seconds)
        self.note()

    def close(self) -> None:
        """What still waits has been counted as dropped; nothing waits any more."""
        self.note()
        with self._lock:
            self._is_closed = True
            for signal in health.SIGNALS:
                self._telemetry.slot.set(signal, "waiting", value=0)

    def publish(self) -> None:
        """Write the report when it is due, and tell of limits that were reached."""
        now = time.monotonic()
        if now - self._written < INTERVAL:
            return
        self._written = now
        report = self.report()
        for row in report["cardinality"]:
            if (row["metric"], row["attribute"]) in self._telemetry.recorder.aggregator.overflow_examples:
                self._tell(row)
        if self._telemetry.slot.is_shared:
            # A full disk: the next one may find room, and the numbers are in the slot.
            with contextlib.suppress(OSError):
                json_file.write(self._path, report)

    def report(self) -> dict[str, Any]:
        """All that is no number of the slot."""
        telemetry, now = self._telemetry, time.time_ns()
        inherited = [row for row in self._inherited if self._is_remembered(row, now)]
        return {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "instance": telemetry.resource["service.instance.id"],
            "written_at": now,
            "recorder": health.COMPILED if compiled.is_used(telemetry.settings) else health.PYTHON,
            "recorder_reason": compiled.absence(telemetry.settings),
            "metric_interval": telemetry.settings.metric_interval,
            "rules_unread": sorted({database for _rules, database in telemetry.policies.unread}),
            "rules_left_out": telemetry.redaction.left_out,
            "rules_refused": telemetry.redaction.refused,
            "endpoints": {
                each.signal: telemetry.settings.address(each.signal) for each in telemetry.all_exporters
            },
            "problems": {each.signal: each.problem for each in telemetry.all_exporters if each.problem},
            "fullness": {"traces": telemetry.recorder.aggregator.fullness} | self._log_fullness(),
            "cardinality": health.rank_cardinality([*self._cardinality(), *inherited], MAX_ROWS),
            "inherited": inherited,
            "losses": losses.remember(self._losses, now),
        }

    def _is_remembered(self, row: dict[str, Any], now: int) -> bool:
        own = self._telemetry.recorder.aggregator.overflow_examples
        return now - row["seen_at"] < REMEMBERED and (row["metric"], row["attribute"]) not in own

    def _log_fullness(self) -> dict[str, float]:
        logs = self._telemetry.logs
        return {"logs": logs.fullness} if logs else {}

    def _cardinality(self) -> Iterator[dict[str, Any]]:
        """How many values each attribute has; of one that was over its limit an example of what found no room."""
        recorder = self._telemetry.recorder
        examples, policy = dict(recorder.aggregator.overflow_examples), self._telemetry.settings.policy
        own = (
            (instrument.metric.name, *counted)
            for instrument in (*recorder.aggregator.instruments, *recorder.measurements.instruments)
            for counted in instrument.cardinality()
        )
        for metric, attribute, values, limit in (*own, *self._telemetry.sdk.limits.cardinality()):
            # What should not be there may be what nobody should read.
            example = examples.get((metric, attribute), "")
            example = str(policy.value(attribute, example))[:MAX_EXAMPLE] if example else ""
            row = {"metric": metric, "attribute": attribute, "values": values, "limit": limit}
            yield row | {"example": example}

    def _tell(self, row: dict[str, Any]) -> None:
        key = row["metric"], row["attribute"]
        if key in self._told:
            return
        self._told.add(key)
        _logger.warning(
            "Telemetry: %(attribute)s of %(metric)s has more than %(limit)s values, further ones are counted as "
            "%(other)r. The first of them: %(example)r. See monitoring/runbooks/OdooTelemetryCardinalityLimited.md.",
            row | {"other": metrics.OTHER},
        )


def _inherit(path: Path) -> list[dict[str, Any]]:
    """Limits that were reached by those that had the slot before: alerts go on for them, and somebody looks why.

    Each is a row of ``cardinality`` with ``seen_at``, ns since the epoch: when a process last told of it as its own.
    """
    # Written by another version, or by somebody else: nothing is known then.
    with contextlib.suppress(KeyError, TypeError):
        found = _read(path, 0)
        before = {(row["metric"], row["attribute"]): row for row in found["inherited"]}
        return [
            before.get((row["metric"], row["attribute"])) or row | {"seen_at": found["written_at"]}
            for row in found["cardinality"]
            if row["example"]
        ]
    return []


def survey(directory: Path) -> list[dict[str, Any]]:
    """The slots of a directory as ``slot.survey`` gives them, with ``report`` and ``facts`` (see tools/health.py)."""
    return [
        slot
        | {
            "report": _read(directory / f"{slot['name']}.json", slot["pid"]),
            "facts": _facts(slot["pid"]) if slot["pid"] else {},
        }
        for slot in slots.survey(directory)
    ]


def _read(path: Path, pid: int) -> dict[str, Any]:
    """The report in a file; empty where it is another process's than the one that has the slot."""
    with contextlib.suppress(OSError, ValueError):
        if path.stat().st_size <= MAX_REPORT:
            report = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(report, dict) and pid in (0, report.get("pid")):
                return report
    return {}


def _facts(pid: int) -> dict[str, float]:
    """Physical memory in bytes and CPU time in seconds."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        used = process.cpu_times()
        return {"memory": process.memory_info().rss, "cpu": used.user + used.system}
    return {}

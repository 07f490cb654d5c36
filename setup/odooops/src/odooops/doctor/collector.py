"""The collector's own metrics: how full its queues are, and whether it can hand on what it takes."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from ..stack.ports import LOOPBACK
from ..web import Server
from .examination import OK, PROBLEM, Patient, Result

SAMPLE = re.compile(r"^(otelcol_exporter_[a-z_]+)\{([^}]*)\} (\S+)", re.MULTILINE)
EXPORTER = re.compile(r'exporter="([^"]+)"')
NEARLY_FULL = 0.8
BETWEEN_SECONDS = 6.0


@dataclass(frozen=True)
class Exporter:
    """What the collector tells about one way out: items sent, failed, refused entry; how much waits, and may."""

    sent: float = 0
    failed: float = 0
    refused: float = 0
    queued: float = 0
    capacity: float = 0


def exporters(patient: Patient) -> Iterator[Result]:
    """Each exporter of the collector, by two looks at its counters."""
    port = patient.stack.ports["otelcol_metrics"]
    server = Server("the collector", f"http://{LOOPBACK}:{port}")
    first = parse(server.text("/metrics", 10))
    time.sleep(BETWEEN_SECONDS)
    second = parse(server.text("/metrics", 10))
    for name, now in sorted(second.items()):
        yield _result(name, first.get(name, Exporter()), now, patient.see_log("otelcol"))


def parse(text: str) -> dict[str, Exporter]:
    """The exporters in a page of the collector's metrics, by name; signals are added up."""
    found: dict[str, dict[str, float]] = {}
    for metric, labels, value in SAMPLE.findall(text):
        name, kind = EXPORTER.search(labels), _kind(metric)
        if name and kind:
            counts = found.setdefault(name[1], {})
            counts[kind] = counts.get(kind, 0.0) + float(value)
    return {name: Exporter(**counts) for name, counts in found.items()}


def _kind(metric: str) -> str | None:
    if metric.startswith("otelcol_exporter_sent_"):
        return "sent"
    if metric.startswith("otelcol_exporter_send_failed_"):
        return "failed"
    if metric.startswith("otelcol_exporter_enqueue_failed_"):
        return "refused"
    return {"otelcol_exporter_queue_size": "queued", "otelcol_exporter_queue_capacity": "capacity"}.get(
        metric
    )


def _result(name: str, before: Exporter, now: Exporter, remedy: str) -> Result:
    check = f"collector {name}"
    queue = f"queue {now.queued:.0f} of {now.capacity:.0f}" if now.queued else "queue empty"
    if now.failed > before.failed or now.refused > before.refused:
        lost = now.failed - before.failed + now.refused - before.refused
        return Result(
            check, PROBLEM, f"{lost:.0f} items failed within {BETWEEN_SECONDS:g} s; {queue}", remedy
        )
    if now.capacity and now.queued > NEARLY_FULL * now.capacity:
        return Result(check, PROBLEM, f"{queue}: what it sends to does not take it", remedy)
    if before.queued and now.queued and now.sent == before.sent:
        return Result(check, PROBLEM, f"{queue}, and nothing left it for {BETWEEN_SECONDS:g} s", remedy)
    total = now.failed + now.refused
    return Result(
        check, OK, f"{queue}; {f'{total:.0f} failed since its start, none now' if total else 'none failed'}"
    )

"""What Odoo's recorders could not deliver, by their own count.

Prometheus does not know: while the receiver was away it got no samples, and a counter that comes back at its height
has not grown for it.
"""

import time
from collections.abc import Iterator

from . import slots
from .examination import OK, WARNING, Patient, Result
from .slots import SIGNALS, Slot

# As the page Telemetry Health and the page State: what was lost longer ago is history, and so small a share of what a
# slot's processes recorded may be lost, such as the last seconds before a restart.
RECENT = 900  # s
TOLERATED = 0.001
RUNBOOK = "monitoring/runbooks/OdooTelemetryDropping.md"
FAILING = "monitoring/runbooks/OdooTelemetryExportFailing.md"
INCOMPLETE = "monitoring/runbooks/OdooTelemetryIncomplete.md"
REASONS = {
    "queue_full": "more is kept than is sent: sample less (docs/sampling.md; OTEL_TRACES_SAMPLER_ARG), or raise "
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "refused": "the receiver does not accept it: see the collector's log",
    "expired": "the receiver was away for too long",
    "shutdown": "a process ended before it could send",
    "record_full": "a single request or job made more than a record holds",
    "killed": "it waited in a process that was killed: by limit_time_real, for want of memory, or by somebody",
    "error": "it could not be encoded: see Odoo's log",
}


def losses(patient: Patient) -> Iterator[Result]:
    """What Odoo's processes dropped, could not send, or took along in the last quarter of an hour."""
    found = slots.survey(patient.stack.directory / "run" / "telemetry")
    now = time.time()
    told = [result for signal in SIGNALS for result in _of_signal(found, signal, now)]
    told += _requests(found, now)
    yield from told
    if not told:
        yield Result("losses", OK, f"Odoo dropped nothing for {RECENT // 60} minutes{_repeated(found, now)}")


def _of_signal(found: list[Slot], signal: str, now: float) -> Iterator[Result]:
    for reason, advice in REASONS.items():
        ages = {slot.name: _age(slot, signal, "dropped_at", reason, now=now) for slot in found}
        dropping = [slot for slot in found if ages[slot.name] < RECENT]
        if items := sum(slot.dropped(signal).get(reason, 0) for slot in dropping):
            ago = min(ages.values())
            amount = f"{items} items since the first start, the last {ago:.0f} s ago"
            detail = f"{_names(dropping)} dropped {signal}: {reason}, {amount}"
            yield Result("losses", WARNING, detail, f"{advice}; {RUNBOOK}")
    failing = [slot for slot in found if slot.pid and slot.is_failing(signal)]
    if failing:
        detail = f"{_names(failing)} could not send {signal} at the last attempt"
        yield Result("losses", WARNING, detail, f"what was not delivered is sent again; else see {FAILING}")


def _requests(found: list[Slot], now: float) -> Iterator[Result]:
    """Requests and jobs that are in no metrics."""
    losing = [
        slot for slot in found if _age(slot, "process", "lost_at", now=now) < RECENT and _loses_much(slot)
    ]
    if losing:
        items = sum(slot.counters["process", "lost"] for slot in losing)
        detail = f"{_names(losing)}: {items} requests and jobs since the first start are in no metrics that arrived"
        yield Result("losses", WARNING, detail, f"their process ended before it could deliver; {INCOMPLETE}")


def _loses_much(slot: Slot) -> bool:
    return slot.counters["process", "lost"] > TOLERATED * slot.counters["process", "records"]


def _repeated(found: list[Slot], now: float) -> str:
    """What failed and has arrived since, which is no loss."""
    ages = [_age(slot, signal, "failed_at", now=now) for slot in found if slot.pid for signal in SIGNALS]
    last = min(ages, default=RECENT)
    return f"; an attempt to send failed {last:.0f} s ago, and was repeated" if last < RECENT else ""


def _age(slot: Slot, *moment: str, now: float) -> float:
    """Seconds since then; very many for never."""
    return now - slot.states[moment] / 1e9


def _names(found: list[Slot]) -> str:
    return ", ".join(slot.name for slot in found)

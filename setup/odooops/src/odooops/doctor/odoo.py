"""nginx, Odoo, and Odoo's recorder: is there anybody who records, and has anything been lost?"""

import json
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from ..backends import prometheus
from .examination import OK, PROBLEM, WARNING, Failed, Patient, Result

# The head of a telemetry slot: magic with the version of the layout, time of creation, process id
# (addons/odooops_otel/telemetry/slot.py).
SLOT_HEADER = struct.Struct("<8sQQ")
MAGIC = b"OOPSLOT2"
RUNBOOK = "monitoring/runbooks/OdooTelemetryDropping.md"
SILENT = "monitoring/runbooks/OdooTelemetrySilent.md"
FAILING = "monitoring/runbooks/OdooTelemetryExportFailing.md"
LIMITED = "monitoring/runbooks/OdooTelemetryCardinalityLimited.md"
# A process reports each ten seconds.
STUCK_SECONDS = 60
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


def health(patient: Patient) -> Iterator[Result]:
    """Odoo answers through nginx."""
    started = time.monotonic()
    answer = patient.stack.server("nginx").get("/web/health", seconds=15)
    if answer.get("status") != "pass":
        raise Failed(f"/web/health says {answer.get('status')!r}", patient.see_log("odoo"))
    yield Result("nginx → Odoo", OK, f"/web/health passes in {time.monotonic() - started:.2f} s")


def recorder(patient: Patient) -> Iterator[Result]:
    """Each kind of Odoo's processes holds a telemetry slot."""
    directory = patient.stack.directory / "run" / "telemetry"
    alive = sorted(slot.stem for slot in directory.glob("*.slot") if _is_held(slot))
    missing = [kind for kind in ("http", "cron") if not any(name.startswith(f"{kind}-") for name in alive)]
    if missing:
        raise Failed(
            f"no {' and no '.join(missing)} process of Odoo records",
            f"look for 'Telemetry' in {patient.stack.log('odoo')}; is odooops_otel in server_wide_modules, "
            "and OTEL_SDK_DISABLED unset?",
        )
    yield Result("recorder", OK, f"{len(alive)} processes record: {', '.join(alive)}")


def _is_held(slot: Path) -> bool:
    pid = slot_pid(slot)
    return bool(pid) and Path(f"/proc/{pid}").exists()


def slot_pid(slot: Path) -> int:
    """The process that took a telemetry slot; 0 when it is free, or no slot of the layout that we know."""
    try:
        magic, _created, pid = SLOT_HEADER.unpack_from(slot.read_bytes())
    except (OSError, struct.error):
        return 0
    return pid if magic == MAGIC else 0


def own_health(patient: Patient) -> Iterator[Result]:
    """What the recorders say of themselves, in files that are there when nothing can be delivered."""
    directory = patient.stack.directory / "run" / "telemetry"
    reports = {slot.stem: _report(slot) for slot in sorted(directory.glob("*.slot")) if _is_held(slot)}
    reports = {name: report for name, report in reports.items() if report}
    told = [result for name, report in reports.items() for result in _judge(name, report)]
    yield from told
    if not told:
        series = max(
            (row["values"] for report in reports.values() for row in report["cardinality"]), default=0
        )
        yield Result(
            "telemetry", OK, f"{len(reports)} processes deliver; no attribute has more than {series} values"
        )


def _report(slot: Path) -> dict:
    """What the process that has the slot wrote last; empty when it has not yet."""
    try:
        report = json.loads(slot.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) and report.get("pid") == slot_pid(slot) else {}


def _judge(name: str, report: dict) -> Iterator[Result]:
    age = time.time() - report["written_at"] / 1e9
    if age > STUCK_SECONDS:
        detail = f"{name} has told nothing of itself for {age:.0f} s: its telemetry does not run"
        yield Result("telemetry", PROBLEM, detail, f"kill -INT {report['pid']} has it replaced; {SILENT}")
    for signal, problem in report["problems"].items():
        detail = f"{name} cannot deliver {signal} to {report['endpoints'].get(signal)}: {problem}"
        yield Result("telemetry", PROBLEM, detail, FAILING)
    for row in report["cardinality"]:
        if row["example"]:
            detail = f"{name}: {row['attribute']} of {row['metric']} has too many values, such as {row['example']!r}"
            yield Result("telemetry", WARNING, detail, LIMITED)


def losses(patient: Patient) -> Iterator[Result]:
    """What Odoo's processes say that they dropped, or could not send at once, in the last minutes."""
    server = patient.stack.server("prometheus")
    selector = f'{{deployment_environment_name="{patient.stack.environment}"}}'
    labels = "odooops_telemetry_signal, odooops_telemetry_reason"
    dropped = _growing(server, f"sum by ({labels}) (increase(odooops_telemetry_dropped_total{selector}[5m]))")
    failed = _growing(
        server, f"sum by (odooops_telemetry_signal) (increase(odooops_telemetry_failed_total{selector}[5m]))"
    )
    for found in dropped:
        reason = found.labels.get("odooops_telemetry_reason", "?")
        detail = f"{_amount(found)} items of {_signal(found)} were dropped in 5 minutes: {reason}"
        yield Result("losses", WARNING, detail, f"{REASONS.get(reason, 'see the runbook')}; {RUNBOOK}")
    for found in failed:
        detail = f"{_amount(found)} attempts to send {_signal(found)} failed in 5 minutes"
        yield Result("losses", WARNING, detail, f"what was not delivered is sent again; else see {RUNBOOK}")
    if not dropped and not failed:
        yield Result("losses", OK, "Odoo dropped nothing, and every attempt to send succeeded, for 5 minutes")


def _growing(server, promql: str) -> list[prometheus.Series]:
    return prometheus.instant(server, f"{promql} > 0.5", time.time())


def _amount(found: prometheus.Series) -> str:
    return f"{float(found.samples[-1][1]):.0f}"


def _signal(found: prometheus.Series) -> str:
    return found.labels.get("odooops_telemetry_signal", "?")

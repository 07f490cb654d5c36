"""nginx, Odoo, and Odoo's recorder: is there anybody who records, and does it arrive?"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

from . import slots
from .examination import OK, PROBLEM, WARNING, Failed, Patient, Result
from .slots import is_held, slot_pid

SILENT = "monitoring/runbooks/OdooTelemetrySilent.md"
FAILING = "monitoring/runbooks/OdooTelemetryExportFailing.md"
LIMITED = "monitoring/runbooks/OdooTelemetryCardinalityLimited.md"
COMPILED = "native/README.md"
# A process reports each ten seconds.
STUCK_SECONDS = 60


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
    alive = sorted(slot.stem for slot in directory.glob("*.slot") if is_held(slot))
    missing = [kind for kind in ("http", "cron") if not any(name.startswith(f"{kind}-") for name in alive)]
    if missing:
        raise Failed(
            f"no {' and no '.join(missing)} process of Odoo records",
            f"look for 'Telemetry' in {patient.stack.log('odoo')}; is odooops_otel in server_wide_modules, "
            "and OTEL_SDK_DISABLED unset?",
        )
    detail = f"{len(alive)} processes record: {', '.join(alive)}"
    yield Result("recorder", OK, f"{detail}{_kinds(directory, alive)}")


def _kinds(directory: Path, names: list[str]) -> str:
    """Which of them record by what is compiled, as far as they have said so."""
    reports = {name: _report(directory / f"{name}.slot") for name in names}
    told = {name: report["recorder"] for name, report in reports.items() if report.get("recorder")}
    in_python = [name for name, recorder in told.items() if recorder != "compiled"]
    if in_python:
        return f"; in Python, where the compiled recorder costs less: {', '.join(in_python)} ({COMPILED})"
    return "; by the compiled recorder" if told else ""


def own_health(patient: Patient) -> Iterator[Result]:
    """What the recorders say of themselves, in files that are there when nothing can be delivered."""
    reports = _reports(patient)
    told = [
        *_failures(reports),
        *(result for name, report in reports.items() for result in _judge(name, report)),
    ]
    yield from told
    if not told:
        series = max(
            (row["values"] for report in reports.values() for row in report["cardinality"]), default=0
        )
        yield Result(
            "telemetry", OK, f"{len(reports)} processes deliver; no attribute has more than {series} values"
        )


def undelivered(patient: Patient, signal: str) -> str:
    """Why no signal of that kind can arrive from Odoo, when all processes have tried to send it meanwhile, and failed.

    What failed before the examination began may be repeated with success.
    """
    found = slots.survey(patient.stack.directory / "run" / "telemetry")
    tried = [slot for slot in found if slot.pid and slot.states[signal, "attempts"]]
    since = patient.since * 1e9
    if tried and all(slot.is_failing(signal) and slot.states[signal, "failed_at"] > since for slot in tried):
        return f"no process of Odoo can deliver {signal}"
    return ""


def _reports(patient: Patient) -> dict[str, dict]:
    """What the processes that run have told of themselves, by the name of their slot."""
    directory = patient.stack.directory / "run" / "telemetry"
    reports = {slot.stem: _report(slot) for slot in sorted(directory.glob("*.slot")) if is_held(slot)}
    return {name: report for name, report in reports.items() if report}


def _report(slot: Path) -> dict:
    """What the process that has the slot wrote last; empty when it has not yet."""
    try:
        report = json.loads(slot.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) and report.get("pid") == slot_pid(slot) else {}


def _failures(reports: dict[str, dict]) -> Iterator[Result]:
    """Each cause once, with the processes and the signals that it holds up."""
    names: dict[tuple[str, str], list[str]] = {}
    for name, report in reports.items():
        for signal, problem in report["problems"].items():
            names.setdefault((f"{signal} to {report['endpoints'].get(signal)}", problem), []).append(name)
    targets: dict[tuple[str, str], list[str]] = {}
    for (target, problem), failing in names.items():
        targets.setdefault((", ".join(failing), problem), []).append(target)
    for (failing, problem), told in targets.items():
        yield Result("telemetry", PROBLEM, f"{failing} cannot deliver {', '.join(told)}: {problem}", FAILING)


def _judge(name: str, report: dict) -> Iterator[Result]:
    age = time.time() - report["written_at"] / 1e9
    if age > STUCK_SECONDS:
        detail = f"{name} has told nothing of itself for {age:.0f} s: its telemetry does not run"
        yield Result("telemetry", PROBLEM, detail, f"kill -INT {report['pid']} has it replaced; {SILENT}")
    for row in report["cardinality"]:
        if row["example"]:
            detail = f"{name}: {row['attribute']} of {row['metric']} has too many values, such as {row['example']!r}"
            yield Result("telemetry", WARNING, detail, LIMITED)

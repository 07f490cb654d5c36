"""What is wrong with telemetry now, the worst first; each finding has a code, for which somebody else has the words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from . import losses
from .health import RECORDING, SECOND, SIGNALS, Process
from .losses import RECENT

FAILING, WARNING = "failing", "warning"
# An attribute over its limit is told for so long after its process has ended.
REMEMBERED = 3600 * SECOND
# A process writes its report each ten seconds: beyond so much its threads hang.
STALE = 60 * SECOND
# Metrics are delivered each interval; beyond so many of them nobody receives.
INTERVALS = 3
NEARLY_FULL = 0.8
# Of what its processes recorded a slot may lose so much, such as the last seconds before a restart.
TOLERATED = 0.001
# By code, the worst first, with the runbook or the page that goes on from there.
CODES = {
    "nothing_records": (FAILING, "OdooTelemetrySilent"),
    "stuck": (FAILING, "OdooTelemetrySilent"),
    "undelivered": (FAILING, "OdooTelemetryExportFailing"),
    "silent": (FAILING, "OdooTelemetrySilent"),
    "rules_refused": (FAILING, "docs/redaction.md"),
    "rules_not_in_force": (FAILING, "docs/redaction.md"),
    "losing": (WARNING, "OdooTelemetryIncomplete"),
    "dropping": (WARNING, "OdooTelemetryDropping"),
    "queue_filling": (WARNING, "OdooTelemetryDropping"),
    "overflow": (WARNING, "OdooTelemetryCardinalityLimited"),
}

Finding = dict[str, Any]


def find(
    processes: Sequence[Process],
    cardinality: Iterable[Mapping[str, Any]],
    now: int,
    *,
    database: str = "",
    refused: Sequence[str] = (),
) -> list[Finding]:
    """What to look at, of the processes of one machine.

    :param now: ns since the epoch
    :param database: whose people ask
    :param refused: names of the rules of redaction that it has stored and that are not in force
    """
    recording = [process for process in processes if process["state"] == RECORDING]
    found = [] if recording else [_finding("nothing_records", [])]
    stuck = [process["name"] for process in recording if _is_stuck(process, now)]
    found += [_finding("stuck", stuck)] if stuck else []
    found += _losing(processes, now)
    found += [_finding("rules_refused", [], rules=list(refused))] if refused else []
    found += _rules(recording, database)
    for signal in SIGNALS:
        found += _deliveries(recording, signal, now)
        found += _losses(processes, signal, now)
    found += [_overflow(row) for row in cardinality if row["example"]]
    return sorted(found, key=lambda finding: list(CODES).index(finding["code"]))


def _finding(code: str, names: Iterable[str], **details: Any) -> Finding:
    severity, runbook = CODES[code]
    return {"code": code, "severity": severity, "runbook": runbook, "processes": list(names), **details}


def _is_stuck(process: Process, now: int) -> bool:
    """Whether its threads have not run for a while; one that has just begun has not reported."""
    return now - max(process["reported_at"], process["since"]) > STALE


def _rules(recording: Iterable[Process], database: str) -> Iterator[Finding]:
    """What databases say and a process does not go by: it could not be read, or there are too many.

    Rules of the own database that are refused have a finding that names them.
    """
    left_out = {
        process["name"]: process["rules_left_out"] - process["rules_refused"].get(database, 0)
        for process in recording
    }
    ignoring = [process for process in recording if process["rules_unread"] or left_out[process["name"]]]
    if ignoring:
        yield _finding(
            "rules_not_in_force",
            (process["name"] for process in ignoring),
            databases=sorted({name for process in ignoring for name in process["rules_unread"]}),
            items=max(left_out[process["name"]] for process in ignoring),
        )


def _losing(processes: Iterable[Process], now: int) -> Iterator[Finding]:
    """What was lost in the window, by the reason, each with the moment of the last loss."""
    lost = [
        (process["name"], loss)
        for process in processes
        if _is_losing(process, now)
        for loss in _lost(process, now)
    ]
    for reason in losses.REASONS:
        own = [(name, loss) for name, loss in lost if loss["reason"] == reason]
        if own:
            items, last = sum(loss["items"] for _name, loss in own), max(loss["at"] for _name, loss in own)
            names = dict.fromkeys(name for name, _loss in own)
            yield _finding("losing", names, items=items, reason=reason, last_at=last)


def _lost(process: Process, now: int) -> list[losses.Loss]:
    """The losses of the window; where no report tells them all that the counters say: how much ever, when at last."""
    known = losses.recent(process["losses"], now)
    return known or [{"at": process["lost_at"], "items": process["lost"], "reason": losses.UNKNOWN}]


def _is_losing(process: Process, now: int) -> bool:
    return now - process["lost_at"] < RECENT and process["lost"] > TOLERATED * process["recorded"]


def _deliveries(recording: Iterable[Process], signal: str, now: int) -> Iterator[Finding]:
    failing = [process for process in recording if _fails(process["signals"][signal])]
    if failing:
        told = max((process["signals"][signal] for process in failing), key=_news)
        names = (process["name"] for process in failing)
        yield _finding(
            "undelivered", names, signal=signal, problem=told["problem"], endpoint=told["endpoint"]
        )
    silent = [process["name"] for process in recording if signal == "metrics" and _is_silent(process, now)]
    if silent:
        yield _finding("silent", silent, signal=signal)
    filling = [process["name"] for process in recording if _is_filling(process["signals"][signal])]
    if filling:
        yield _finding("queue_filling", filling, signal=signal)


def _fails(signal: Mapping[str, Any]) -> bool:
    return signal["failed_at"] > signal["delivered_at"]


def _news(signal: Mapping[str, Any]) -> tuple[bool, int]:
    """What is told of several: the newest that says why."""
    return bool(signal["problem"]), signal["failed_at"]


def _is_silent(process: Process, now: int) -> bool:
    """Whether no metrics were delivered for some intervals, and nothing says why: the sender does not run."""
    metrics = process["signals"]["metrics"]
    if not metrics["endpoint"] or _fails(metrics):
        return False
    limit = STALE + INTERVALS * int(process["metric_interval"] * SECOND)
    return now - max(metrics["delivered_at"], process["since"]) > limit


def _is_filling(signal: Mapping[str, Any]) -> bool:
    return signal["fullness"] > NEARLY_FULL


def _losses(processes: Iterable[Process], signal: str, now: int) -> Iterator[Finding]:
    """What was dropped in the window, by the reason: most first."""
    found = []
    told = {process["name"]: process["signals"][signal] for process in processes}
    for reason in dict.fromkeys(reason for each in told.values() for reason in each["dropped_at"]):
        moments = {name: each["dropped_at"].get(reason, 0) for name, each in told.items()}
        names = [name for name, at in moments.items() if now - at < RECENT]
        if items := sum(told[name]["dropped"].get(reason, 0) for name in names):
            last = max(moments.values())
            found.append(_finding("dropping", names, signal=signal, reason=reason, items=items, last_at=last))
    yield from sorted(found, key=lambda finding: -finding["items"])


def _overflow(row: Mapping[str, Any]) -> Finding:
    told = {key: row[key] for key in ("metric", "attribute", "example", "limit")}
    return _finding("overflow", [], **told)

"""How telemetry itself is: what the slots of a machine, and the reports beside them, say together.

A slot is a mapping as ``telemetry/health.py`` gives it: ``name``, ``pid`` (0 when nobody has it), ``is_killed``,
``created``, ``counters``, ``states``, ``report`` (what its process wrote last, or empty) and ``facts`` (``memory`` in
bytes, ``cpu`` in seconds; empty when nobody has it). Moments are in ns since the epoch.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from .losses import KILLED, SECOND

SIGNALS = ("traces", "metrics", "logs")
RECORDING, FREE = "recording", "free"
# What a process records by.
COMPILED, PYTHON = "compiled", "python"
MOMENTS = frozenset({"at", "since", "lost_at", "delivered_at", "failed_at", "reported_at"})
# The first requests of a process run in cold code; their average says nothing.
WARM = 100
# ns after which what a process does each ten seconds has its true share.
STEADY = 60 * SECOND
# What is told of an attribute.
CARDINALITY = ("metric", "attribute", "values", "limit", "example")
# XML-RPC knows no larger whole numbers; floats are exact up to 2⁵³.
LARGEST = 2**31 - 1

Slot = Mapping[str, Any]
Process = dict[str, Any]


def describe(slot: Slot) -> Process:
    """One process: the counters of its slot, which are of all that had it, and its own state."""
    states = slot["states"]
    signals = {signal: _signal(slot, signal) for signal in SIGNALS}
    dropped: Counter[str] = Counter()
    for signal in signals.values():
        dropped.update(signal["dropped"])
    sent, lost = sum(signal["sent"] for signal in signals.values()), sum(dropped.values())
    losses = _losses(slot)
    delivered = [signal["delivered_at"] for signal in signals.values()]
    process = {
        "name": slot["name"],
        "kind": slot["name"].rpartition("-")[0],
        "pid": slot["pid"],
        "state": _state(slot),
        "reported_at": slot["report"].get("written_at", 0),
        "metric_interval": slot["report"].get("metric_interval", 0),
        "recorder": slot["report"].get("recorder", "") if slot["pid"] else "",
        "recorder_reason": slot["report"].get("recorder_reason", "") if slot["pid"] else "",
        "rules_unread": slot["report"].get("rules_unread", []),
        "rules_left_out": slot["report"].get("rules_left_out", 0),
        "rules_refused": slot["report"].get("rules_refused", {}),
        "host": slot["report"].get("host", ""),
        "instance": slot["report"].get("instance", ""),
        "since": states["process", "started"],
        "records": whole(states["process", "records"]),
        "sent": whole(sent),
        "dropped": {reason: whole(items) for reason, items in dropped.items()},
        "failed": whole(sum(signal["failed"] for signal in signals.values())),
        "waiting": whole(sum(signal["waiting"] for signal in signals.values())),
        "completeness": completeness(sent, lost),
        "recorded": whole(slot["counters"]["process", "records"]),
        "lost": whole(_lost(slot)),
        "lost_at": max([states["process", "lost_at"], *(loss["at"] for loss in losses)]),
        "losses": losses,
        "killed": slot["counters"].get(("worker", "exit", KILLED), 0) + slot["is_killed"],
        "delivered_at": max(delivered),
        "signals": signals,
    }
    return process | _cost(slot)


def _state(slot: Slot) -> str:
    if slot["pid"]:
        return RECORDING
    return KILLED if slot["is_killed"] else FREE


def _signal(slot: Slot, signal: str) -> dict[str, Any]:
    counters, states, report = slot["counters"], slot["states"], slot["report"]
    attempts = states[signal, "attempts"]
    return {
        "sent": whole(counters[signal, "sent"]),
        "failed": whole(counters[signal, "failed"]),
        "dropped": _dropped(slot, signal),
        "waiting": states[signal, "waiting"] if slot["pid"] else 0,
        "fullness": report.get("fullness", {}).get(signal, 0.0),
        "delivered_at": states[signal, "delivered_at"],
        "failed_at": states[signal, "failed_at"],
        "dropped_at": {key[2]: at for key, at in states.items() if key[:2] == (signal, "dropped_at") and at},
        "attempt_ms": round(states[signal, "attempt_time"] / attempts / 1e6, 2) if attempts else False,
        "problem": report.get("problems", {}).get(signal, ""),
        "endpoint": report.get("endpoints", {}).get(signal, ""),
    }


def _dropped(slot: Slot, signal: str) -> dict[str, float]:
    """Items by reason. What waits in a process that was killed nobody has counted so far."""
    dropped = Counter(
        {key[2]: items for key, items in slot["counters"].items() if key[:2] == (signal, "dropped") and items}
    )
    if slot["is_killed"] and (lost := slot["states"][signal, "waiting"]):
        dropped[KILLED] += lost
    return {reason: whole(items) for reason, items in dropped.items()}


def _lost(slot: Slot) -> int:
    """Requests and jobs that never arrived in metrics. Those of a process that has ended nobody has counted so far."""
    return slot["counters"]["process", "lost"] + _left(slot)


def _left(slot: Slot) -> int:
    """What a process took along that has no successor so far."""
    states = slot["states"]
    return 0 if slot["pid"] else max(0, states["process", "records"] - states["process", "delivered"])


def _losses(slot: Slot) -> list[dict[str, Any]]:
    """The losses of late that are known (see losses.py), the one that nobody has counted so far last.

    Who has said that he ends may be about to deliver the rest: only his successor knows.
    """
    told = list(slot["report"].get("losses", ()))
    if slot["is_killed"] and (left := _left(slot)):
        at = slot["report"].get("written_at") or slot["states"]["process", "started"]
        told.append({"at": at, "items": left, "reason": KILLED})
    return told


def completeness(sent: float, dropped: float) -> float | bool:
    """The share that arrived of what was to arrive, or False when there was nothing."""
    return sent / (sent + dropped) if sent + dropped else False


def _cost(slot: Slot) -> dict[str, Any]:
    """What the recorder took of the process: microseconds a request, and its share of the process's CPU time."""
    states, facts = slot["states"], slot["facts"]
    records, overhead, background = (
        states["process", what] for what in ("records", "overhead", "background")
    )
    used = facts.get("cpu", 0) * 1e9 - states["process", "cpu_before"]
    age = slot["report"].get("written_at", 0) - states["process", "started"]
    return {
        "memory": float(facts.get("memory", 0)),
        "overhead_us": round(overhead / records / 1e3, 1) if records >= WARM else False,
        "background_us": round(background / records / 1e3, 1) if records >= WARM and background else False,
        "background_share": background / age if age >= STEADY and background else False,
        "cpu_share": (overhead + background) / used if records >= WARM and used > 0 else False,
    }


def total(processes: Iterable[Process]) -> dict[str, Any]:
    """All processes together. Costs are those of an average request of the processes that record."""
    processes = list(processes)
    dropped: Counter[str] = Counter()
    for process in processes:
        dropped.update(process["dropped"])
    summed = ("sent", "failed", "waiting", "recorded", "lost")
    sums = {key: sum(process[key] for process in processes) for key in summed}
    recording = [process for process in processes if process["state"] == RECORDING]
    return {
        "recording": len(recording),
        "records": whole(sum(process["records"] for process in recording)),
        "dropped": {reason: whole(items) for reason, items in sorted(dropped.items())},
        "completeness": completeness(sums["sent"], sum(dropped.values())),
        "counted": completeness(sums["recorded"] - sums["lost"], sums["lost"]),
        "memory": sum(process["memory"] for process in recording),
        **{key: whole(value) for key, value in sums.items()},
        **{key: _average(recording, key) for key in ("overhead_us", "background_us", "cpu_share")},
        "background_share": sum(process["background_share"] for process in recording) or False,
    }


def _average(processes: Iterable[Process], key: str) -> float | bool:
    """Weighted by requests; False where no process has served enough."""
    known = [process for process in processes if process[key] is not False]
    records = sum(process["records"] for process in known)
    return sum(process[key] * process["records"] for process in known) / records if records else False


def presentable(process: Process) -> Process:
    """The process with its moments as texts of UTC, as Odoo writes them; empty for what has not been."""
    signals = {name: _with_moments(signal) for name, signal in process["signals"].items()}
    losses = list(map(_with_moments, process["losses"]))
    return _with_moments(process) | {"signals": signals, "losses": losses}


def _with_moments(found: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: moment(value) if key in MOMENTS else value for key, value in found.items()}
    if "dropped_at" in told:
        told["dropped_at"] = {reason: moment(at) for reason, at in told["dropped_at"].items()}
    return told


def moment(ns: int) -> str:
    """ "2026-11-23 20:31:05" of UTC; empty for 0."""
    at = datetime.datetime.fromtimestamp(ns / SECOND, datetime.UTC) if ns else None
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


def whole(number: float) -> float:
    """A number that every way of calling can carry."""
    return number if number <= LARGEST else float(number)


def rank_cardinality(rows: Iterable[Mapping[str, Any]], limit: int) -> list[dict[str, Any]]:
    """The attributes nearest to their limit: of several processes the one that has most values.

    :param rows: each ``metric``, ``attribute``, ``values``, ``limit``, and ``example``, empty unless it is over
    """
    worst: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = row["metric"], row["attribute"]
        if key not in worst or _fullness(row) > _fullness(worst[key]):
            worst[key] = {name: row[name] for name in CARDINALITY}
    return sorted(worst.values(), key=_fullness, reverse=True)[:limit]


def _fullness(row: Mapping[str, Any]) -> tuple[bool, float]:
    return bool(row["example"]), row["values"] / row["limit"]

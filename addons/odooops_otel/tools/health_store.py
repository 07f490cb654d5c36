"""What Prometheus knows of telemetry itself: processes of other machines, and how much of all is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from . import semconv
from .health import completeness, whole

WINDOW = "1h"
# The label by which the parts of the one query are told apart.
FIGURE = "figure"
STORED, EXPECTED = "stored", "expected"
_PROCESS = "instance, odoo_worker_type"
_REASON = "odooops_telemetry_reason"


class Sample(Protocol):
    """One value of Prometheus' answer."""

    labels: Mapping[str, str]
    value: float


def query(environment: str) -> str:
    """All that is asked, in one query."""
    quoted = environment.replace("\\", "\\\\").replace('"', '\\"')
    parts = _expressions(f'{{deployment_environment_name="{quoted}"}}')
    return " or ".join(
        f'label_replace({expression}, "{FIGURE}", "{figure}", "", "")' for figure, expression in parts.items()
    )


def _expressions(of: str) -> dict[str, str]:
    """PromQL by figure; lengths of time and costs are those of the last hour."""
    name = semconv.prometheus_name
    counted = "|".join(
        f"{name(metric)}_count"
        for metric in (semconv.HTTP_SERVER_REQUEST_DURATION, semconv.CRON_JOB_DURATION)
    )
    records = f"increase({name(semconv.TELEMETRY_RECORDS)}{of}[{WINDOW}])"
    cost = " + ".join(
        f"increase({name(metric)}{of}[{WINDOW}])"
        for metric in (semconv.TELEMETRY_OVERHEAD, semconv.TELEMETRY_BACKGROUND)
    )
    return {
        "sent": f"sum by ({_PROCESS}) ({name(semconv.TELEMETRY_SENT)}{of})",
        "failed": f"sum by ({_PROCESS}) ({name(semconv.TELEMETRY_FAILED)}{of})",
        "dropped": f"sum by ({_PROCESS}, {_REASON}) ({name(semconv.TELEMETRY_DROPPED)}{of}) > 0",
        "waiting": f"sum by ({_PROCESS}) ({name(semconv.TELEMETRY_QUEUE_LENGTH)}{of})",
        "memory": f"sum by ({_PROCESS}) ({name(semconv.PROCESS_MEMORY_USAGE)}{of})",
        "records": f"sum by ({_PROCESS}) ({records})",
        "cost": f"sum by ({_PROCESS}) ({cost})",
        "cpu": f"sum by ({_PROCESS}) (increase({name(semconv.PROCESS_CPU_TIME)}{of}[{WINDOW}]))",
        # A process that was killed takes the durations of its last interval along; its slot has counted them.
        STORED: f'sum(increase({{__name__=~"{counted}",{of[1:]}[{WINDOW}]))',
        EXPECTED: f"sum({records})",
    }


def stored_share(samples: Iterable[Sample]) -> float | bool:
    """The share of the requests and jobs of the last hour that the store has; False when there were none."""
    totals = {
        sample.labels[FIGURE]: sample.value
        for sample in samples
        if sample.labels.get(FIGURE) in (STORED, EXPECTED)
    }
    stored, expected = totals.get(STORED, 0.0), totals.get(EXPECTED, 0.0)
    # A slot that is new has no zero before its first sample: what it counted by then is not in the increase.
    return min(1.0, stored / expected) if expected >= 1 else False


def processes(samples: Iterable[Sample], own: Collection[str]) -> list[dict[str, Any]]:
    """What Prometheus knows of the processes that are not among ``own`` instances: of other machines."""
    found: dict[str, dict[str, Any]] = {}
    for sample in samples:
        instance, figure = sample.labels.get("instance", ""), sample.labels.get(FIGURE, "")
        if not instance or instance in own:
            continue
        kind = sample.labels.get("odoo_worker_type", "")
        process = found.setdefault(instance, {"instance": instance, "kind": kind, "dropped": {}})
        if figure == "dropped":
            process["dropped"][sample.labels.get(_REASON, "")] = whole(sample.value)
        else:
            process[figure] = sample.value
    return [_process(found[instance]) for instance in sorted(found)]


def _process(found: Mapping[str, Any]) -> dict[str, Any]:
    sent, dropped = found.get("sent", 0.0), sum(found["dropped"].values())
    records, cost, cpu = (found.get(figure, 0.0) for figure in ("records", "cost", "cpu"))
    whole_numbers = {figure: whole(found.get(figure, 0.0)) for figure in ("sent", "failed", "waiting")}
    return {
        **{key: found[key] for key in ("instance", "kind", "dropped")},
        **whole_numbers,
        "records": round(records),
        "memory": found.get("memory", 0.0),
        "completeness": completeness(sent, dropped),
        "cost_us": round(cost / records * 1e6, 1) if records >= 1 else False,
        "cpu_share": cost / cpu if cpu else False,
    }

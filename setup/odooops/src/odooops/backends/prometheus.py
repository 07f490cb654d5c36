"""Prometheus' HTTP API: https://prometheus.io/docs/prometheus/latest/querying/api/"""

from dataclasses import dataclass
from typing import Any

from ..web import Server, garbled


@dataclass(frozen=True)
class Series:
    """One series: its labels and its samples, each seconds since the epoch and a value as Prometheus writes it."""

    labels: dict[str, str]
    samples: list[tuple[float, str]]


@dataclass(frozen=True)
class Alert:
    """One alert that fires, or is about to; ``since`` is ISO 8601, labels are those that tell it from others."""

    name: str
    state: str
    severity: str
    since: str
    summary: str
    description: str
    runbook: str
    labels: dict[str, str]


# Fires always: it says that alerts arrive.
WATCHDOG = "Watchdog"
SEVERITIES = ("critical", "warning", "info")


def alerts(server: Server) -> list[Alert]:
    """The alerts that fire or are pending but Watchdog, the worst first; raises ServerError."""
    try:
        told = [_alert(each) for each in section(server, "alerts")["alerts"]]
    except (KeyError, TypeError, AttributeError):
        raise garbled(server) from None
    return sorted((alert for alert in told if alert.name != WATCHDOG), key=_urgency)


def _alert(found: dict[str, Any]) -> Alert:
    labels, said = dict(found["labels"]), found.get("annotations", {})
    name, severity = labels.pop("alertname"), labels.pop("severity", "")
    texts = (said.get(key, "") for key in ("summary", "description", "runbook_url"))
    return Alert(name, found["state"], severity, found["activeAt"], *texts, labels)


def _urgency(alert: Alert) -> tuple:
    rank = SEVERITIES.index(alert.severity) if alert.severity in SEVERITIES else len(SEVERITIES)
    return alert.state != "firing", rank, alert.name, alert.since


def instant(server: Server, promql: str, at: float) -> list[Series]:
    """The value of each series at a moment; raises ServerError."""
    return series(server, _data(server, "query", {"query": promql, "time": f"{at:.3f}"}))


def over(server: Server, promql: str, since: float, until: float, step: float) -> list[Series]:
    """The values of each series from ``since`` to ``until``, one a ``step``; raises ServerError."""
    params = {
        "query": promql,
        "start": f"{since:.3f}",
        "end": f"{until:.3f}",
        "step": f"{step:.3f}",
    }
    return series(server, _data(server, "query_range", params))


def exemplars(server: Server, promql: str, since: float, until: float) -> list[dict[str, Any]]:
    """The exemplars of the series in ``promql``: "labels", "value", "timestamp"; raises ServerError."""
    params = {"query": promql, "start": f"{since:.3f}", "end": f"{until:.3f}"}
    return [found for part in _data(server, "query_exemplars", params) for found in part["exemplars"]]


def section(server: Server, name: str, seconds: float = 10) -> Any:
    """The data of another part of the API: "targets", "rules", "alertmanagers", "status/tsdb"."""
    return _data(server, name, {}, seconds)


def series(server: Server, data: Any) -> list[Series]:
    """Series from the data of a query's answer, of whichever type it is; Loki's metrics look the same."""
    try:
        kind, result = data["resultType"], data["result"]
        if kind in ("scalar", "string"):
            return [Series({}, [_sample(result)])]
        return [Series(found["metric"], _samples(found)) for found in result]
    except (KeyError, TypeError, ValueError, IndexError):
        raise garbled(server) from None


def _samples(found: dict[str, Any]) -> list[tuple[float, str]]:
    plain = found.get("values") or ([found["value"]] if "value" in found else [])
    histograms = found.get("histograms") or ([found["histogram"]] if "histogram" in found else [])
    told = [(at, f"count {value['count']}, sum {value['sum']}") for at, value in histograms]
    return sorted(map(_sample, [*plain, *told]))


def _sample(pair: Any) -> tuple[float, str]:
    at, value = pair
    return float(at), str(value)


def _data(server: Server, path: str, params: dict[str, str], seconds: float = 30) -> Any:
    answer = server.get(f"/api/v1/{path}", params, seconds)
    if not isinstance(answer, dict) or answer.get("status") != "success" or "data" not in answer:
        raise garbled(server)
    return answer["data"]

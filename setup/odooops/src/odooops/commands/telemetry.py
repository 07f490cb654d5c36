"""``odooops telemetry``: how telemetry itself is."""

from typing import Any

from ..client import Client
from ..nouns import Nouns
from ..records import iso
from ..show import NOTHING, cell
from ..text import table

MODEL = "odooops.telemetry"
HEALTHY, FAILING = 0, 1
HEADS = (
    "PROCESS",
    "PID",
    "STATE",
    "REQUESTS",
    "LOST",
    "SENT",
    "ARRIVED",
    "DROPPED",
    "FAILED",
    "WAITING",
    "LAST DELIVERY",
    "RECORDER",
    "PER REQUEST",
    "CPU",
    "MEMORY",
)
# As the page in Odoo says it.
STATES = {"recording": "records", "killed": "was killed", "free": "ended"}
RECORDERS = {"compiled": "compiled", "python": "Python"}
SERIES = {"otel.metric.overflow": "all together"}
# Attributes that fit on a screen; --output json has all that Odoo tells.
SHOWN = 5


def health(client: Client) -> dict[str, Any]:
    """How telemetry itself is, as Odoo tells it; see ``odooops.telemetry.get_health``."""
    return _plain(client.call(MODEL, "get_health"))


def _plain(value: Any, key: str = "") -> Any:
    """None for what is empty, moments in ISO 8601."""
    if isinstance(value, dict):
        return {name: _plain(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is False or value == "":
        return None
    return iso(value) if key.endswith("_at") or key == "since" else value


def as_text(found: dict[str, Any]) -> str:
    """The page as text: what needs attention, then the processes, then the attributes with most values."""
    totals, store = found["totals"], found["store"]
    parts = [
        found["summary"]["title"],
        *(_finding(finding) for finding in found["findings"]),
        _totals(totals),
        _stored(store),
        table([list(HEADS), *(_process(process) for process in found["processes"])]),
    ]
    parts += [f"hint: {hint['advice']}\n  {hint['page']}" for hint in found.get("hints", ())]
    if store["processes"]:
        parts += ["Other machines:", "\n".join(map(_other, store["processes"]))]
    if found["cardinality"]:
        parts.append(_cardinality(found["cardinality"][:SHOWN]))
    return "\n\n".join(parts)


def _totals(totals: dict[str, Any]) -> str:
    if totals["completeness"] is None:
        return "Nothing has been sent yet: ask again in some seconds."
    sent, dropped = totals["sent"], sum(totals["dropped"].values())
    return (
        f"{_share(totals['completeness'])} arrived of what was sent or given up ({sent:.0f} items sent, {dropped:.0f} "
        f"dropped); {totals['waiting']:.0f} wait, {totals['failed']:.0f} attempts to send failed; "
        f"{_share(totals['counted'])} of requests are counted\n"
        f"{_costs(totals)}; together {_share(totals['cpu_share'])} of the CPU time of Odoo"
    )


def _costs(totals: dict[str, Any]) -> str:
    if totals["overhead_us"] is None:
        return "what a request costs is known after 100 of them in a process"
    costs = f"a request costs {totals['overhead_us']:.0f} µs while it runs"
    if (share := totals["background_share"]) is not None:
        costs += f"; counting and sending take {_share(share)} of a processor"
    return costs


def _stored(store: dict[str, Any]) -> str:
    """What Prometheus has, or why nobody knows."""
    if store["message"]:
        return store["message"]
    return (
        f"about {_share(store['completeness'])} of the requests and jobs of the last hour are in Prometheus"
    )


def _finding(finding: dict[str, Any]) -> str:
    last = f", the last at {cell(at, 'moment')}" if (at := finding.get("last_at")) else ""
    return f"{finding['severity']}: {finding['title']}{last}\n  {finding['advice']}\n  {finding['runbook']}"


def _process(process: dict[str, Any]) -> list[str]:
    return [
        process["name"],
        cell(process["pid"] or None, "text"),
        STATES.get(process["state"], process["state"]),
        cell(process["records"], "text"),
        f"{process['lost']:.0f}",
        f"{process['sent']:.0f}",
        _share(process["completeness"]),
        _reasons(process["dropped"]),
        f"{process['failed']:.0f}",
        f"{process['waiting']:.0f}",
        cell(process["delivered_at"], "moment"),
        RECORDERS.get(process.get("recorder"), NOTHING),
        _cost(process),
        _share(process["cpu_share"]),
        f"{process['memory'] / 1e6:.1f} MB" if process["memory"] else NOTHING,
    ]


def _other(process: dict[str, Any]) -> str:
    dropped = _reasons(process["dropped"])
    return f"  {process['instance']}: {_share(process['completeness'])} arrived, dropped: {dropped}"


def _cardinality(rows: list[dict[str, Any]]) -> str:
    lines = [
        [row["metric"], SERIES.get(row["attribute"], row["attribute"]), str(row["values"]), str(row["limit"])]
        for row in rows
    ]
    return table([["METRIC", "ATTRIBUTE", "VALUES", "LIMIT"], *lines])


def _share(share: float | None) -> str:
    """Rounded down: what is told as 100 % is all of it."""
    return NOTHING if share is None else f"{int(share * 1e4) / 1e2:g} %"


def _cost(costs: dict[str, Any]) -> str:
    if costs["overhead_us"] is None:
        return NOTHING
    return f"{costs['overhead_us']:.0f} µs"


def _reasons(dropped: dict[str, float]) -> str:
    return ", ".join(f"{items:.0f} {reason}" for reason, items in dropped.items()) or NOTHING


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("telemetry", "the telemetry of Odoo's processes")
    noun.verb(
        "health",
        "how telemetry itself is; exit code 1 when something is failing",
        lambda call: health(call.client),
        text=as_text,
        code=lambda found, options: FAILING if found["summary"]["state"] == "failing" else HEALTHY,
    )

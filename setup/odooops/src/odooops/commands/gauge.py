"""``odooops gauge``: the business gauges, numbers of the business as metrics."""

import argparse
from typing import Any

from ..client import Client
from ..nouns import Noun, Nouns, UsageError, add_archiving
from ..records import ARCHIVED_TOO, filled, find_id, given, plain
from ..show import Column
from ..usage import whole

MODEL = "odooops.gauge"
AGGREGATES = ("count", "sum", "avg", "min", "max")
NAMES = {
    "name": "name",
    "description": "description",
    "unit": "unit",
    "model": "model",
    "domain": "domain",
    "aggregate": "aggregate",
    "field_name": "field",
    "labels": "labels",
    "interval_seconds": "interval_seconds",
    "series": "series",
    "user_id": "user",
    "state": "state",
    "value": "value",
    "series_count": "series_count",
    "computed_at": "computed_at",
    "seconds": "seconds",
    "failures": "failures",
    "error": "error",
    "active": "active",
}
COLUMNS = (
    Column("Name", "name"),
    Column("Model", "model"),
    Column("Aggregate", "aggregate"),
    Column("Labels", "labels"),
    Column("Value", "value"),
    Column("Series", "series_count"),
    Column("State", "state", "told"),
    Column("Description", "description", is_detail=True),
    Column("In Prometheus", "series", is_detail=True),
    Column("Domain", "domain", is_detail=True),
    Column("Field", "field", is_detail=True),
    Column("Unit", "unit", is_detail=True),
    Column("Interval (s)", "interval_seconds", is_detail=True),
    Column("Sees what", "user", is_detail=True),
    Column("Computed", "computed_at", is_detail=True),
    Column("Took (s)", "seconds", is_detail=True),
    Column("Failures", "failures", is_detail=True),
    Column("Error", "error", is_detail=True),
    Column("Active", "active", is_detail=True),
)
VALUES = ("name", "model", "domain", "aggregate", "field_name", "labels", "unit", "description")
VALUES += ("interval_seconds", "active")


def list_gauges(client: Client) -> list[dict[str, Any]]:
    """The gauges by name, with what was found last."""
    return [_plain(record) for record in client.search_all(MODEL, [], list(NAMES), order="id")]


def get_gauge(client: Client, name: str) -> dict[str, Any]:
    """One gauge; raises StackError when there is none of that name."""
    ids = [find_id(client, MODEL, name, "gauge")]
    return _plain(client.call(MODEL, "read", ids, fields=list(NAMES), context=ARCHIVED_TOO)[0])


def create_gauge(client: Client, name: str, **values: Any) -> dict[str, Any]:
    """A new gauge, which sees what the caller sees; raises UsageError for one of a field that is not named."""
    if (aggregate := values.get("aggregate") or "count") != "count" and not values.get("field_name"):
        raise UsageError(
            f"--field is missing: --aggregate {aggregate} is computed of a number that is stored"
        )
    client.call(MODEL, "create", vals_list=[{"name": name, **given(**values)}])
    return get_gauge(client, name)


def update_gauge(client: Client, name: str, **values: Any) -> dict[str, Any]:
    """The gauge with what was given changed."""
    if changes := given(**values):
        client.call(MODEL, "write", [find_id(client, MODEL, name, "gauge")], vals=changes)
    return get_gauge(client, name)


def delete_gauge(client: Client, name: str) -> dict[str, Any]:
    """Removes a gauge; what was told stays in Prometheus."""
    client.call(MODEL, "unlink", [find_id(client, MODEL, name, "gauge")])
    return {"name": name, "deleted": True}


def try_gauge(client: Client, name: str) -> dict[str, Any]:
    """Has a gauge computed now."""
    return filled(client.call(MODEL, "try_gauge", gauge=name))


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    found = plain(record, NAMES, flags=("active",))
    # Of several series the first says little; try shows them all.
    return found | {"value": None} if found["labels"] or found["state"] != "good" else found


def _found_text(found: dict[str, Any]) -> str:
    """What a gauge found, as Prometheus would write it."""
    if found["error"]:
        return f"{found['gauge']} could not be computed: {found['error']}"
    head = f"{found['series']} in {found['seconds']:.3f} s"
    return "\n".join([head, *(f"  {_labels(row['labels'])} {row['value']:.12g}" for row in found["values"])])


def _labels(labels: dict[str, str]) -> str:
    pairs = ", ".join(f'odoo_field_{field}="{text}"' for field, text in labels.items())
    return f"{{{pairs}}}"


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("gauge", "the business gauges: numbers of the business as metrics")
    noun.verb(
        "list",
        "all gauges with what was found last",
        lambda call: list_gauges(call.client),
        columns=COLUMNS,
        empty="no gauge: odooops gauge create makes one",
    )
    noun.verb_of_one(
        "get", "one gauge", lambda call: get_gauge(call.client, call.options.name), columns=COLUMNS
    )
    _register_changes(noun)
    noun.verb_of_one(
        "try",
        "compute a gauge now, and switch it on again when that works; exit code 1 when it does not",
        lambda call: try_gauge(call.client, call.options.name),
        text=_found_text,
        code=lambda found, options: 1 if found["error"] else 0,
    )


def _register_changes(noun: Noun) -> None:
    for verb, summary, function in (
        ("create", "make a gauge; it sees what you may read", create_gauge),
        ("update", "change a gauge", update_gauge),
    ):

        def run(call, function=function):
            values = {name: getattr(call.options, name, None) for name in VALUES}
            return function(call.client, **values)

        command = noun.verb_of_one(verb, summary, run, columns=COLUMNS)
        _add_values(command, is_new=verb == "create")
    add_archiving(command)
    noun.verb_of_one(
        "delete",
        "remove a gauge",
        lambda call: delete_gauge(call.client, call.options.name),
        text=lambda found: f"gauge {found['name']} is deleted",
        question=lambda options: f"Delete the gauge {options.name}? Its metric ends.",
    )


def _add_values(command: argparse.ArgumentParser, *, is_new: bool) -> None:
    command.add_argument("--model", required=is_new, help="model of the records, such as sale.order")
    command.add_argument("--domain", help="which records count, such as \"[('state', '=', 'draft')]\"")
    command.add_argument("--aggregate", choices=AGGREGATES, help="default: count")
    command.add_argument("--field", dest="field_name", help="of which field, unless records are counted")
    command.add_argument("--labels", metavar="FIELDS", help="at most three fields, separated by commas")
    command.add_argument("--unit", help="s, By, or what is counted in braces: {order}")
    command.add_argument("--description", help="what it says to somebody who reads a dashboard")
    command.add_argument(
        "--interval", dest="interval_seconds", type=whole, metavar="SECONDS", help="60 to 86400"
    )

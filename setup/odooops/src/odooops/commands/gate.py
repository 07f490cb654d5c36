"""``odooops gate``: the health gates that a deployment has to pass."""

from typing import Any

from ..client import Client
from ..nouns import Nouns
from ..records import filled, given
from ..show import Column

MODEL = "odooops.gate"
COLUMNS = (
    Column("Name", "name"),
    Column("Wanted", "comparison"),
    Column("Threshold", "threshold"),
    Column("Active", "active"),
    Column("Query", "query", is_detail=True),
)
ANSWER = (
    Column("Gate", "gate"),
    Column("Environment", "environment"),
    Column("Outcome", "outcome"),
    Column("Value", "value"),
    Column("Message", "message"),
    Column("Query", "query", is_detail=True),
)


def list_gates(client: Client) -> list[dict[str, Any]]:
    """The gates in the order in which they are asked."""
    fields = ["name", "query", "comparison", "threshold", "active"]
    found = client.search_all(MODEL, [], fields, order="id")
    return [{field: gate[field] for field in ("id", *fields)} for gate in found]


def try_gate(client: Client, gate: str, environment: str | None = None) -> dict[str, Any]:
    """What a gate would say now."""
    return filled(client.call(MODEL, "try_gate", gate=gate, **given(environment=environment)))


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("gate", "the health gates that a deployment has to pass")
    noun.verb("list", "all gates", lambda call: list_gates(call.client), columns=COLUMNS)
    trying = noun.verb(
        "try",
        "what a gate would say now; exit code 1 when it is not passed",
        lambda call: try_gate(call.client, call.options.name, call.options.environment),
        columns=ANSWER,
        code=lambda found, options: 0 if found["outcome"] == "passed" else 1,
    )
    trying.add_argument("name", metavar="NAME")
    trying.add_argument("--environment", metavar="NAME", help="of this one (default: that of Odoo itself)")

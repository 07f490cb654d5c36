"""``odooops gate``: the health gates that a deployment has to pass."""

import time
from collections.abc import Callable
from typing import Any

from .. import moments
from ..client import Client
from ..nouns import Call, Noun, Nouns
from ..records import filled, find_id, given, plain
from ..show import Column
from ..usage import number

MODEL = "odooops.gate"
COLUMNS = (
    Column("Name", "name"),
    Column("Wanted", "comparison"),
    Column("Threshold", "threshold"),
    Column("Active", "active"),
    Column("Query", "query", is_detail=True),
    # prometheus, parser, or brackets: Prometheus could not be asked when it was saved.
    Column("Query checked by", "query_checked_by", is_detail=True),
)
FIELDS = ("name", "query", "comparison", "threshold", "active", "query_checked_by")
ANSWER = (
    Column("Gate", "gate"),
    Column("Environment", "environment"),
    Column("Outcome", "outcome"),
    Column("Value", "value"),
    Column("Message", "message"),
    Column("Query", "query", is_detail=True),
)
COMPARISONS = ("<", "<=", ">", ">=")
# What they said about a deployment.
RESULTS = (
    Column("Gate", "name"),
    Column("Outcome", "outcome"),
    Column("Value", "value"),
    Column("Wanted", "comparison"),
    Column("Than", "threshold"),
    Column("Message", "message"),
)
DEPLOYMENT = "odooops.deployment"
# Metrics reach Prometheus every few seconds: to look more often shows nothing new.
LOOK_SECONDS = 10.0


def list_gates(client: Client) -> list[dict[str, Any]]:
    """The gates in the order in which they are asked."""
    return [_plain(gate) for gate in client.search_all(MODEL, [], list(FIELDS), order="id")]


def create_gate(client: Client, name: str, query: str, comparison: str, threshold: float) -> dict[str, Any]:
    """Makes a gate that is passed when the query's value compares so with the threshold."""
    values = {"name": name, "query": query, "comparison": comparison, "threshold": threshold}
    made = client.call(MODEL, "create", vals_list=[values])
    return _plain(client.call(MODEL, "read", made, fields=list(FIELDS))[0])


def _plain(gate: dict[str, Any]) -> dict[str, Any]:
    return plain(gate, {field: field for field in ("id", *FIELDS)}, flags=("active",))


def delete_gate(client: Client, name: str) -> dict[str, Any]:
    """Removes a gate; what it said about deployments stays."""
    client.call(MODEL, "unlink", [find_id(client, MODEL, name, "gate")])
    return {"name": name, "deleted": True}


def try_gate(client: Client, gate: str, environment: str | None = None) -> dict[str, Any]:
    """What a gate would say now."""
    return filled(client.call(MODEL, "try_gate", gate=gate, **given(environment=environment)))


def wait_until_passed(
    client: Client,
    deployment: int,
    seconds: float,
    progress: Callable[[str], None] = lambda text: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Asks the gates about a deployment that runs until all are passed or ``seconds`` are over."""
    deadline = clock() + seconds
    while missing := _missing(client.call(DEPLOYMENT, "run_gates", deployment=deployment)):
        left = deadline - clock()
        if left <= 0:
            return
        progress(f"not passed yet: {', '.join(missing)}; {left:.0f} s left")
        sleep(min(LOOK_SECONDS, left))


def _missing(answer: dict[str, Any]) -> list[str]:
    return [gate["name"] for gate in answer["gates"] if gate["outcome"] != "passed"]


def add_wait(command: Any) -> None:
    """The option --wait."""
    command.add_argument(
        "--wait",
        type=moments.span,
        default=0.0,
        metavar="TIME",
        help="how long the gates may take to be passed, such as 5m (default: they are asked once)",
    )


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("gate", "the health gates that a deployment has to pass")
    noun.verb("list", "all gates", lambda call: list_gates(call.client), columns=COLUMNS)
    _register_changes(noun)
    trying = noun.verb(
        "try",
        "what a gate would say now; exit code 1 when it is not passed",
        lambda call: try_gate(call.client, call.options.name, call.options.environment),
        columns=ANSWER,
        code=lambda found, options: 0 if found["outcome"] == "passed" else 1,
    )
    trying.add_argument("name", metavar="NAME")
    trying.add_argument("--environment", metavar="NAME", help="of this one (default: that of Odoo itself)")


def _register_changes(noun: Noun) -> None:
    making = noun.verb("create", "make a gate that every deployment has to pass", _create, columns=COLUMNS)
    making.add_argument("name", metavar="NAME")
    making.add_argument("--query", required=True, metavar="PROMQL", help="what is measured, as one number")
    making.add_argument("--comparison", required=True, choices=COMPARISONS, help="how it has to compare")
    making.add_argument("--threshold", required=True, type=number, metavar="NUMBER", help="with what")
    deletion = noun.verb(
        "delete",
        "remove a gate",
        lambda call: delete_gate(call.client, call.options.name),
        text=lambda found: f"gate {found['name']} is deleted",
        question=lambda options: f"Delete the gate {options.name}? Deployments need not pass it any more.",
    )
    deletion.add_argument("name", metavar="NAME")


def _create(call: Call) -> dict[str, Any]:
    options = call.options
    return create_gate(call.client, options.name, options.query, options.comparison, options.threshold)

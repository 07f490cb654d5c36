"""``odooops sampling``: the rules that say which requests and scheduled actions are kept as traces."""

from typing import Any

from ..client import Client
from ..nouns import Call, Noun, Nouns, add_archiving
from ..records import ARCHIVED_TOO, filled, find_id, given, plain
from ..show import Column
from ..usage import share, whole

MODEL = "odooops.sampling.rule"
KINDS = ("route", "method", "job", "any")
HTTP_METHODS = ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")
NAMES = {
    "name": "name",
    "sequence": "sequence",
    "kind": "kind",
    "pattern": "pattern",
    "http_method": "http_method",
    "ratio": "ratio",
    "slow_threshold_ms": "slow_threshold_ms",
    "statement_limit": "statement_limit",
    "sql": "sql",
    "environment_ids": "environments",
    "note": "note",
    "active": "active",
}
COLUMNS = (
    Column("Name", "name"),
    Column("For", "kind"),
    Column("Pattern", "pattern"),
    Column("HTTP method", "http_method"),
    Column("Kept", "ratio"),
    Column("Slow from (ms)", "slow_threshold_ms"),
    Column("Sequence", "sequence"),
    Column("Statements", "statement_limit", is_detail=True),
    Column("SQL", "sql", is_detail=True),
    Column("Environments", "environments", is_detail=True),
    Column("Note", "note", is_detail=True),
    Column("Active", "active", is_detail=True),
)
ASKED = ("route", "http_method", "method", "job", "environment")
ANSWER = (
    Column("Rule", "rule"),
    Column("Kept", "ratio"),
    Column("Says", "ratio_source"),
    Column("Slow from (ms)", "slow_threshold_ms"),
    Column("Statements", "statement_limit"),
    Column("SQL", "sql"),
    Column("HTTP method", "http_method"),
    Column("Environment", "environment"),
)


def list_rules(client: Client, *, archived: bool = False) -> list[dict[str, Any]]:
    """The rules in the order in which they are asked."""
    domain = [("active", "=", False)] if archived else []
    found = client.search_all(MODEL, domain, list(NAMES), order="sequence, id")
    return _plain(client, found)


def get_rule(client: Client, name: str) -> dict[str, Any]:
    """One rule; raises StackError when there is none of that name."""
    ids = [find_id(client, MODEL, name, "sampling rule")]
    return _plain(client, client.call(MODEL, "read", ids, fields=list(NAMES)))[0]


def create_rule(client: Client, name: str, **values: Any) -> dict[str, Any]:
    """A new rule."""
    client.call(MODEL, "create", vals_list=[{"name": name, **_vals(client, **values)}])
    return get_rule(client, name)


def update_rule(client: Client, name: str, **values: Any) -> dict[str, Any]:
    """The rule with what was given changed."""
    ids = [find_id(client, MODEL, name, "sampling rule")]
    if changes := _vals(client, **values):
        client.call(MODEL, "write", ids, vals=changes)
    return get_rule(client, name)


def delete_rule(client: Client, name: str) -> dict[str, Any]:
    """Removes a rule: what it was for is kept as the next rule that fits says."""
    client.call(MODEL, "unlink", [find_id(client, MODEL, name, "sampling rule")])
    return {"name": name, "deleted": True}


def explain_sampling(client: Client, **asked: str | None) -> dict[str, Any]:
    """Which rule decides for a route, a method or a scheduled action, and what holds for it."""
    return filled(client.call(MODEL, "explain_sampling", **given(**asked)))


def _vals(client: Client, environments: list[str] | None = None, **values: Any) -> dict[str, Any]:
    """What the model takes. Environments are named, and replace those that there were."""
    found = given(**values)
    if environments is not None:
        ids = [find_id(client, "odooops.environment", name, "environment") for name in environments if name]
        found["environment_ids"] = [(6, 0, ids)]
    return found


def _plain(client: Client, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = sorted({identity for record in records for identity in record["environment_ids"]})
    rows = (
        client.call("odooops.environment", "read", ids, fields=["name"], context=ARCHIVED_TOO) if ids else []
    )
    names = {row["id"]: row["name"] for row in rows}
    return [
        plain(record, NAMES, flags=("active",))
        # 0 is no number of theirs: the setting says.
        | {name: record[name] or None for name in ("slow_threshold_ms", "statement_limit")}
        | {"environments": [names[identity] for identity in record["environment_ids"]]}
        for record in records
    ]


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("sampling", "which requests and scheduled actions are kept as traces")
    listing = noun.verb(
        "list",
        "all rules, the first that fits decides",
        lambda call: list_rules(call.client, archived=call.options.archived),
        columns=COLUMNS,
        empty="no rule: everything is kept as its environment says",
    )
    listing.add_argument("--archived", action="store_true", help="those that were archived instead")
    noun.verb_of_one(
        "get", "one rule", lambda call: get_rule(call.client, call.options.name), columns=COLUMNS
    )
    _with_values(noun, "create", "make a rule", create_rule)
    update = _with_values(noun, "update", "change a rule", update_rule)
    add_archiving(update)
    noun.verb_of_one(
        "delete",
        "remove a rule",
        lambda call: delete_rule(call.client, call.options.name),
        text=lambda found: f"sampling rule {found['name']} is deleted",
        question=lambda options: f"Delete the sampling rule {options.name}?",
    )
    _register_explain(noun)


def _register_explain(noun: Noun) -> None:
    explain = noun.verb(
        "explain",
        "which rule decides for a route, a method or a scheduled action",
        lambda call: explain_sampling(call.client, **{name: getattr(call.options, name) for name in ASKED}),
        columns=ANSWER,
    )
    explain.add_argument("--route", help="as traces call it, such as /web/login")
    explain.add_argument(
        "--http-method", choices=HTTP_METHODS, help="of the request (default: POST with --method, else GET)"
    )
    explain.add_argument("--method", metavar="MODEL.METHOD", help="such as sale.order.action_confirm")
    explain.add_argument("--job", metavar="NAME", help="the name of a scheduled action")
    explain.add_argument("--environment", metavar="NAME", help="in this one (default: that of Odoo itself)")


def _with_values(noun: Noun, verb: str, summary: str, function):
    is_new = verb == "create"
    command = noun.verb_of_one(
        verb, summary, lambda call: function(call.client, **_options(call)), columns=COLUMNS
    )
    command.add_argument("--kind", choices=KINDS, required=is_new, help="what the pattern is compared with")
    command.add_argument("--pattern", help="* is any text: /web/login*, sale.order.*, 'Mail: *'")
    command.add_argument(
        "--http-method",
        choices=("", *HTTP_METHODS),
        help='of a route: only requests by this method; "": by every one',
    )
    command.add_argument("--ratio", type=share, required=is_new, metavar="SHARE", help="kept, from 0 to 1")
    command.add_argument(
        "--slow-threshold-ms",
        type=whole,
        metavar="MS",
        help="what takes as long is kept; 0: as the setting says",
    )
    command.add_argument(
        "--statement-limit",
        type=whole,
        metavar="N",
        help="statements that become spans; 0: as the setting says",
    )
    command.add_argument("--sql", choices=("", "driver"), help="driver: spans of statements are the driver's")
    command.add_argument("--sequence", type=whole, metavar="N", help="lower ones are asked first")
    command.add_argument(
        "--environment",
        dest="environments",
        action="append",
        metavar="NAME",
        help="where it holds, once for each; without any: everywhere",
    )
    command.add_argument("--note", help="why there is this rule")
    return command


def _options(call: Call) -> dict[str, Any]:
    names = ("name", *(key for field, key in NAMES.items() if field != "name"))
    return {name: getattr(call.options, name, None) for name in names}

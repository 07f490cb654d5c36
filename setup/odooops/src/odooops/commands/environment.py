"""``odooops environment``: the environments that are looked after."""

from typing import Any

from ..client import Client
from ..nouns import Call, Noun, Nouns, add_archiving
from ..records import ARCHIVED_TOO, find_id, given, plain
from ..show import Column
from ..usage import share, whole

MODEL = "odooops.environment"
KINDS = ("production", "staging", "development")
NAMES = {
    "name": "name",
    "kind": "kind",
    "is_current": "current",
    "url": "url",
    "databases": "databases",
    "retention_days": "retention_days",
    "sampling_ratio": "sampling_ratio",
    "note": "note",
    "active": "active",
}
COLUMNS = (
    Column("Name", "name"),
    Column("Kind", "kind"),
    Column("Current", "current"),
    Column("URL", "url"),
    Column("Databases", "databases"),
    Column("Retention (days)", "retention_days"),
    Column("Sampling ratio", "sampling_ratio"),
    Column("Note", "note", is_detail=True),
    Column("Active", "active", is_detail=True),
)


def list_environments(client: Client, *, archived: bool = False) -> list[dict[str, Any]]:
    """The environments that the caller has a role in."""
    domain = [("active", "=", False)] if archived else []
    return [
        _plain(record) for record in client.search_all(MODEL, domain, list(NAMES), order="sequence, name, id")
    ]


def get_environment(client: Client, name: str) -> dict[str, Any]:
    """One environment; raises StackError when there is none of that name."""
    return _plain(
        client.call(MODEL, "read", [find_id(client, MODEL, name, "environment")], fields=list(NAMES))[0]
    )


def create_environment(client: Client, name: str, **values: Any) -> dict[str, Any]:
    """A new environment."""
    client.call(MODEL, "create", vals_list=[{"name": name, **given(**values)}])
    return get_environment(client, name)


def update_environment(client: Client, name: str, **values: Any) -> dict[str, Any]:
    """The environment with what was given changed."""
    ids = [find_id(client, MODEL, name, "environment")]
    if changes := given(**values):
        client.call(MODEL, "write", ids, vals=changes)
    return _plain(client.call(MODEL, "read", ids, fields=list(NAMES), context=ARCHIVED_TOO)[0])


def delete_environment(client: Client, name: str) -> dict[str, Any]:
    """Deletes an environment; raises StackError when it is in use."""
    client.call(MODEL, "unlink", [find_id(client, MODEL, name, "environment")])
    return {"name": name, "deleted": True}


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return plain(record, NAMES, flags=("is_current", "active"))


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("environment", "the environments that are looked after")
    listing = noun.verb(
        "list",
        "all environments",
        lambda call: list_environments(call.client, archived=call.options.archived),
        columns=COLUMNS,
        empty="no environment: odooops environment create makes one",
    )
    listing.add_argument("--archived", action="store_true", help="those that were archived instead")
    noun.verb_of_one(
        "get",
        "one environment",
        lambda call: get_environment(call.client, call.options.name),
        columns=COLUMNS,
    )
    _with_values(noun, "create", "make an environment", create_environment)
    update = _with_values(noun, "update", "change an environment", update_environment)
    add_archiving(update)
    noun.verb_of_one(
        "delete",
        "delete an environment that nothing refers to (otherwise: update --archive)",
        lambda call: delete_environment(call.client, call.options.name),
        text=lambda found: f"environment {found['name']} is deleted",
        question=lambda options: f"Delete the environment {options.name}?",
    )


def _with_values(noun: Noun, verb: str, summary: str, function):
    command = noun.verb_of_one(
        verb, summary, lambda call: function(call.client, **_values(call)), columns=COLUMNS
    )
    command.add_argument("--kind", choices=KINDS, help="what it is for")
    command.add_argument("--url", help="address at which users reach it")
    command.add_argument("--databases", metavar="NAMES", help="its databases, separated by commas")
    command.add_argument(
        "--retention-days", type=whole, metavar="DAYS", help="how long its telemetry is kept"
    )
    command.add_argument(
        "--sampling-ratio", type=share, metavar="RATIO", help="share of ordinary requests kept"
    )
    command.add_argument("--note", help="who answers for it, where it runs, …")
    return command


def _values(call: Call) -> dict[str, Any]:
    names = ("name", "kind", "url", "databases", "retention_days", "sampling_ratio", "note", "active")
    return {name: getattr(call.options, name, None) for name in names}

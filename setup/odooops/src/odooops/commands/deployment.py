"""``odooops deployment``: what was deployed where, and whether it is healthy."""

import time
from collections.abc import Callable
from typing import Any

from ..client import Client
from ..nouns import Call, Noun, Nouns
from ..records import filled, given, names_of, plain
from ..show import PLAIN, Column, details, rows
from ..usage import whole
from . import gate

MODEL = "odooops.deployment"
STATES = ("running", "succeeded", "failed", "rolled_back")
NAMES = {
    "id": "id",
    "environment_id": "environment",
    "version": "version",
    "commit": "commit",
    "state": "state",
    "reason": "reason",
    "source": "source",
    "started_at": "started_at",
    "finished_at": "finished_at",
    "duration": "duration",
    "url": "url",
    "note": "note",
    "key": "key",
}
REFERENCES = ("user_id", "rollback_of_id")
COLUMNS = (
    Column("Id", "id"),
    Column("Environment", "environment"),
    Column("Version", "version"),
    Column("State", "state"),
    Column("Started", "started_at", "moment"),
    Column("Duration", "duration", "seconds"),
    Column("By", "source"),
    Column("User", "user"),
    Column("Commit", "commit"),
    Column("Reason", "reason"),
    Column("Finished", "finished_at", "moment", is_detail=True),
    Column("Takes back", "rollback_of", is_detail=True),
    Column("Job", "url", is_detail=True),
    Column("Key", "key", is_detail=True),
    Column("Note", "note", is_detail=True),
)
MODULES = (
    Column("Module", "name"),
    Column("Change", "change"),
    Column("Version", "version"),
    Column("Before", "previous_version"),
)


def list_deployments(
    client: Client, *, environment: str | None = None, state: str | None = None, limit: int = 20
) -> list[dict[str, Any]]:
    """The newest deployments, newest first."""
    asked = {"environment_id.name": environment, "state": state}
    domain = [(field, "=", value) for field, value in asked.items() if value]
    fields = [*NAMES, *REFERENCES]
    found = client.search_all(MODEL, domain, fields, order="started_at desc, id desc", limit=limit)
    logins = names_of(client, "res.users", "login", [id_ for row in found if (id_ := _id(row, "user_id"))])
    return [_row(row, logins) for row in found]


def _row(row: dict[str, Any], logins: dict[int, str]) -> dict[str, Any]:
    references = {"user": logins.get(_id(row, "user_id") or 0), "rollback_of": _id(row, "rollback_of_id")}
    return plain(row, NAMES) | references


def _id(row: dict[str, Any], field: str) -> int | None:
    return row[field][0] if row.get(field) else None


def get_deployment(client: Client, deployment: int) -> dict[str, Any]:
    """One deployment with its modules and gates."""
    return _filled(client.call(MODEL, "get_deployment", deployment=deployment))


def start_deployment(client: Client, environment: str, version: str, **values: Any) -> dict[str, Any]:
    """Says that a deployment begins; ``values`` as ``start_deployment`` of odooops.deployment takes them."""
    arguments = {"environment": environment, "version": version, "source": "cli", **given(**values)}
    return _filled(client.call(MODEL, "start_deployment", **arguments))


def finish_deployment(
    client: Client,
    deployment: int,
    outcome: str = "success",
    *,
    wait: float = 0,
    note: str | None = None,
    force: bool = False,
    progress: Callable[[str], None] = lambda text: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Says that a deployment ended; a success is waited for up to ``wait`` seconds, until every gate is passed."""
    if outcome == "success" and wait and not force:
        gate.wait_until_passed(client, deployment, wait, progress, clock, sleep)
    arguments = {"deployment": deployment, "outcome": outcome, **given(note=note, force=force or None)}
    return _filled(client.call(MODEL, "finish_deployment", **arguments))


def mark_rolled_back(client: Client, deployment: int) -> dict[str, Any]:
    """Says that a deployment was taken back by other means than another deployment."""
    return _filled(client.call(MODEL, "mark_rolled_back", deployment=deployment))


def _filled(answer: dict[str, Any]) -> dict[str, Any]:
    parts = {name: [filled(part) for part in answer.get(name) or []] for name in ("modules", "gates")}
    return filled(answer) | parts


def as_text(found: dict[str, Any]) -> str:
    """One deployment for people."""
    parts = [details(found, COLUMNS, PLAIN)]
    for name, columns in (("gates", gate.RESULTS), ("modules", MODULES)):
        if found.get(name):
            parts.append(rows(found[name], columns, PLAIN))
    return "\n\n".join(parts)


def code(found: dict[str, Any], _options: Any = None) -> int:
    """0 when the deployment is good, 1 when it failed."""
    return 1 if found["state"] == "failed" else 0


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("deployment", "what was deployed where, and whether it is healthy")
    _register_reading(noun)
    _register_start(noun)
    _register_finish(noun)


def _register_reading(noun: Noun) -> None:
    listing = noun.verb(
        "list",
        "the newest deployments",
        lambda call: list_deployments(
            call.client,
            environment=call.options.environment,
            state=call.options.state_,
            limit=call.options.limit,
        ),
        columns=COLUMNS,
        empty="no deployment: odooops deployment start ENV VERSION records one",
    )
    listing.add_argument("--environment", metavar="NAME", help="of this one alone")
    listing.add_argument("--in-state", dest="state_", choices=STATES, help="those in this state alone")
    listing.add_argument("--limit", type=whole, default=20, metavar="N", help="at most so many (default: 20)")
    getting = noun.verb(
        "get",
        "one deployment with its gates and modules",
        lambda call: get_deployment(call.client, call.options.id),
        text=as_text,
    )
    getting.add_argument("id", type=whole, metavar="ID")


def _register_start(noun: Noun) -> None:
    start = noun.verb(
        "start",
        "say that a deployment begins; prints its id",
        _start,
        "Says that a deployment begins and prints its id, which odooops deployment finish wants.\n"
        "  id=$(odooops deployment start production 1.4.2 --commit $(git rev-parse HEAD))",
        text=lambda found: str(found["id"]),
    )
    start.add_argument("environment", metavar="ENV")
    start.add_argument("version", metavar="VERSION", help="what is deployed, such as 1.4.2")
    start.add_argument("--commit", metavar="HASH", help="what was built")
    start.add_argument("--url", help="address of the CI job")
    start.add_argument("--note", help="anything else")
    start.add_argument("--key", help="id of the CI job: the same again gives the same deployment")
    start.add_argument(
        "--rollback-of", type=whole, metavar="ID", help="the deployment that this one takes back"
    )
    start.add_argument(
        "--module", action="append", default=[], metavar="NAME=VERSION", help="a module of it; again for more"
    )
    start.add_argument("--force", action="store_true", help="end another one that still runs as failed")


def _start(call: Call) -> dict[str, Any]:
    options = call.options
    modules = [
        dict(zip(("name", "version"), text.partition("=")[::2], strict=True)) for text in options.module
    ]
    values = {name: getattr(options, name) for name in ("commit", "url", "note", "key", "rollback_of")}
    return start_deployment(
        call.client,
        options.environment,
        options.version,
        modules=modules or None,
        force=options.force or None,
        **values,
    )


def _register_finish(noun: Noun) -> None:
    finish = noun.verb(
        "finish",
        "say that it ended; the health gates decide whether it is good",
        _finish,
        "Says that a deployment ended. It is good when every health gate is passed; exit code 1 when it is not.",
        text=as_text,
        code=code,
    )
    finish.add_argument("id", type=whole, metavar="ID")
    finish.add_argument("--failed", action="store_true", help="it failed, whatever the gates say")
    gate.add_wait(finish)
    finish.add_argument("--note", help="anything else")
    finish.add_argument(
        "--force", action="store_true", help="good without the gates; needs --note that says why"
    )
    back = noun.verb(
        "mark-rolled-back",
        "say that it was taken back by other means",
        lambda call: mark_rolled_back(call.client, call.options.id),
        text=as_text,
    )
    back.add_argument("id", type=whole, metavar="ID")


def _finish(call: Call) -> dict[str, Any]:
    options = call.options
    outcome = "failed" if options.failed else "success"
    more = {"wait": options.wait, "note": options.note, "force": options.force, "progress": call.progress}
    return finish_deployment(call.client, options.id, outcome, **more)

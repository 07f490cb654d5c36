"""``odooops event``: what was done to the platform, by whom, from where."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from ..client import Client
from ..follow import Source, follow
from ..moments import point
from ..nouns import Call, Nouns
from ..records import odoo_moment, plain
from ..show import Column
from ..usage import whole

MODEL = "odooops.event"
NAMES = {
    "id": "id",
    "occurred_at": "occurred_at",
    "name": "name",
    "outcome": "outcome",
    "user_login": "user",
    "interface": "interface",
    "address": "address",
    "environment_id": "environment",
    "target_model": "target_model",
    "target_name": "target",
    "trace_id": "trace_id",
    "details": "details",
}
COLUMNS = (
    Column("When", "occurred_at", "moment"),
    Column("Event", "name"),
    Column("Outcome", "outcome"),
    Column("User", "user"),
    Column("Interface", "interface"),
    Column("From", "address"),
    Column("Environment", "environment"),
    Column("On", "target"),
    Column("Details", "details"),
)
DAY = 86400.0
# One that is written by a transaction that takes long is committed after later ones.
OVERLAP, INTERVAL = 60.0, 2.0


def list_events(client: Client, domain: list[Any], limit: int) -> list[dict[str, Any]]:
    """The newest events that match, oldest first."""
    found = client.search_all(MODEL, domain, list(NAMES), order="occurred_at desc, id desc", limit=limit)
    return [plain(event, NAMES) for event in reversed(found)]


def follow_events(
    client: Client, domain: list[Any], since: float, on_trouble: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """Each event from ``since`` on as it comes, for ever."""
    source = Source(
        ask=lambda at: list_events(client, [*domain, ("occurred_at", ">=", odoo_moment(at))], 1000),
        time=lambda event: point(event["occurred_at"], 0),
        key=lambda event: event["id"],
        overlap=OVERLAP,
        interval=INTERVAL,
    )
    return follow(source, since, on_trouble)


def conditions(
    *,
    name: str | None = None,
    user: str | None = None,
    environment: str | None = None,
    outcome: str | None = None,
    target: str | None = None,
    since: float | None = None,
    until: float | None = None,
) -> list[Any]:
    """The domain of what was asked for; a name such as "deployment" has all that happened to deployments."""
    found: list[Any] = []
    if name:
        found.append(("name", "=", name) if "." in name else ("name", "=like", f"{name}.%"))
    exact = {
        "user_login": user,
        "environment_id.name": environment,
        "outcome": outcome,
        "target_name": target,
    }
    found += [(field, "=", value) for field, value in exact.items() if value]
    if since is not None:
        found.append(("occurred_at", ">=", odoo_moment(since)))
    if until is not None:
        found.append(("occurred_at", "<=", odoo_moment(until)))
    return found


def _run(call: Call) -> Any:
    options = call.options
    asked = {key: getattr(options, key) for key in ("name", "user", "environment", "outcome", "target")}
    if options.follow:
        return follow_events(call.client, conditions(**asked), options.since or time.time(), call.note)
    since = options.since or time.time() - DAY
    return list_events(call.client, conditions(**asked, since=since, until=options.until), options.limit)


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("event", "what was done to the platform, by whom, from where")
    listing = noun.verb(
        "list",
        "the newest events, of the last day",
        _run,
        columns=COLUMNS,
        empty="no events: look further back with --since 30d",
    )
    listing.add_argument(
        "--name", metavar="EVENT", help="such as deployment.started, or deployment for all of them"
    )
    listing.add_argument("--user", metavar="LOGIN", help="who did it")
    listing.add_argument("--environment", metavar="NAME", help="where")
    listing.add_argument("--target", metavar="NAME", help="what it was done to")
    listing.add_argument("--outcome", choices=("success", "failure"), help="what came of it")
    add_period(listing)
    listing.add_argument(
        "--limit", type=whole, default=100, metavar="N", help="at most so many (default: 100)"
    )
    listing.add_argument("--follow", action="store_true", help="go on with what comes, until Ctrl-C")


def add_period(command: Any) -> None:
    """The options --since and --until."""

    def moment(text: str) -> float:
        return point(text, time.time())

    command.add_argument("--since", type=moment, metavar="TIME", help="10m, 2h, 3d ago, or a date")
    command.add_argument("--until", type=moment, metavar="TIME", help="the same (default: now)")

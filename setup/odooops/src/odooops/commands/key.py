"""``odooops key``: API keys, with which programs and this command call Odoo."""

from typing import Any

from ..client import Client
from ..nouns import Nouns
from ..records import filled, iso
from ..show import Column
from ..usage import whole

MODEL = "odooops.key"
MOMENTS = ("created_at", "expires_at", "last_used_at")
COLUMNS = (
    Column("Id", "id"),
    Column("Name", "name"),
    Column("User", "user"),
    Column("State", "state"),
    Column("Created", "created_at", "moment"),
    Column("Expires", "expires_at", "moment"),
    Column("Last used", "last_used_at", "moment"),
    Column("Scope", "scope"),
)


def list_keys(client: Client) -> list[dict[str, Any]]:
    """The caller's keys; all of them for administrators of all environments."""
    return [_plain(key) for key in client.call(MODEL, "get_keys")]


def create_key(client: Client, name: str, days: int | None = None) -> dict[str, Any]:
    """A new key of the caller; ``key`` is shown this once and never again."""
    return _plain(client.call(MODEL, "create_key", name=name, **({} if days is None else {"days": days})))


def revoke_key(client: Client, key_id: int) -> dict[str, Any]:
    """Makes a key worthless at once."""
    return _plain(client.call(MODEL, "revoke_key", key_id=key_id))


def _plain(key: dict[str, Any]) -> dict[str, Any]:
    moments = {name: iso(key[name]) for name in MOMENTS if key.get(name)}
    return filled(key) | moments


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("key", "API keys, with which programs call Odoo")
    noun.verb(
        "list",
        "your keys; as an administrator, everybody's",
        lambda call: list_keys(call.client),
        columns=COLUMNS,
    )
    creation = noun.verb(
        "create",
        "make a key of yours",
        lambda call: create_key(call.client, call.options.name, call.options.days),
        "Makes a key of yours. It is printed this once and cannot be read again: keep it where secrets are kept.",
        text=lambda found: found["key"],
        colours="nothing",
    )
    creation.add_argument("name", metavar="NAME", help="what it is for")
    creation.add_argument("--days", type=whole, metavar="N", help="how long it works (default: 90)")
    revocation = noun.verb(
        "revoke",
        "make a key worthless at once",
        lambda call: revoke_key(call.client, call.options.id),
        text=lambda found: f"key {found['name']} of {found['user']} is revoked",
        question=lambda options: f"Revoke key {options.id}? What uses it is refused from then on.",
    )
    revocation.add_argument("id", type=whole, metavar="ID", help="as odooops key list shows it")

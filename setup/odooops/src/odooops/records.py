"""Records of Odoo as plain data with stable names: moments in ISO 8601 and UTC, None for what is empty."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .client import Client
from .stack.errors import StackError
from .text import one_line

# What search leaves out by itself is wanted where a record is named.
ARCHIVED_TOO = {"active_test": False}


def plain(record: Mapping[str, Any], names: Mapping[str, str], flags: Sequence[str] = ()) -> dict[str, Any]:
    """The fields of a record as read over RPC, renamed by ``names`` (field → key); ``flags`` are booleans."""
    return {key: _value(record.get(field), field, field in flags) for field, key in names.items()}


def _value(value: Any, field: str, is_flag: bool) -> Any:
    if value is False and not is_flag:
        return None
    if isinstance(value, list) and len(value) == 2 and field.endswith("_id"):
        # Odoo reads a reference as its id and its name.
        return value[1]
    return iso(value) if field.endswith(("_at", "_date")) and isinstance(value, str) else value


def iso(text: str) -> str:
    """A moment as Odoo writes it (naive UTC), or ISO 8601: "2026-11-25T14:00:00Z"; what is none stays as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.isoformat().replace("+00:00", "Z")


def odoo_moment(seconds: float) -> str:
    """Seconds since the epoch as a domain of Odoo wants them."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def find_id(client: Client, model: str, name: str, what: str, field: str = "name") -> int:
    """The id of the one record of that name, archived ones included; raises StackError that names those there are."""
    arguments = {"domain": [(field, "=", name)], "fields": [field], "limit": 1, "context": ARCHIVED_TOO}
    if found := client.call(model, "search_read", **arguments):
        return found[0]["id"]
    known = sorted(row[field] for row in client.search_all(model, [], [field], limit=20))
    raise StackError(
        f"there is no {what} {one_line(name, 80)!r}; known are: {', '.join(known) or 'none yet'}"
    )


def given(**values: Any) -> dict[str, Any]:
    """The values that were given on the command line."""
    return {name: value for name, value in values.items() if value is not None}


def filled(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a method answered, None for what is empty: Odoo says it with "" and false."""
    return {key: None if value is False or value == "" else value for key, value in answer.items()}


def names_of(client: Client, model: str, field: str, ids: list[int]) -> dict[int, str]:
    """The name of each record, also of archived ones."""
    wanted = sorted(set(ids))
    return (
        {row["id"]: row[field] for row in client.call(model, "read", wanted, fields=[field])}
        if wanted
        else {}
    )

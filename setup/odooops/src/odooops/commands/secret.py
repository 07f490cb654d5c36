"""``odooops secret``: passwords, keys and tokens that the platform needs. They are set and never read."""

from typing import Any

from .. import secret_input
from ..client import Client
from ..nouns import Call, Nouns
from ..records import find_id, given, plain
from ..show import Column

MODEL = "odooops.secret"
NAMES = {
    "name": "name",
    "source": "source",
    "is_usable": "usable",
    "problem": "problem",
    "note": "note",
}
COLUMNS = (
    Column("Name", "name"),
    Column("Kept", "source"),
    Column("Usable", "usable"),
    Column("Problem", "problem"),
    Column("Note", "note"),
)
SET_COLUMNS = (
    Column("Name", "name"),
    Column("New", "created"),
    Column("Usable", "usable"),
    Column("Problem", "problem"),
)


def list_secrets(client: Client) -> list[dict[str, Any]]:
    """The names of all secrets, and whether each can be used; never a value."""
    found = client.search_all(MODEL, [], list(NAMES), order="name, id")
    return [plain(secret, NAMES, flags=("is_usable",)) for secret in found]


def set_secret(
    client: Client, name: str, value: str | None = None, reference: str | None = None
) -> dict[str, Any]:
    """Makes a secret or gives it another value or reference."""
    return client.call(MODEL, "set_secret", name=name, **given(value=value, reference=reference))


def delete_secret(client: Client, name: str) -> dict[str, Any]:
    """Deletes a secret that nothing uses."""
    client.call(MODEL, "unlink", [find_id(client, MODEL, name, "secret")])
    return {"name": name, "deleted": True}


def rotate_secrets(client: Client) -> dict[str, Any]:
    """Seals everything with the first key of the key file, so that the others can be dropped."""
    return client.call(MODEL, "rotate_secrets")


def _set(call: Call) -> dict[str, Any]:
    options = call.options
    value = None if options.reference else secret_input.read(f"value of {options.name}")
    return set_secret(call.client, options.name, value, options.reference)


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("secret", "passwords, keys and tokens that the platform needs: set, and never read")
    noun.verb(
        "list",
        "the names of all secrets, and whether they can be used",
        lambda call: list_secrets(call.client),
        columns=COLUMNS,
    )
    setting = noun.verb(
        "set",
        "make a secret or change it; its value is typed or comes by standard input",
        _set,
        "Makes a secret or changes it. Its value is typed unseen or comes by standard input, never as an argument:\n"
        "  odooops secret set slack-token < token.txt",
        columns=(
            Column("Name", "name"),
            Column("New", "created"),
            Column("Usable", "usable"),
            Column("Problem", "problem"),
        ),
    )
    setting.add_argument("name", metavar="NAME")
    setting.add_argument(
        "--reference",
        metavar="WHERE",
        help="instead of a value: '$ODOOOPS_SECRET_NAME' or file:/path, read when it is used",
    )
    deletion = noun.verb(
        "delete",
        "delete a secret that nothing uses",
        lambda call: delete_secret(call.client, call.options.name),
        text=lambda found: f"secret {found['name']} is deleted",
        question=lambda options: f"Delete the secret {options.name}?",
    )
    deletion.add_argument("name", metavar="NAME")
    noun.verb(
        "rotate",
        "seal all secrets anew with the first key of the key file",
        lambda call: rotate_secrets(call.client),
        columns=(
            Column("Sealed anew", "rotated"),
            Column("Were already", "current"),
            Column("Unreadable", "unreadable"),
        ),
        code=lambda found, options: 1 if found["unreadable"] else 0,
    )

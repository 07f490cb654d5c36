"""``odooops setting``: what the platform works by, and where each value comes from."""

from typing import Any

from ..client import Client
from ..nouns import Nouns
from ..show import Column
from ..stack.errors import StackError

MODEL = "odooops.setting"
COLUMNS = (
    Column("Setting", "name"),
    Column("Value", "value"),
    Column("Source", "source"),
    Column("Where", "where"),
    Column("Problem", "problem"),
    Column("Default", "default", is_detail=True),
    Column("Variable", "variable", is_detail=True),
    Column("Description", "description", is_detail=True),
)


def list_settings(client: Client) -> list[dict[str, Any]]:
    """Every setting with the value that counts, and where it comes from."""
    return client.call(MODEL, "get_settings")


def get_setting(client: Client, name: str) -> dict[str, Any]:
    """One setting; raises StackError for one that there is not."""
    found = {setting["name"]: setting for setting in list_settings(client)}
    if name not in found:
        raise StackError(f"there is no setting {name}: odooops setting list shows all of them")
    return found[name]


def set_setting(client: Client, name: str, value: str) -> dict[str, Any]:
    """Stores the value of a setting; it counts unless the environment or the server's file says another."""
    return client.call(MODEL, "set_setting", name=name, value=value)


def unset_setting(client: Client, name: str) -> dict[str, Any]:
    """Forgets the stored value; what the environment, the file or the default says counts again."""
    return client.call(MODEL, "unset_setting", name=name)


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("setting", "what the platform works by, and where each value comes from")
    noun.verb(
        "list",
        "every setting, its value and where that comes from",
        lambda call: list_settings(call.client),
        columns=COLUMNS,
    )
    for verb, summary, function in (
        ("get", "one setting, with what it means", lambda call: get_setting(call.client, call.options.name)),
        (
            "set",
            "store the value of a setting",
            lambda call: set_setting(call.client, call.options.name, call.options.value),
        ),
        (
            "unset",
            "forget the stored value of a setting",
            lambda call: unset_setting(call.client, call.options.name),
        ),
    ):
        command = noun.verb(verb, summary, function, columns=COLUMNS)
        command.add_argument("name", metavar="NAME", help="as odooops setting list shows it")
        if verb == "set":
            command.add_argument("value", metavar="VALUE")

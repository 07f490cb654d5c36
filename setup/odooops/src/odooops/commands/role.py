"""``odooops role``: who may do what, in which environments."""

import argparse
from collections.abc import Sequence
from typing import Any

from ..client import Client
from ..nouns import Call, Nouns
from ..records import names_of, plain
from ..show import FORMATS, MARKDOWN, Column
from ..stack.errors import StackError

MODEL, ENVIRONMENT, USER = "odooops.role.assignment", "odooops.environment", "res.users"
ROLES = ("viewer", "operator", "auditor", "admin")
COLUMNS = (Column("User", "user"), Column("Role", "role"), Column("Environments", "environments"))
ALL = "all"
ACCESS_COLUMNS = (
    Column("Kind", "kind"),
    Column("What", "what"),
    Column("Operation", "operation"),
    Column("Roles", "roles"),
)
ACCESS = "odooops.access"
OPERATIONS = ("read", "write", "create", "unlink")


def list_roles(client: Client) -> list[dict[str, Any]]:
    """Who holds which role; ``environments`` is "all" or a list of names."""
    fields = ["user_id", "role", "scope", "environment_ids"]
    found = client.search_all(MODEL, [], fields, order="user_id, role, id")
    logins = names_of(client, USER, "login", [row["user_id"][0] for row in found])
    names = names_of(client, ENVIRONMENT, "name", [id_ for row in found for id_ in row["environment_ids"]])
    return [_plain(row, logins, names) for row in found]


def grant_role(client: Client, login: str, role: str, environments: Sequence[str] = ()) -> dict[str, Any]:
    """Gives a role: in these environments beside those it is held in, or in all when none is named."""
    return _answer(
        client.call(MODEL, "grant_role", login=login, role=role, environments=list(environments) or None)
    )


def revoke_role(client: Client, login: str, role: str, environments: Sequence[str] = ()) -> dict[str, Any]:
    """Takes a role: in these environments, or altogether. Raises StackError when it is not held."""
    arguments = {"login": login, "role": role, "environments": list(environments) or None}
    if not client.call(MODEL, "revoke_role", **arguments):
        raise StackError(f"{login} has no role {role}: odooops role list shows who has which")
    return {"user": login, "role": role, "revoked": True}


def _answer(granted: dict[str, Any]) -> dict[str, Any]:
    environments = ALL if granted["scope"] == ALL else granted["environments"]
    return {"user": granted["user"], "role": granted["role"], "environments": environments}


def get_access(client: Client) -> list[dict[str, Any]]:
    """What each role may do: every model and operation, every method and every address of ours."""
    found = client.call(ACCESS, "get_access_table")
    models = [
        ("model", model["model"], operation, model["operations"].get(operation, []))
        for model in found["models"]
        for operation in OPERATIONS
    ]
    methods = [
        ("method", f"{method['model']}.{method['method']}", "call", [method["role"]])
        for method in found["methods"]
    ]
    routes = [("route", route["path"], route["auth"], [route["role"]]) for route in found["routes"]]
    names = ("kind", "what", "operation", "roles")
    return [dict(zip(names, row, strict=True)) for row in (*models, *methods, *routes)]


def get_access_page(client: Client) -> str:
    """The same as a page of Markdown: docs/access.md."""
    return client.call(ACCESS, "get_access_page")


def _plain(row: dict[str, Any], logins: dict[int, str], names: dict[int, str]) -> dict[str, Any]:
    user, role = row["user_id"], plain(row, {"role": "role", "scope": "scope"})
    environments = ALL if role["scope"] == ALL else [names[id_] for id_ in row["environment_ids"]]
    return {"user": logins.get(user[0], user[1]), "role": role["role"], "environments": environments}


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("role", "who may do what, in which environments")
    noun.verb("list", "who holds which role", lambda call: list_roles(call.client), columns=COLUMNS)
    grant = noun.verb(
        "grant",
        "give a user a role, in all environments or in more of them",
        lambda call: grant_role(call.client, call.options.login, call.options.role, call.options.environment),
        columns=COLUMNS,
    )
    _who_what_where(grant)
    revoke = noun.verb(
        "revoke",
        "take a role away, in all environments or in some",
        lambda call: revoke_role(
            call.client, call.options.login, call.options.role, call.options.environment
        ),
        text=lambda found: f"{found['user']} is no {found['role']} any more",
        question=_revocation,
    )
    _who_what_where(revoke)
    noun.verb(
        "access",
        "what each role may do; --output markdown is docs/access.md",
        _access,
        columns=ACCESS_COLUMNS,
        formats=(*FORMATS, MARKDOWN),
    )


def _revocation(options: argparse.Namespace) -> str:
    where = f" in {', '.join(options.environment)}" if options.environment else ""
    return f"Take the role {options.role} from {options.login}{where}?"


def _access(call: Call) -> Any:
    is_page = call.options.output == MARKDOWN
    return get_access_page(call.client) if is_page else get_access(call.client)


def _who_what_where(command: Any) -> None:
    command.add_argument("login", metavar="LOGIN")
    command.add_argument("role", choices=ROLES, metavar="ROLE", help=", ".join(ROLES))
    command.add_argument(
        "--environment",
        action="append",
        default=[],
        metavar="NAME",
        help="in this one; again for more (default: all)",
    )

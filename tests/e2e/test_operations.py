"""Every cell of the table of operations: each way does the same, for the same role, and for no other."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import odoo_ways
import pytest
from odoo_ways import Denied, User
from operations import OPERATIONS
from operations.table import CONFIGURATION, Button, Call, Delete, Dialog, Form, Menu, No, Operation

# Each cell by each way takes minutes: of the slow tier.
pytestmark = pytest.mark.slow
# Who has not the role; nobody is below a viewer but who has none.
BELOW = {"viewer": "plain", "operator": "viewer", "auditor": "operator", "admin": "operator"}
PASSWORD = "parity: a password of tests"


@pytest.fixture(scope="module")
def users(stack) -> dict[str, Any]:
    return _users(stack)


@pytest.fixture(scope="module")
def users_of_whole(whole) -> dict[str, Any]:
    return _users(whole)


def _users(stack) -> dict[str, Any]:
    """A user of each role and one without any; "odoo", who administers Odoo; "file", the path of a configuration."""
    administrator = stack.login()
    found: dict[str, Any] = {
        role: _user(stack, administrator, role)
        for role in ("viewer", "operator", "auditor", "admin", "plain")
    }
    # Where the account of the stack can read it.
    found["file"] = stack.directory / "observability-of-tests.yaml"
    found["file"].write_text(CONFIGURATION)
    found["file"].chmod(0o644)
    found["odoo"] = User(stack.urls["odoo"], stack.status()["database"], 2, "admin", stack.admin_password, "")
    return found


def _user(stack, administrator, role: str) -> User:
    login = f"parity_{role}"
    known = administrator.call("res.users", "search", [("login", "=", login)])
    group = "base.group_user" if role == "plain" else f"odooops_base.group_odooops_{role}"
    module, name = group.split(".")
    [data] = administrator.call(
        "ir.model.data", "search_read", [("module", "=", module), ("name", "=", name)], ["res_id"]
    )
    values = {"name": login, "login": login, "password": PASSWORD, "group_ids": [(4, data["res_id"])]}
    [uid] = known or [administrator.call("res.users", "create", values)]
    address, database = stack.urls["odoo"], stack.status()["database"]
    # A session makes no key without the password; over JSON-RPC the password serves as one.
    user = User(address, database, uid, login, PASSWORD, key=PASSWORD)
    if role != "plain":
        key = {"name": "parity", "days": 1}
        user.key = odoo_ways.jsonrpc(user, "odooops.key", "create_key", key, None)["key"]
    return user


class Cell:
    """One run of an operation by one way."""

    def __init__(self, operation: Operation, users: dict[str, User], way: str):
        self.operation, self.users = operation, users
        self.values: dict[str, Any] = {
            "one": f"{operation.name}-{way}".replace("/", "").lower(),
            "plain_id": users["plain"].id,
            "file": str(users["file"]),
        }
        [self.values["local_id"]] = self.search("odooops.environment", [("name", "=", "local")])

    def fill(self, value: Any) -> Any:
        """The value with the placeholders filled in; a text that is one alone becomes what stands for it."""
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.fill(item) for item in value]
        if not isinstance(value, str):
            return value
        for name, content in self.values.items():
            if value == f"{{{name}}}":
                return content
            value = value.replace(f"{{{name}}}", str(content))
        return value

    def search(self, model: str, domain: list) -> list[int]:
        """The ids of the records of that domain, archived ones too."""
        search = {"domain": self.fill(domain), "context": {"active_test": False}}
        return odoo_ways.json2(self.users["admin"], model, "search", search, None)

    def ids(self, call: Call) -> list[int] | None:
        """The records that a call is on."""
        if call.on is None:
            return None
        return self.search(call.model, call.on) or pytest.fail(f"{call}: no such record", pytrace=False)

    def note_target(self) -> None:
        """Looks for the record that is meant by its id."""
        if self.operation.target and "id" not in self.values:
            found = self.search(self.operation.call.model, self.operation.target)
            self.values |= {"id": found[0]} if found else {}

    def has_target(self) -> bool:
        """Whether the row names none, or it is there."""
        return not self.operation.target or "id" in self.values

    def make(self, call: Call, user: User, way=odoo_ways.json2) -> Any:
        """The result of a call, by one way."""
        self.note_target()
        return way(user, call.model, call.method, self.fill(call.arguments), self.ids(call))

    @contextmanager
    def prepared(self) -> Iterator["Cell"]:
        """With what has to be there before, and without what is not to stay."""
        owner = self.users[self.operation.role if self.operation.is_own else "admin"]
        for call in self.operation.before:
            self.make(call, owner)
        if self.operation.gone:
            assert self.make(self.operation.gone, self.users["admin"]), (
                f"{self.operation.name}: nothing there"
            )
        yield self
        for call in self.operation.after:
            # What was refused left nothing to take away.
            self.note_target()
            if (call.on is None or self.search(call.model, call.on)) and self.has_target():
                self.make(call, self.users["admin"])

    def prove(self, result: Any = None) -> None:
        """Fails unless the operation has had its effect, or gave what the other ways give."""
        if self.operation.gone:
            assert not self.make(self.operation.gone, self.users["admin"]), (
                f"{self.operation.name}: still there"
            )
        elif self.operation.proof:
            assert self.make(self.operation.proof, self.users["admin"]), f"{self.operation.name}: no effect"
        elif result is not None:
            expected = self.make(self.operation.call, self.users[self.operation.role])
            assert self.comparable(result) == self.comparable(expected)

    def comparable(self, result: Any) -> Any:
        """The result, or of one that is another each moment its form."""
        if not self.operation.is_momentary:
            return result
        return [sorted(one) for one in result] if isinstance(result, list) else sorted(result)


def _rows(column: str, **has: bool) -> list:
    """The rows with a cell there, with these values if any are given."""
    return [
        pytest.param(row, id=row.name)
        for row in OPERATIONS
        if not isinstance(cell := getattr(row, column), No)
        if all(getattr(cell, name) == value for name, value in has.items())
    ]


@pytest.mark.parametrize("way", odoo_ways.PROGRAMS)
@pytest.mark.parametrize("operation", _rows("call"))
def test_by_rpc(operation, way, users):
    with Cell(operation, users, way).prepared() as cell:
        cell.prove(cell.make(operation.call, users[operation.role], odoo_ways.PROGRAMS[way]))


@pytest.mark.parametrize("operation", _rows("call"))
def test_who_has_not_the_role_is_refused(operation, users):
    with Cell(operation, users, "refused").prepared() as cell, pytest.raises(Denied):
        cell.make(operation.call, users[BELOW[operation.role]])


@pytest.mark.parametrize("operation", _rows("ui"))
def test_in_the_backend(operation, users):
    user = users[operation.role]
    with Cell(operation, users, "ui").prepared() as cell:
        match operation.ui:
            case Menu(menu):
                _entry(user, menu)
                cell.prove(cell.make(operation.call, user, odoo_ways.web))
            case Form(menu, values, on):
                _view(users, user, _entry(user, menu), "form", "edit" if on else "create")
                save = {"vals": cell.fill(values), "specification": {}}
                ids = cell.search(operation.call.model, on) if on else []
                odoo_ways.web(user, operation.call.model, "web_save", save, ids)
                cell.prove()
            case Dialog(menu, model, method, values, first):
                _entry(user, menu)
                save = {"vals": values, "specification": {}}
                [dialog] = odoo_ways.web(user, model, "web_save", cell.fill(save), [])
                assert f'name="{method}"' in _arch(users, user, model, False)
                for button in filter(None, (first, method)):
                    _confirm(user, odoo_ways.web(user, model, button, {}, [dialog["id"]]))
                cell.prove()
            case Delete(menu, on):
                _view(users, user, _entry(user, menu), "list", "delete")
                cell.make(Call(operation.call.model, "unlink", {}, on), user, odoo_ways.web)
                cell.prove()
            case Button(view, method, on):
                assert f'name="{method}"' in _arch(users, user, operation.call.model, view)
                cell.make(Call(operation.call.model, method, {}, on), user, odoo_ways.web)
                cell.prove()


def _entry(user: User, menu: str) -> int:
    """The action behind a menu; fails when this user does not see it."""
    menus = odoo_ways.web(user, "ir.ui.menu", "load_menus", {"debug": False}, None).values()
    found = [entry for entry in menus if entry.get("xmlid") == menu]
    assert found, f"{user.login} does not see {menu}"
    return found[0]["action_id"]


def _view(users: dict[str, Any], user: User, action: int, kind: str, verb: str) -> None:
    """Fails when the view of that kind does not let people do it."""
    [described] = odoo_ways.web(
        users["odoo"], "ir.actions.act_window", "read", {"fields": ["res_model", "views"]}, [action]
    )
    views = {name: view for view, name in described["views"]}
    arch = _arch(users, user, described["res_model"], views.get(kind, False), kind)
    assert f'{verb}="0"' not in arch, f"the {kind} does not let {user.login} {verb}"


def _arch(users: dict[str, Any], user: User, model: str, view: Any, kind: str = "form") -> str:
    if isinstance(view, str):
        kind, view = _named_view(users["odoo"], view)
    views = odoo_ways.web(user, model, "get_views", {"views": [[view, kind]]}, None)
    return views["views"][kind]["arch"]


def _named_view(administrator: User, name: str) -> tuple[str, int]:
    """Kind and id of the view of that name."""
    module, _dot, name = name.partition(".")
    domain = {"domain": [("module", "=", module), ("name", "=", name)], "fields": ["res_id"]}
    [data] = odoo_ways.web(administrator, "ir.model.data", "search_read", domain, None)
    [view] = odoo_ways.web(administrator, "ir.ui.view", "read", {"fields": ["type"]}, [data["res_id"]])
    return view["type"], view["id"]


def _confirm(user: User, answer: Any) -> None:
    """Gives the password to the dialog that asks for it, if one does."""
    if isinstance(answer, dict) and answer.get("res_model") == "res.users.identitycheck":
        context = {"context": {"password": user.password}}
        odoo_ways.web(user, "res.users.identitycheck", "run_check", context, [answer["res_id"]])


@pytest.mark.parametrize("operation", _rows("cli", needs_collector=False))
def test_by_the_command_line(operation, users, stack):
    _run(operation, users, stack)


@pytest.fixture
def followed(whole) -> Iterator[None]:
    """The collector follows the rules of the database again when the test has ended."""
    yield
    assert whole.run("cli", "redaction", "sync").returncode == 0


@pytest.mark.usefixtures("followed")
@pytest.mark.parametrize("operation", _rows("cli", needs_collector=True))
def test_by_the_command_line_where_there_is_a_collector(operation, users_of_whole, whole):
    _run(operation, users_of_whole, whole)


def _run(operation: Operation, users: dict[str, Any], stack) -> None:
    user = users[operation.role]
    credentials = {
        "ODOOOPS_URL": user.address,
        "ODOOOPS_DATABASE": user.database,
        "ODOOOPS_API_KEY": user.key,
    }
    with Cell(operation, users, "cli").prepared() as cell:
        cell.make(Call("res.users", "search_count", {"domain": []}), users["admin"])
        words = [str(word) for word in cell.fill(operation.cli.words)]
        result = stack.run("cli", *words, "--output", "json", **credentials)
        assert result.returncode == operation.cli.code, result.stderr
        answer = json.loads(result.stdout or "null")
        if told := operation.cli.told:
            assert answer | told == answer
        cell.prove()


@pytest.mark.parametrize("operation", _rows("yaml"))
def test_as_configuration(operation, users):
    with Cell(operation, users, "yaml").prepared() as cell:
        model = "odooops.configuration"
        if operation.yaml.text:
            arguments = {"text": operation.yaml.text}
            cell.make(Call(model, "apply_configuration", arguments), users["admin"])
            cell.prove()
        else:
            exported = cell.make(Call(model, "export_configuration", {}), users["admin"])
            assert f"\n{operation.yaml.section}:" in exported


@pytest.mark.parametrize("operation", _rows("schedule"))
def test_as_a_scheduled_action(operation, users, stack):
    with Cell(operation, users, "schedule").prepared() as cell:
        module, _dot, name = operation.schedule.action.partition(".")
        administrator = stack.login()
        [data] = administrator.call(
            "ir.model.data", "search_read", [("module", "=", module), ("name", "=", name)], ["res_id"]
        )
        administrator.run_job(data["res_id"])
        cell.prove()

"""odooops role: who has which role, given and taken, and the table of what each may do."""

import json

import pytest

MODEL = "odooops.role.assignment"
HELD = [
    {"id": 1, "user_id": [2, "Ann"], "role": "admin", "scope": "all", "environment_ids": []},
    {"id": 2, "user_id": [3, "Bob"], "role": "operator", "scope": "named", "environment_ids": [5, 6]},
]


@pytest.fixture
def roles(odoo):
    def held(domain, **_):
        if not domain:
            return HELD
        wanted = {field: value for field, _operator, value in domain}
        return [HELD[1]] if wanted == {"user_id.login": "bob", "role": "operator"} else []

    def named(domain, **_):
        known = {"staging": 5, "test": 6}
        if not domain:
            return [{"id": number, "name": name} for name, number in known.items()]
        return [{"id": known[domain[0][2]]}] if domain[0][2] in known else []

    odoo.on(f"{MODEL}.search_read", held).on(f"{MODEL}.write", True).on(f"{MODEL}.unlink", True)
    odoo.on(f"{MODEL}.create", [3]).on("odooops.environment.search_read", named)
    odoo.on("odooops.environment.read", [{"id": 5, "name": "staging"}, {"id": 6, "name": "test"}])
    odoo.on("res.users.read", [{"id": 2, "login": "ann"}, {"id": 3, "login": "bob"}])
    odoo.on("res.users.search_read", lambda domain, **_: [{"id": 4}] if domain[0][2] == "cyn" else [])
    return odoo


def test_the_list_has_logins_and_the_names_of_environments(roles, run):
    assert json.loads(run("role", "list", "--output", "json")[1]) == [
        {"user": "ann", "role": "admin", "environments": "all"},
        {"user": "bob", "role": "operator", "environments": ["staging", "test"]},
    ]
    assert "staging, test" in run("role", "list")[1]


def test_a_role_is_for_all_environments_when_none_is_named(roles, run):
    assert run("role", "grant", "cyn", "viewer")[0] == 0

    (asked,) = roles.asked(f"{MODEL}.create")
    assert asked["vals_list"] == [
        {"user_id": 4, "role": "viewer", "scope": "all", "environment_ids": [[6, 0, []]]}
    ]


def test_of_a_role_that_is_held_the_environments_change(roles, run):
    run("role", "grant", "bob", "operator", "--environment", "staging")

    (asked,) = roles.asked(f"{MODEL}.write")
    assert asked == {"ids": [2], "vals": {"scope": "named", "environment_ids": [[6, 0, [5]]]}}
    assert roles.asked(f"{MODEL}.create") == []


def test_a_misspelt_environment_gives_no_role_for_all_of_them(roles, run):
    code, _output, errors = run("role", "grant", "cyn", "admin", "--environment", "stagng")

    assert code == 1
    assert "no environment 'stagng'; known are: staging, test" in errors
    assert roles.asked(f"{MODEL}.create") == []


def test_a_role_is_taken_away(roles, run):
    assert run("role", "revoke", "bob", "operator") == (0, "bob is operator no more\n", "")
    assert roles.asked(f"{MODEL}.unlink") == [{"ids": [2]}]


def test_a_role_that_is_not_held_cannot_be_taken_away(roles, run):
    code, _output, errors = run("role", "revoke", "ann", "viewer")

    assert code == 1
    assert "ann has no role viewer" in errors
    assert roles.asked(f"{MODEL}.unlink") == []


def test_a_role_that_there_is_not_is_a_wrong_command_line(run, capsys):
    with pytest.raises(SystemExit) as stop:
        run("role", "grant", "bob", "root")
    assert stop.value.code == 2


ACCESS = {
    "models": [{"model": "odooops.event", "operations": {"read": ["operator", "auditor"], "write": []}}],
    "methods": [{"model": "odooops.key", "method": "get_keys", "role": "viewer"}],
    "routes": [{"path": "/odooops/config/schema.json", "auth": "user", "role": "viewer"}],
}


def test_the_access_table_has_a_row_for_each_operation_method_and_route(odoo, run):
    odoo.on("odooops.access.get_access_table", ACCESS)

    found = json.loads(run("role", "access", "--output", "json")[1])

    assert {
        "kind": "model",
        "what": "odooops.event",
        "operation": "read",
        "roles": ["operator", "auditor"],
    } in found
    assert {"kind": "model", "what": "odooops.event", "operation": "unlink", "roles": []} in found
    assert {
        "kind": "method",
        "what": "odooops.key.get_keys",
        "operation": "call",
        "roles": ["viewer"],
    } in found
    assert found[-1]["what"] == "/odooops/config/schema.json"


def test_as_markdown_it_is_the_page_of_the_documentation(odoo, run):
    odoo.on("odooops.access.get_access_page", "# Access\n\n| a |\n")

    assert run("role", "access", "--output", "markdown") == (0, "# Access\n\n| a |\n", "")

"""odooops role: who has which role, given and taken, and the table of what each may do."""

import json

import pytest
from fake_odoo import Refusal

MODEL = "odooops.role.assignment"
HELD = [
    {"id": 1, "user_id": [2, "Ann"], "role": "admin", "scope": "all", "environment_ids": []},
    {"id": 2, "user_id": [3, "Bob"], "role": "operator", "scope": "named", "environment_ids": [5, 6]},
]


@pytest.fixture
def roles(odoo):
    odoo.on(f"{MODEL}.search_read", HELD)
    odoo.on("odooops.environment.read", [{"id": 5, "name": "staging"}, {"id": 6, "name": "test"}])
    return odoo.on("res.users.read", [{"id": 2, "login": "ann"}, {"id": 3, "login": "bob"}])


def granted(login, role, environments):
    return {
        "id": 3,
        "user": login,
        "role": role,
        "scope": "named" if environments else "all",
        "environments": environments or [],
    }


def test_the_list_has_logins_and_the_names_of_environments(roles, run):
    assert json.loads(run("role", "list", "--output", "json")[1]) == [
        {"user": "ann", "role": "admin", "environments": "all"},
        {"user": "bob", "role": "operator", "environments": ["staging", "test"]},
    ]
    assert "staging, test" in run("role", "list")[1]


@pytest.mark.parametrize(
    ("options", "asked", "shown"),
    [
        ([], None, "all"),
        (["--environment", "staging", "--environment", "test"], ["staging", "test"], ["staging", "test"]),
    ],
)
def test_a_role_is_given_for_all_environments_or_for_named_ones(odoo, run, options, asked, shown):
    odoo.on(f"{MODEL}.grant_role", granted)

    output = run("role", "grant", "cyn", "viewer", *options, "--output", "json")[1]

    assert odoo.asked(f"{MODEL}.grant_role") == [{"login": "cyn", "role": "viewer", "environments": asked}]
    assert json.loads(output) == {"user": "cyn", "role": "viewer", "environments": shown}


def test_a_refusal_is_told_in_odoo_s_words(odoo, run):
    odoo.on(f"{MODEL}.grant_role", Refusal(422, "UserError", "Environment 'stagng' is not known."))

    result = run("role", "grant", "cyn", "admin", "--environment", "stagng")

    assert result == (1, "", "odooops: Environment 'stagng' is not known.\n")


def test_a_role_is_taken_away(odoo, run):
    odoo.on(f"{MODEL}.revoke_role", True)

    assert run("role", "revoke", "bob", "operator", "--yes") == (0, "bob is no operator any more\n", "")
    assert odoo.asked(f"{MODEL}.revoke_role") == [{"login": "bob", "role": "operator", "environments": None}]


def test_a_role_that_is_not_held_cannot_be_taken_away(odoo, run):
    odoo.on(f"{MODEL}.revoke_role", False)

    code, _output, errors = run("role", "revoke", "ann", "viewer", "--yes")

    assert code == 1
    assert "ann has no role viewer" in errors


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

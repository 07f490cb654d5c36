"""The access table as a page."""

from odooops_base.tools.access_table import render

MODEL = {
    "model": "odooops.event",
    "title": "Event",
    "operations": {"read": ["operator", "auditor"], "write": [], "create": ["Other | Group"], "unlink": []},
    "rules": ["Own ones", "Those of others"],
}
METHOD = {
    "model": "odooops.secret",
    "method": "rotate_secrets",
    "role": "admin",
    "everywhere": True,
    "summary": "Turns the key.",
}
ROUTE = {"path": "/odooops/schema", "verbs": [], "auth": "public", "role": "everybody"}


def page(models=(), methods=(), routes=()):
    return render({"models": models, "methods": methods, "routes": routes})


def row_with(text, lines):
    [found] = [line for line in lines.splitlines() if text in line]
    return [cell.strip() for cell in found.strip("|").split(" | ")]


def test_a_model_has_its_roles_by_operation_and_a_dash_for_nobody():
    row = row_with("odooops.event", page([MODEL | {"operations": MODEL["operations"] | {"create": []}}]))
    assert row == ["`odooops.event`", "Operator, Auditor", "–", "–", "–", "Own ones; Those of others"]


def test_a_model_without_rules_is_about_all_records():
    assert row_with("odooops.event", page([MODEL | {"rules": []}]))[-1] == "all"


def test_a_group_that_is_no_role_stands_with_its_name():
    assert r"Other \| Group" in page([MODEL])


def test_a_method_has_its_role_and_whether_it_is_asked_for_everywhere():
    row = row_with("rotate_secrets", page(methods=[METHOD]))
    assert row == ["`odooops.secret`", "`rotate_secrets`", "Administrator", "yes", "Turns the key."]
    assert row_with("rotate_secrets", page(methods=[METHOD | {"everywhere": False}]))[3] == ""


def test_a_method_without_a_role_is_conspicuous():
    assert "**nobody said**" in page(methods=[METHOD | {"role": ""}])


def test_a_route_has_its_path_and_role():
    assert row_with("schema", page(routes=[ROUTE])) == ["`/odooops/schema`", "any", "public", "everybody"]
    assert "GET, POST" in page(routes=[ROUTE | {"verbs": ["GET", "POST"]}])


def test_where_there_is_nothing_it_says_so():
    assert page().count("None.") == 3


def test_columns_are_as_wide_as_their_widest_cell():
    lines = [line for line in page([MODEL]).splitlines() if line.startswith("|")]
    assert len({len(line) for line in lines}) == 1

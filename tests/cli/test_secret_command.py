"""odooops secret: a value comes by standard input or is typed, and is never shown or an argument."""

import json

import pytest

MODEL = "odooops.secret"


@pytest.fixture
def secrets(odoo):
    answer = {"name": "slack", "created": True, "usable": True, "problem": ""}
    rotated = {"rotated": 3, "current": 1, "unreadable": []}
    return odoo.on(f"{MODEL}.set_secret", answer).on(f"{MODEL}.rotate_secrets", rotated)


def test_a_value_comes_by_standard_input_without_its_last_line_break(secrets, run, typed):
    typed("planted value \n")

    code, output, errors = run("secret", "set", "slack")

    assert code == 0
    assert secrets.asked(f"{MODEL}.set_secret") == [{"name": "slack", "value": "planted value "}]
    assert "planted" not in output + errors


def test_a_value_is_typed_unseen_at_a_terminal(secrets, run, typed):
    typed("planted", is_terminal=True)

    run("secret", "set", "slack")

    assert secrets.asked(f"{MODEL}.set_secret")[0]["value"] == "planted"


def test_no_value_is_no_secret(secrets, run, typed):
    typed("\n")

    code, _output, errors = run("secret", "set", "slack")

    assert code == 2
    assert "no value of slack came" in errors
    assert secrets.calls == []


def test_a_value_cannot_be_an_argument(run, capsys):
    with pytest.raises(SystemExit) as stop:
        run("secret", "set", "slack", "planted")
    assert stop.value.code == 2


def test_a_reference_says_where_the_value_is_kept(secrets, run):
    run("secret", "set", "slack", "--reference", "$ODOOOPS_SECRET_SLACK")

    assert secrets.asked(f"{MODEL}.set_secret") == [{"name": "slack", "reference": "$ODOOOPS_SECRET_SLACK"}]


def test_the_list_asks_for_no_value(odoo, run):
    record = {"id": 1, "name": "slack", "source": "stored", "is_usable": False, "problem": "No key opens it."}
    odoo.on(f"{MODEL}.search_read", [record])

    (found,) = json.loads(run("secret", "list", "--output", "json")[1])

    assert (found["usable"], found["problem"]) == (False, "No key opens it.")
    assert not {"value", "reference"} & set(odoo.asked(f"{MODEL}.search_read")[0]["fields"])


def test_a_rotation_says_how_many(secrets, run):
    assert run("secret", "rotate")[0] == 0


def test_a_rotation_that_leaves_some_unreadable_fails(secrets, run):
    secrets.on(f"{MODEL}.rotate_secrets", {"rotated": 0, "current": 0, "unreadable": ["slack"]})

    code, output, _errors = run("secret", "rotate")

    assert code == 1
    assert "slack" in output


def test_one_is_deleted_by_its_name(secrets, run):
    secrets.on(f"{MODEL}.search_read", [{"id": 8}]).on(f"{MODEL}.unlink", True)

    assert run("secret", "delete", "slack", "--yes") == (0, "secret slack is deleted\n", "")
    assert secrets.asked(f"{MODEL}.unlink") == [{"ids": [8]}]

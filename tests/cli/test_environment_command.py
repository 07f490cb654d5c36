"""odooops environment: what it asks Odoo for, and how it is shown."""

import json

import pytest
import yaml
from fake_odoo import Refusal

RECORD = {
    "id": 3,
    "name": "production",
    "kind": "production",
    "is_current": False,
    "url": "https://odoo.example.com",
    "databases": False,
    "retention_days": 30,
    "sampling_ratio": 0.01,
    "note": "Ours.\nAsk Ann.",
    "active": True,
}
PLAIN = {
    "name": "production",
    "kind": "production",
    "current": False,
    "url": "https://odoo.example.com",
    "databases": None,
    "retention_days": 30,
    "sampling_ratio": 0.01,
    "note": "Ours.\nAsk Ann.",
    "active": True,
}
MODEL = "odooops.environment"


@pytest.fixture
def environments(odoo):
    def search(domain, **_):
        return [RECORD] if not domain or domain == [["name", "=", "production"]] else []

    return odoo.on(f"{MODEL}.search_read", search).on(f"{MODEL}.read", [RECORD])


def test_the_list_is_a_table_for_people(environments, run):
    code, output, errors = run("environment", "list")

    assert (code, errors) == (0, "")
    assert output.splitlines() == [
        "NAME        KIND        CURRENT  URL                       RETENTION (DAYS)  SAMPLING RATIO",
        "production  production  no       https://odoo.example.com  30                0.01",
    ]


@pytest.mark.parametrize(
    ("output", "read"),
    [
        ("json", json.loads),
        ("yaml", yaml.safe_load),
        ("ndjson", lambda text: [json.loads(line) for line in text.splitlines()]),
    ],
)
def test_programs_get_the_same_keys_in_each_format(environments, run, output, read):
    assert read(run("environment", "list", "--output", output)[1]) == [PLAIN]


@pytest.mark.parametrize("before", [True, False])
def test_the_common_options_stand_before_the_noun_as_well_as_after_the_verb(environments, run, before):
    option, words = ["--output", "json"], ["environment", "get", "production"]

    _code, output, _errors = run(*(option + words if before else words + option))

    assert json.loads(output) == PLAIN


def test_details_show_further_lines_set_in(environments, run):
    output = run("environment", "get", "production")[1]

    assert "Note              Ours.\n                  Ask Ann." in output


def test_an_unknown_one_is_answered_with_the_known_ones(environments, run):
    code, output, errors = run("environment", "get", "prod")

    assert (code, output) == (1, "")
    assert errors == "odooops: there is no environment 'prod'; known are: production\n"


def test_an_archived_one_is_found_by_its_name(environments, run):
    environments.on(f"{MODEL}.write", True)

    run("environment", "update", "production", "--unarchive")

    assert environments.asked(f"{MODEL}.search_read")[0]["context"] == {"active_test": False}


def test_only_what_was_given_is_changed(environments, run):
    environments.on(f"{MODEL}.write", True)

    run("environment", "update", "production", "--note", "", "--retention-days", "7", "--archive")

    (asked,) = environments.asked(f"{MODEL}.write")
    assert asked == {"ids": [3], "vals": {"note": "", "retention_days": 7, "active": False}}


def test_one_is_made_with_what_was_given(environments, run):
    environments.on(f"{MODEL}.create", [3])

    assert run("environment", "create", "production", "--kind", "production")[0] == 0

    (asked,) = environments.asked(f"{MODEL}.create")
    assert asked == {"vals_list": [{"name": "production", "kind": "production"}]}


def test_a_deletion_that_odoo_refuses_is_told_in_its_words(environments, run):
    environments.on(f"{MODEL}.unlink", Refusal(422, "odoo.exceptions.UserError", "It is in use."))

    assert run("environment", "delete", "production", "--yes") == (1, "", "odooops: It is in use.\n")


def test_who_lacks_the_role_gets_an_exit_code_of_its_own(odoo, run):
    odoo.on(
        f"{MODEL}.search_read", Refusal(403, "odoo.exceptions.AccessError", "This needs the role Viewer.")
    )

    assert run("environment", "list") == (4, "", "odooops: This needs the role Viewer.\n")


def test_nothing_found_is_no_error_and_gives_a_hint_unless_it_should_be_quiet(odoo, run):
    odoo.on(f"{MODEL}.search_read", [])

    assert run("environment", "list")[:2] == (0, "")
    assert "environment create" in run("environment", "list")[2]
    assert run("environment", "list", "--quiet") == (0, "", "")
    assert run("environment", "list", "--output", "json") == (0, "[]\n", run("environment", "list")[2])


def test_what_others_wrote_cannot_steer_the_terminal_or_pass_for_a_row(odoo, run):
    evil = RECORD | {"url": "x\x1b]0;evil\x07\nproduction  ok"}
    odoo.on(f"{MODEL}.search_read", [evil])

    output = run("environment", "list")[1]

    assert "\x1b" not in output
    assert len(output.splitlines()) == 2


@pytest.mark.parametrize(("answer", "code", "is_done"), [("y\n", 0, True), ("\n", 1, False)])
def test_what_takes_something_away_asks_first(environments, run, typed, answer, code, is_done):
    environments.on(f"{MODEL}.unlink", True)
    typed(answer, is_terminal=True)

    found, _output, errors = run("environment", "delete", "production")

    assert found == code
    assert "Delete the environment production? [y/N]" in errors
    assert bool(environments.asked(f"{MODEL}.unlink")) is is_done


def test_a_script_that_takes_something_away_has_to_say_so(environments, run, typed):
    typed("y\n")

    code, _output, errors = run("environment", "delete", "production")

    assert code == 2
    assert "say --yes" in errors
    assert environments.calls == []

"""odooops redaction: the rules, and what becomes of a text."""

import json

import pytest

from odooops.commands import redaction
from odooops.stack import redaction_rules

MODEL = "odooops.redaction.rule"
PATTERN = r"\bEMP-\d{6}\b"
RULE = {
    "id": 4,
    "name": "Numbers",
    "kind": "pattern",
    "pattern": PATTERN,
    "state": "in_force",
    "problem": False,
    "note": False,
    "active": True,
}
PLAIN = {name: value for name, value in RULE.items() if name != "id"} | {"problem": None, "note": None}


@pytest.fixture
def rules(odoo):
    return odoo.on(f"{MODEL}.search_read", [RULE]).on(f"{MODEL}.read", [RULE])


def test_the_rules_are_listed(rules, run):
    assert json.loads(run("redaction", "list", "--output", "json")[1]) == [PLAIN]
    assert rf"Numbers  pattern    {PATTERN}" in run("redaction", "list")[1]


def test_a_rule_that_is_not_in_force_says_so_and_why(odoo, run):
    problem = "This rule has a pattern that is none. It is not in force until that is corrected."
    refused = RULE | {"state": "refused", "problem": problem}
    odoo.on(f"{MODEL}.search_read", [refused]).on(f"{MODEL}.read", [refused])

    assert run("redaction", "list")[1].endswith("  refused\n")
    assert problem in run("redaction", "get", "Numbers")[1]


def test_those_that_were_archived_are_listed_when_asked_for(rules, run):
    run("redaction", "list", "--archived")

    assert rules.asked(f"{MODEL}.search_read")[0]["domain"] == [["active", "=", False]]


def test_a_rule_is_made_with_what_was_given(rules, run):
    rules.on(f"{MODEL}.create", [4])
    words = ("Numbers", "--kind", "pattern", "--pattern", PATTERN, "--output", "json")

    assert json.loads(run("redaction", "create", *words)[1]) == PLAIN
    values = {"name": "Numbers", "kind": "pattern", "pattern": PATTERN}
    assert rules.asked(f"{MODEL}.create") == [{"vals_list": [values]}]


def test_only_what_was_given_is_changed(rules, run):
    rules.on(f"{MODEL}.write", True)

    run("redaction", "update", "Numbers", "--note", "of HR", "--archive")

    vals = {"name": "Numbers", "note": "of HR", "active": False}
    assert rules.asked(f"{MODEL}.write") == [
        {"ids": [4], "vals": {key: vals[key] for key in ("note", "active")}}
    ]


def test_the_directory_of_the_stack_is_no_state_of_a_rule(rules, run, tmp_path):
    rules.on(f"{MODEL}.write", True)

    run("redaction", "update", "Numbers", "--note", "of HR", "--state", str(tmp_path))

    assert rules.asked(f"{MODEL}.write") == [{"ids": [4], "vals": {"note": "of HR"}}]


def test_a_rule_is_deleted_by_its_name_when_one_says_so(rules, run):
    rules.on(f"{MODEL}.unlink", True)

    assert run("redaction", "delete", "Numbers", "--yes")[0] == 0
    assert rules.asked(f"{MODEL}.unlink") == [{"ids": [4]}]


def test_a_text_is_shown_as_it_leaves_with_the_rules_that_found_something(odoo, run):
    odoo.on(f"{MODEL}.try_redaction", {"shown": "of REDACTED", "changed": True, "rules": ["Numbers"]})

    assert run("redaction", "try", "of EMP-123456")[1].splitlines() == ["of REDACTED", "by: Numbers"]
    run("redaction", "try", "acme", "--attribute", "x-tenant")
    assert odoo.asked(f"{MODEL}.try_redaction") == [
        {"text": "of EMP-123456"},
        {"text": "acme", "name": "x-tenant"},
    ]


FOUND = {
    "keys": [r"(?i)\A(?:ref)\z"],
    "values": [r"EMP[\p{Nd}]{6}"],
    "rules": ["Numbers"],
    "left_out": [{"name": "Behind", "reason": "looks ahead or behind"}],
}


def test_the_file_for_a_collector_is_printed_and_what_is_not_in_it_is_told(odoo, run):
    odoo.on(f"{MODEL}.get_collector_rules", FOUND)

    code, output, errors = run("redaction", "render")

    assert (code, output) == (0, redaction_rules.render(FOUND))
    assert "left out: Behind looks ahead or behind" in errors
    assert odoo.asked(f"{MODEL}.get_collector_rules") == [{}]


def test_the_rules_of_a_file_of_git_are_translated_by_odoo(odoo, run, tmp_path):
    odoo.on(f"{MODEL}.get_collector_rules", FOUND)
    (tmp_path / "observability.yaml").write_text("version: 1\n")

    run("redaction", "render", "--file", str(tmp_path / "observability.yaml"))

    assert odoo.asked(f"{MODEL}.get_collector_rules") == [{"text": "version: 1\n"}]


def test_the_collector_of_the_local_stack_follows_the_rules(odoo, state, monkeypatch):
    odoo.on(f"{MODEL}.get_collector_rules", FOUND)
    given = []
    monkeypatch.setattr(redaction.redaction_swap, "replace", lambda _state, text: not given.append(text))

    synced = redaction.sync(odoo.client, state)

    assert given == [redaction_rules.render(FOUND)]
    assert (synced["changed"], synced["rules"]) == (True, ["Numbers"])
    assert synced["left_out"] == FOUND["left_out"]
    assert redaction._synced_text(synced) == (
        "the collector follows 1 rule\nleft out: Behind looks ahead or behind"
    )

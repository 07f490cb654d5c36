"""odooops sampling: the rules, and which of them decides."""

import json
import re

import pytest

MODEL = "odooops.sampling.rule"
RULE = {
    "id": 4,
    "name": "Logins",
    "sequence": 10,
    "kind": "route",
    "pattern": "/web/login*",
    "http_method": "POST",
    "ratio": 1.0,
    "slow_threshold_ms": 0,
    "statement_limit": 0,
    "sql": False,
    "environment_ids": [3],
    "note": False,
    "active": True,
}
PLAIN = {
    "name": "Logins",
    "sequence": 10,
    "kind": "route",
    "pattern": "/web/login*",
    "http_method": "POST",
    "ratio": 1.0,
    "slow_threshold_ms": None,
    "statement_limit": None,
    "sql": None,
    "environments": ["production"],
    "note": None,
    "active": True,
}


@pytest.fixture
def rules(odoo):
    odoo.on(f"{MODEL}.search_read", [RULE]).on(f"{MODEL}.read", [RULE])
    environments = [{"id": 3, "name": "production"}]
    return odoo.on("odooops.environment.search_read", environments).on(
        "odooops.environment.read", environments
    )


def test_the_rules_are_listed_in_their_order_with_the_names_of_their_environments(rules, run):
    assert json.loads(run("sampling", "list", "--output", "json")[1]) == [PLAIN]
    assert re.search(r"Logins  route  /web/login\*  POST +1 +10\b", run("sampling", "list")[1])
    assert rules.asked(f"{MODEL}.search_read")[0]["order"] == "sequence, id"


def test_a_rule_is_made_with_what_was_given(rules, run):
    rules.on(f"{MODEL}.create", [4])

    words = (
        "sampling",
        "create",
        "Logins",
        "--kind",
        "route",
        "--pattern",
        "/web/login*",
        "--http-method",
        "POST",
        "--ratio",
        "1",
    )
    made = json.loads(run(*words, "--environment", "production", "--output", "json")[1])

    assert made == PLAIN
    values = {
        "name": "Logins",
        "kind": "route",
        "pattern": "/web/login*",
        "http_method": "POST",
        "ratio": 1.0,
    }
    assert rules.asked(f"{MODEL}.create") == [{"vals_list": [values | {"environment_ids": [[6, 0, [3]]]}]}]


def test_only_what_was_given_is_changed(rules, run):
    rules.on(f"{MODEL}.write", True)

    run("sampling", "update", "Logins", "--ratio", "0", "--sql", "driver", "--archive")

    assert rules.asked(f"{MODEL}.write") == [
        {"ids": [4], "vals": {"ratio": 0.0, "sql": "driver", "active": False}}
    ]


def test_no_environment_at_all_makes_it_hold_everywhere(rules, run):
    rules.on(f"{MODEL}.write", True)

    run("sampling", "update", "Logins", "--environment", "")

    assert rules.asked(f"{MODEL}.write") == [{"ids": [4], "vals": {"environment_ids": [[6, 0, []]]}}]


def test_a_rule_is_deleted_by_its_name_when_one_says_so(rules, run):
    rules.on(f"{MODEL}.unlink", True)

    assert run("sampling", "delete", "Logins", "--yes")[0] == 0
    assert rules.asked(f"{MODEL}.unlink") == [{"ids": [4]}]


def test_an_explanation_asks_for_what_was_named_and_nothing_else(odoo, run):
    answer = {
        "rule": "",
        "ratio": 0.01,
        "ratio_source": "environment",
        "sql": "hooks",
        "environment": "local",
    }
    odoo.on(f"{MODEL}.explain_sampling", answer | {"slow_threshold_ms": 2000, "statement_limit": 500})

    code, output, _errors = run("sampling", "explain", "--route", "/web", "--output", "json")

    assert code == 0
    assert json.loads(output)["rule"] is None
    assert json.loads(output)["ratio_source"] == "environment"
    assert odoo.asked(f"{MODEL}.explain_sampling") == [{"route": "/web"}]


@pytest.mark.parametrize(
    "options",
    [
        {"method": "res.partner.web_search_read"},
        {"job": "Mail: *"},
        {"route": "/web/login", "http-method": "POST"},
        {"route": "/json/2/<__model__>/<__method__>", "method": "sale.order.read", "environment": "staging"},
    ],
)
def test_every_option_of_an_explanation_reaches_odoo(odoo, run, options):
    odoo.on(f"{MODEL}.explain_sampling", {"rule": "Logins", "ratio": 1.0})

    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    code, _output, errors = run("sampling", "explain", *words)

    assert (code, errors) == (0, "")
    asked = {name.replace("-", "_"): value for name, value in options.items()}
    assert odoo.asked(f"{MODEL}.explain_sampling") == [asked]


def test_every_method_is_what_no_method_at_all_says(rules, run):
    rules.on(f"{MODEL}.write", True)

    run("sampling", "update", "Logins", "--http-method", "")

    assert rules.asked(f"{MODEL}.write") == [{"ids": [4], "vals": {"http_method": ""}}]

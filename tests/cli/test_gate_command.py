"""odooops gate: which gates there are, and what one says now."""

import json

import pytest
from fake_odoo import Refusal

MODEL = "odooops.gate"
GATE = {
    "id": 1,
    "name": "Few requests fail",
    "query": "x",
    "comparison": "<",
    "threshold": 0.05,
    "active": True,
    "query_checked_by": "prometheus",
}


def test_the_gates_are_listed(odoo, run):
    odoo.on(f"{MODEL}.search_read", [GATE])

    assert json.loads(run("gate", "list", "--output", "json")[1]) == [GATE]
    assert "Few requests fail  <       0.05" in run("gate", "list")[1]


@pytest.mark.parametrize(("outcome", "code"), [("passed", 0), ("failed", 1), ("error", 1)])
def test_a_gate_says_by_its_exit_code_whether_it_is_passed(odoo, run, outcome, code):
    answer = {"gate": "Few requests fail", "environment": "production", "query": "x", "outcome": outcome}
    odoo.on(f"{MODEL}.try_gate", answer | {"value": False, "message": "No data."})

    found, output, _errors = run(
        "gate", "try", "Few requests fail", "--environment", "production", "--output", "json"
    )

    assert found == code
    assert json.loads(output)["value"] is None
    assert odoo.asked(f"{MODEL}.try_gate") == [{"gate": "Few requests fail", "environment": "production"}]


def test_a_gate_is_made_and_says_who_has_checked_its_query(odoo, run):
    odoo.on(f"{MODEL}.create", [7])
    made = {"id": 7, "name": "Fast", "query": "x", "comparison": "<", "threshold": 2.0, "active": True}
    odoo.on(f"{MODEL}.read", [made | {"query_checked_by": "parser"}])

    words = ("gate", "create", "Fast", "--query", "x", "--comparison", "<", "--threshold", "2")

    assert json.loads(run(*words, "--output", "json")[1]) == made | {"query_checked_by": "parser"}
    assert "parser" in run(*words)[1]
    assert odoo.asked(f"{MODEL}.create")[0] == {
        "vals_list": [{"name": "Fast", "query": "x", "comparison": "<", "threshold": 2.0}]
    }


def test_a_query_that_is_refused_is_told_with_its_place(odoo, run):
    said = "Gate Fast: PromQL: line 1, column 5: x is wrong: write y."
    odoo.on(f"{MODEL}.create", Refusal(422, "odoo.exceptions.ValidationError", said))

    words = ("gate", "create", "Fast", "--query", "x", "--comparison", "<", "--threshold", "2")
    code, _output, errors = run(*words)

    assert code == 1
    assert said in errors


def test_a_gate_is_deleted_by_its_name_when_one_says_so(odoo, run):
    odoo.on(f"{MODEL}.search_read", [GATE])
    odoo.on(f"{MODEL}.unlink", True)

    assert run("gate", "delete", "Few requests fail", "--yes")[0] == 0
    assert odoo.asked(f"{MODEL}.unlink") == [{"ids": [1]}]

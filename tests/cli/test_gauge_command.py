"""odooops gauge: numbers of the business, made, changed and tried."""

import json

import pytest

MODEL = "odooops.gauge"
GAUGE = {
    "id": 1,
    "name": "sale.open_orders",
    "description": "Open orders.",
    "unit": "{order}",
    "model": "sale.order",
    "domain": "[('state', '=', 'draft')]",
    "aggregate": "count",
    "field_name": False,
    "labels": "team_id",
    "interval_seconds": 300,
    "series": "odoo_business_sale_open_orders",
    "user_id": [2, "Anna"],
    "state": "good",
    "value": 3.0,
    "series_count": 2,
    "computed_at": "2026-11-25 14:00:00",
    "seconds": 0.012,
    "failures": 0,
    "error": False,
    "active": True,
}
FOUND = {
    "gauge": "sale.open_orders",
    "metric": "odoo.business.sale.open_orders",
    "series": "odoo_business_sale_open_orders",
    "seconds": 0.012,
    "error": "",
    "values": [
        {"labels": {"team_id": "Europe"}, "value": 3.0},
        {"labels": {"team_id": "none"}, "value": 1.0},
    ],
}


def test_the_gauges_are_listed_with_what_was_found(odoo, run):
    odoo.on(f"{MODEL}.search_read", [GAUGE])

    [listed] = json.loads(run("gauge", "list", "--output", "json")[1])
    assert (listed["user"], listed["field"], listed["error"]) == ("Anna", None, None)
    assert listed["computed_at"] == "2026-11-25T14:00:00Z"
    assert "sale.open_orders  sale.order  count" in run("gauge", "list")[1]


def test_without_gauges_it_is_told_how_to_make_one(odoo, run):
    odoo.on(f"{MODEL}.search_read", [])

    assert "odooops gauge create" in "".join(map(str, run("gauge", "list")))


def test_a_gauge_is_made_of_what_was_given(odoo, run):
    odoo.on(f"{MODEL}.create", [1])
    odoo.on(f"{MODEL}.search_read", [GAUGE])
    odoo.on(f"{MODEL}.read", [GAUGE])

    words = ("--model", "sale.order", "--aggregate", "sum", "--field", "amount_total", "--interval", "600")
    made = json.loads(run("gauge", "create", "sale.open_orders", *words, "--output", "json")[1])

    assert made["series"] == "odoo_business_sale_open_orders"
    assert odoo.asked(f"{MODEL}.create") == [
        {
            "vals_list": [
                {
                    "name": "sale.open_orders",
                    "model": "sale.order",
                    "aggregate": "sum",
                    "field_name": "amount_total",
                    "interval_seconds": 600,
                }
            ]
        }
    ]


def test_a_gauge_of_a_field_that_is_not_named_is_refused_by_the_option_for_it(odoo, run):
    code, _output, errors = run(
        "gauge", "create", "sale.total", "--model", "sale.order", "--aggregate", "sum"
    )

    assert code == 2
    assert "--field is missing: --aggregate sum is computed of a number that is stored" in errors
    assert odoo.asked(f"{MODEL}.create") == []


def test_a_gauge_is_changed_and_put_away(odoo, run):
    odoo.on(f"{MODEL}.search_read", [GAUGE])
    odoo.on(f"{MODEL}.read", [GAUGE])
    odoo.on(f"{MODEL}.write", True)

    assert run("gauge", "update", "sale.open_orders", "--archive", "--labels", "")[0] == 0
    assert odoo.asked(f"{MODEL}.write") == [{"ids": [1], "vals": {"labels": "", "active": False}}]


def test_a_gauge_that_is_tried_shows_its_series(odoo, run):
    odoo.on(f"{MODEL}.try_gauge", FOUND)

    code, output, _errors = run("gauge", "try", "sale.open_orders")

    assert code == 0
    assert output.splitlines() == [
        "odoo_business_sale_open_orders in 0.012 s",
        '  {odoo_field_team_id="Europe"} 3',
        '  {odoo_field_team_id="none"} 1',
    ]
    assert odoo.asked(f"{MODEL}.try_gauge") == [{"gauge": "sale.open_orders"}]


@pytest.mark.parametrize("output", ["table", "json"])
def test_a_gauge_that_cannot_be_computed_says_so_by_its_exit_code(odoo, run, output):
    odoo.on(
        f"{MODEL}.try_gauge", FOUND | {"error": "canceling statement due to statement timeout", "values": []}
    )

    code, shown, _errors = run("gauge", "try", "sale.open_orders", "--output", output)

    assert code == 1
    assert "statement timeout" in shown


def test_a_gauge_is_deleted_by_its_name_when_one_says_so(odoo, run):
    odoo.on(f"{MODEL}.search_read", [GAUGE])
    odoo.on(f"{MODEL}.unlink", True)

    assert run("gauge", "delete", "sale.open_orders", "--yes")[0] == 0
    assert odoo.asked(f"{MODEL}.unlink") == [{"ids": [1]}]

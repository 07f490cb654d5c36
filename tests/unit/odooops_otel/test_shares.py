"""Which tables and modules took most of the time, whoever adds it up."""

import odooops_native
import pytest
from odooops_otel.tools import shares as in_python
from odooops_otel.tools.shape import Shape

ORDER, LINES = Shape("SELECT", "sale_order", "a"), Shape("UPDATE", "sale_order_line", "b")
PARTNER, WRITTEN = Shape("SELECT", "res_partner", "c"), Shape("UPDATE", "res_partner", "d")
MODULES = {
    "sale_order": "sale",
    "sale_order_line": "sale",
    "res_partner": "base",
    "odd": "",
    "made": None,
    "own": False,
}
NOTHING = ((), ())


@pytest.fixture(params=[in_python.shares, odooops_native.shares], ids=["python", "compiled"])
def shares(request):
    return request.param


def test_statements_of_a_table_and_tables_of_a_module_are_added_up(shares):
    tally = {
        ORDER: [1, 0.5, 7.0],
        PARTNER: [83, 0.25, 7.5, 8.0],
        LINES: [2, 0.125, 8.0],
        WRITTEN: [1, 0.0625],
    }

    assert shares(tally, MODULES, 5) == (
        (("sale_order", "res_partner", "sale_order_line"), (0.5, 0.3125, 0.125)),
        (("sale", "base"), (0.625, 0.3125)),
    )


def test_so_many_are_told_and_of_those_that_took_as_long_the_first(shares):
    tally = {Shape("SELECT", f"t{number}", f"{number}"): [1, float(number // 2)] for number in range(9)}

    assert shares(tally, {}, 3) == ((("t8", "t6", "t7"), (4.0, 3.0, 3.0)), NOTHING)
    assert shares(tally, {}, 0) == (NOTHING, NOTHING)
    assert len(shares(tally, {}, 99)[0][0]) == 9


def test_what_has_no_name_has_no_share(shares):
    tally = {
        Shape("SAVEPOINT", "", ""): [3, 2.0],
        Shape("SELECT", "odd", "a"): [1, 1.0],
        Shape("SELECT", "made", "b"): [1, 0.5],
        Shape("SELECT", "own", "c"): [1, 0.25],
    }

    assert shares(tally, MODULES, 5) == ((("odd", "made", "own"), (1.0, 0.5, 0.25)), NOTHING)


def test_nothing_took_no_time(shares):
    assert shares({}, MODULES, 5) == in_python.NOTHING


@pytest.mark.parametrize(
    "wrong",
    [
        ([], {}, 5),
        ({}, [], 5),
        ({}, {}, "5"),
        ({}, {}, -1),
        ({ORDER: (1, 0.5)}, {}, 5),
        ({ORDER: [1]}, {}, 5),
        ({ORDER: [1, 1]}, {}, 5),
        ({"sale_order": [1, 0.5]}, {}, 5),
        ({Shape("SELECT", 7, ""): [1, 0.5]}, {}, 5),
        ({ORDER: [1, 0.5]}, {"sale_order": 7}, 5),
    ],
)
def test_what_is_no_tally_is_refused(wrong):
    with pytest.raises((TypeError, ValueError, AttributeError)):
        odooops_native.shares(*wrong)

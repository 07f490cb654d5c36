"""What repeats itself is found, with its line of code, and where the time went."""

import pytest
from odooops_otel.tools import diagnosis, semconv
from odooops_otel.tools.place import Place
from odooops_otel.tools.shape import Shape
from odooops_otel.tools.shares import NOTHING, shares

PARTNER = Shape("SELECT", "res_partner", "SELECT name FROM res_partner WHERE id = %s")
ORDER = Shape("SELECT", "sale_order", "SELECT id FROM sale_order")
LINE = Shape("UPDATE", "sale_order_line", "UPDATE sale_order_line SET price = %s")
SAVEPOINT = Shape("SAVEPOINT", "", "SAVEPOINT ?")
HERE = Place("odoo.addons.sale.models.sale_order", "/x/sale_order.py", "SaleOrder.confirm", 123)
THERE = Place("odoo.addons.sale.models.sale_order", "/x/sale_order.py", "SaleOrder.cancel", 150)
MODULES = {"res_partner": "base", "sale_order": "sale", "sale_order_line": "sale"}


def found(tally, lines=()):
    return diagnosis.repetitions(tally, lines)


def test_a_statement_is_repeated_from_the_fifth_time_on():
    assert found({PARTNER: [4, 9.0, 1.0]}) == []
    assert found({PARTNER: [5, 0.5, 1.0]}) == [diagnosis.Repetition(PARTNER, 5, 0.5, 1.0, None)]


def test_those_that_took_most_time_come_first_and_no_more_than_three():
    shapes = [Shape("SELECT", f"t{number}", f"SELECT {number}") for number in range(5)]
    tally = {shape: [10, float(number), 0.0] for number, shape in enumerate(shapes)}

    assert [each.shape.table for each in found(tally)] == ["t4", "t3", "t2"]


def test_savepoints_and_what_was_not_read_are_no_repetition():
    assert found({SAVEPOINT: [50, 1.0, 0.0], Shape("SELECT", "", ""): [50, 1.0, 0.0]}) == []


def test_the_line_is_that_which_was_seen_most_often_with_the_statement():
    lines = [(PARTNER, THERE), (PARTNER, HERE), (PARTNER, HERE), (ORDER, THERE), (None, THERE)]

    [repetition] = found({PARTNER: [83, 0.041, 1.0], ORDER: [1, 0.1, 1.0]}, lines)

    assert repetition.place == HERE


def test_a_repetition_is_told_by_an_event_at_the_time_of_the_first():
    [(name, attributes, at)] = diagnosis.events(found({PARTNER: [83, 0.041, 7.5]}, [(PARTNER, HERE)]))

    assert (name, at) == (semconv.REPEATED_EVENT, 7_500_000_000)
    assert attributes == {
        "db.query.summary": "SELECT res_partner",
        "db.query.text": PARTNER.text,
        "odoo.sql.count": 83,
        "odoo.sql.time": 0.041,
        "code.file.path": "odoo/addons/sale/models/sale_order.py",
        "code.line.number": 123,
        "code.function.name": "SaleOrder.confirm",
    }
    [declared] = [event for event in semconv.EVENTS if event.name == name]
    assert {*attributes, "odoo.sql.repeated.remembered"} == set(declared.attributes)


def test_a_line_from_memory_is_marked_on_the_event_and_on_the_span():
    [seen] = found({PARTNER: [83, 0.041, 7.5]}, [(PARTNER, HERE)])
    for repetition, mark in ((seen, None), (seen._replace(is_remembered=True), True)):
        [(_name, on_event, _at)] = diagnosis.events([repetition])
        on_span = diagnosis.attributes([repetition], NOTHING)
        for told in (on_event, on_span):
            assert told.get("odoo.sql.repeated.remembered") is mark


def test_the_span_says_the_worst_and_the_shares():
    tally = {PARTNER: [83, 0.25, 7.5], ORDER: [1, 0.5, 7.0], LINE: [2, 0.125, 8.0], SAVEPOINT: [3, 2.0, 8.0]}
    told = diagnosis.attributes(found(tally, [(PARTNER, HERE)]), shares(tally, MODULES, 5))

    assert told == {
        "odoo.sql.repeated.count": 83,
        "odoo.sql.repeated.time": 0.25,
        "odoo.sql.repeated.summary": "SELECT res_partner",
        "odoo.sql.repeated.place": "odoo/addons/sale/models/sale_order.py:123",
        "odoo.sql.table.names": ("sale_order", "res_partner", "sale_order_line"),
        "odoo.sql.table.times": (0.5, 0.25, 0.125),
        "odoo.sql.module.names": ("sale", "base"),
        "odoo.sql.module.times": (0.625, 0.25),
    }
    assert set(told) <= semconv.attribute_names("span")


def test_tables_of_no_module_are_told_without():
    assert diagnosis.attributes([], shares({ORDER: [1, 0.5, 0.0]}, {}, 5)) == {
        "odoo.sql.table.names": ("sale_order",),
        "odoo.sql.table.times": (0.5,),
    }


def test_a_record_without_statements_says_nothing():
    assert diagnosis.attributes([], NOTHING) == {}


def test_a_repetition_whose_line_nobody_saw_is_told_without():
    tally = {PARTNER: [83, 0.25, 7.5]}

    assert "odoo.sql.repeated.place" not in diagnosis.attributes(found(tally), NOTHING)
    assert "code.file.path" not in found(tally)[0].attributes()


def test_parts_of_a_record_add_up():
    tally = {PARTNER: [3, 0.5, 1.0, 4.0]}
    diagnosis.merge(tally, {PARTNER: [2, 0.25, 9.0, 9.5], ORDER: [1, 1.0, 8.0, 9.0]})

    assert {shape: entry[:3] for shape, entry in tally.items()} == {
        PARTNER: [5, 0.75, 1.0],
        ORDER: [1, 1.0, 8.0],
    }


def test_shapes_beyond_the_limit_are_one_of_their_operation(monkeypatch):
    monkeypatch.setattr(diagnosis, "MAX_SHAPES", 1)
    tally = {PARTNER: [1, 1.0, 0.0, 1.0]}
    for number in range(20):
        diagnosis.merge(tally, {Shape("SELECT", "t", f"{number}"): [2, 0.5, 0.0, 0.5]})

    assert len(tally) == 2
    assert sum(entry[0] for entry in tally.values()) == 41


@pytest.mark.parametrize("place", [None, HERE])
def test_code_is_told_where_it_is_known(place):
    assert bool(diagnosis.code(place)) is (place is not None)

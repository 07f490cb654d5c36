"""What repeats itself without a line is looked for by the next record of its kind, and not for ever."""

import pytest
from odooops_otel.tools import sought
from odooops_otel.tools.diagnosis import Repetition
from odooops_otel.tools.place import Place
from odooops_otel.tools.shape import Shape

PARTNER = Shape("SELECT", "res_partner", "SELECT name FROM res_partner WHERE id = %s")
HERE = Place("odoo.addons.sale.models.sale_order", "/x/sale_order.py", "SaleOrder.confirm", 123)
BEGINNING = "SELECT name FROM res_partner WHERE id = "
ACTION = Place(None, "ir.actions.server(12,)", "<module>", 2)
KIND = "sale.order.action_confirm"


@pytest.fixture
def table():
    return sought.Sought()


def note(table, place=None, *, shape=PARTNER, kind=KIND, has_looked=False, **of_kind):
    """Note it, and return the line that is told of it then."""
    wanted = table.by_kind.get(kind, ()) if has_looked else ()
    found = [Repetition(shape, 9, 0.1, 1.0, place)]
    table.note(kind, found, lambda each: each.text, wanted=wanted, **of_kind)
    return table.complete(kind, found)[0].place


def test_a_repetition_without_a_line_is_sought_by_its_kind_alone(table):
    note(table)

    assert table.by_kind == {KIND: (BEGINNING,)}


def test_a_repetition_with_its_line_is_not_sought(table):
    note(table, HERE)

    assert table.by_kind == {}


def test_a_line_that_was_found_is_told_from_then_on_and_sought_no_more(table):
    assert note(table) is None
    assert note(table, HERE, has_looked=True) == HERE

    assert table.by_kind == {}
    assert note(table) == HERE
    assert note(table, kind="GET /shop") is None


def test_a_line_is_told_to_be_another_s(table):
    note(table)
    note(table, HERE, has_looked=True)
    unseen, seen = Repetition(PARTNER, 9, 0.1, 1.0, None), Repetition(PARTNER, 9, 0.1, 1.0, HERE)

    [told, own] = table.complete(KIND, [unseen, seen])
    assert (told.place, told.is_remembered, own.is_remembered) == (HERE, True, False)
    assert told.attributes()["odoo.sql.repeated.remembered"] is True
    assert "odoo.sql.repeated.remembered" not in own.attributes()


def test_a_line_that_was_told_often_is_sought_again_and_told_meanwhile(table):
    note(table)
    note(table, HERE, has_looked=True)
    for _ in range(sought.MAX_TOLD):
        assert table.by_kind == {}
        note(table)

    assert note(table) == HERE
    assert table.by_kind == {KIND: (BEGINNING,)}
    note(table, HERE._replace(line=456), has_looked=True)
    assert (table.by_kind, note(table).line) == ({}, 456)


def test_a_line_that_is_not_found_again_is_told_no_more(table):
    note(table)
    note(table, HERE, has_looked=True)
    for _ in range(sought.MAX_TOLD + 1):
        note(table)
    for _ in range(sought.MAX_TRIES):
        note(table, has_looked=True)

    assert (table.by_kind, note(table)) == ({}, None)


def test_no_line_is_remembered_where_now_this_runs_and_now_that(table):
    note(table, is_mixed=True)

    assert note(table, HERE, has_looked=True, is_mixed=True) == HERE
    assert note(table, is_mixed=True) is None
    assert table.by_kind == {KIND: (BEGINNING,)}


def test_a_kind_that_does_not_come_back_is_looked_for_no_more(table):
    note(table)
    note(table, kind="GET /shop")
    for _ in range(2 * sought.MAX_PASSED):
        note(table)
        table.pass_by()

    assert table.by_kind == {KIND: (BEGINNING,)}
    note(table, kind="GET /shop")
    assert "GET /shop" in table.by_kind


def test_a_line_that_was_met_elsewhere_later_is_that_one_from_then_on(table):
    note(table)
    note(table, HERE, has_looked=True)
    note(table, HERE._replace(line=456))

    assert note(table).line == 456


def test_the_line_of_a_server_action_is_no_other_s_and_goes_on_being_sought(table):
    note(table)
    for _ in range(2 * sought.MAX_TRIES):
        assert note(table, ACTION, has_looked=True) == ACTION

    assert note(table) is None
    assert table.by_kind == {KIND: (BEGINNING,)}


def test_the_line_of_a_job_s_own_code_is_that_of_its_next_run(table):
    note(table, is_job=True)
    note(table, ACTION, has_looked=True, is_job=True)

    assert table.by_kind == {}
    assert note(table, is_job=True) == ACTION


def test_what_is_looked_for_in_vain_three_times_is_given_up_for_good(table):
    note(table)
    for tries in range(sought.MAX_TRIES):
        assert KIND in table.by_kind, tries
        note(table, has_looked=True)
    note(table)

    assert table.by_kind == {}


def test_records_that_do_not_repeat_it_do_not_look_for_ever(table):
    note(table)
    for records in range(sought.MAX_RECORDS):
        assert KIND in table.by_kind, records
        table.note(KIND, [], lambda each: each.text, wanted=table.by_kind[KIND])

    assert table.by_kind == {}


def test_records_that_did_not_know_of_it_have_not_tried(table):
    for _ in range(2 * sought.MAX_TRIES):
        note(table)

    assert KIND in table.by_kind


def test_a_line_that_is_found_meanwhile_begins_the_count_anew(table):
    note(table)
    for place in (None, None, ACTION, None, None):
        note(table, place, has_looked=True)

    assert KIND in table.by_kind


def test_without_a_text_nothing_is_sought(table):
    table.note(KIND, [Repetition(PARTNER, 9, 0.1, 1.0, None)], lambda _shape: None, wanted=())

    assert table.by_kind == {}


def test_kinds_and_their_statements_are_bounded(table):
    for number in range(sought.MAX_KINDS + 20):
        note(table, kind=f"GET /{number}")
    for number in range(20):
        note(table, shape=Shape("SELECT", "", f"SELECT a{number} FROM t"), kind="GET /110")

    assert len(table.by_kind) == sought.MAX_KINDS
    assert "GET /0" not in table.by_kind
    assert len(table.by_kind["GET /110"]) == sought.MAX_STATEMENTS


def test_a_kind_that_comes_again_and_again_is_not_forgotten_for_others(table):
    note(table)
    note(table, HERE, has_looked=True)
    for number in range(2 * sought.MAX_KINDS):
        note(table, kind=f"GET /{number}")
        assert note(table) == HERE, number


def test_kinds_that_were_given_up_are_bounded_too(table):
    for number in range(sought.MAX_KINDS + 20):
        for has_looked in (False, True, True, True):
            note(table, kind=f"GET /{number}", has_looked=has_looked)

    assert table.by_kind == {}
    note(table, kind="GET /0")
    assert "GET /0" in table.by_kind


def test_a_statement_is_looked_at_when_it_is_a_repetition_and_twice_more():
    search = sought.Search((BEGINNING,))

    due = [number for number in range(1, 100) if search.is_due(f"{BEGINNING}%s")]

    assert tuple(due) == sought.LOOKS
    assert search.is_over


def test_other_statements_are_not_looked_at():
    search = sought.Search((BEGINNING,))

    assert not any(search.is_due("SELECT name FROM res_country") for _ in range(100))
    assert not search.is_over


def test_each_statement_is_counted_by_itself():
    search = sought.Search((BEGINNING, "UPDATE res_partner"))
    texts = [BEGINNING, "UPDATE res_partner SET a = 1"] * 5

    assert [search.is_due(text) for text in texts] == [False] * 8 + [True] * 2


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("SELECT a FROM t", "SELECT a FROM t"),
        ("\n  SELECT a\n FROM t WHERE b = 'x' AND c = 1", "\n  SELECT a\n FROM t WHERE b = "),
        ("SELECT a1 FROM t2 WHERE id IN (%s, %s)", "SELECT a1 FROM t2 WHERE id IN ("),
        ("SELECT a FROM t WHERE b = 4711", "SELECT a FROM t WHERE b = "),
        ("SELECT a FROM t WHERE b = $$x$$", "SELECT a FROM t WHERE b = "),
    ],
)
def test_texts_of_one_statement_begin_alike_whatever_their_values(text, begins):
    assert sought.beginning(text) == begins

"""Data as it is printed: tables, details, moments, sizes, colours."""

import pytest

from odooops import colour, show
from odooops.colour import Palette
from odooops.show import PLAIN, Column

COLUMNS = (
    Column("Name", "name"),
    Column("When", "at", "moment"),
    Column("Size", "size", "size"),
    Column("Empty", "empty"),
    Column("Note", "note", is_detail=True),
)
ROW = {"name": "a", "at": "2026-11-25T10:00:00Z", "size": 2048, "empty": None, "note": "long"}


def test_a_column_that_is_empty_everywhere_is_left_out_and_details_are_for_one_alone(in_berlin):
    assert show.rows([ROW, ROW | {"name": "bb", "size": None}], COLUMNS, PLAIN).splitlines() == [
        "NAME  WHEN                       SIZE",
        "a     2026-11-25 11:00:00+01:00  2.0 KiB",
        "bb    2026-11-25 11:00:00+01:00  -",
    ]
    assert show.details(ROW, COLUMNS, PLAIN).splitlines()[-1] == "Note  long"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "text", "-"),
        ("", "text", "-"),
        ([], "text", "-"),
        (0, "text", "0"),
        (0, "size", "0 B"),
        (1023, "size", "1023 B"),
        (5 * 1024**3, "size", "5.0 GiB"),
        (3 * 1024**5, "size", "3072.0 TiB"),
        (0, "seconds", "0 s"),
        (3.14159, "seconds", "3.14 s"),
        (75, "seconds", "1 min 15 s"),
        (7500, "seconds", "2 h 5 min"),
        (True, "text", "yes"),
        (False, "text", "no"),
        (["a", "b"], "text", "a, b"),
        ({"a": 1}, "text", '{"a":1}'),
        ("no moment", "moment", "no moment"),
    ],
)
def test_each_kind_of_value_has_its_form(value, kind, text):
    assert show.cell(value, kind) == text


@pytest.mark.parametrize("output", ["json", "ndjson", "yaml"])
def test_letters_of_all_languages_stay_readable(output):
    assert "Zürich" in show.data([{"name": "Zürich"}], output)


def test_nothing_is_nothing_in_ndjson_and_an_empty_list_otherwise():
    assert [show.data([], output) for output in ("ndjson", "json", "yaml")] == ["", "[]", "[]"]


def test_a_state_is_coloured_and_the_columns_still_align():
    table = show.rows([{"name": "failed"}, {"name": "succeeded"}], COLUMNS, Palette(is_on=True))

    assert table.splitlines() == ["\x1b[1mNAME\x1b[0m", "\x1b[31mfailed\x1b[0m", "\x1b[32msucceeded\x1b[0m"]


def test_a_word_that_only_contains_a_state_has_no_colour():
    assert (
        Palette(is_on=True).states("deployment.failed unhealthy failed-job")
        == "deployment.failed unhealthy failed-job"
    )


class Terminal:
    def __init__(self, is_terminal):
        self.isatty = lambda: is_terminal


@pytest.mark.parametrize(
    ("is_terminal", "environ", "is_off", "is_on"),
    [
        (True, {}, False, True),
        (False, {}, False, False),
        (True, {"NO_COLOR": "1"}, False, False),
        (True, {"NO_COLOR": ""}, False, True),
        (True, {"TERM": "dumb"}, False, False),
        (True, {}, True, False),
    ],
)
def test_colours_are_for_terminals_whose_owner_did_not_say_no(is_terminal, environ, is_off, is_on):
    assert colour.choose(Terminal(is_terminal), environ, is_off).is_on is is_on

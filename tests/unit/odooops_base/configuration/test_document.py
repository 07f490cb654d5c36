"""YAML becomes plain values, with the place of each, or is refused."""

import pytest
from odooops_base.tools.configuration import document
from odooops_base.tools.configuration.document import parse
from odooops_base.tools.configuration.problems import ConfigurationError


def test_types_are_those_of_yaml_1_2():
    data = parse(
        "a: yes\nb: on\nc: 010\nd: 1:30\ne: 2026-01-01\nf: true\ng: ~\nh: 1e3\ni: .inf\nj: '1'\nk: 0x10\nl: -2\nm:\n"
    ).data
    assert data == {
        "a": "yes",
        "b": "on",
        "c": 10,
        "d": "1:30",
        "e": "2026-01-01",
        "f": True,
        "g": None,
        "h": 1000.0,
        "i": ".inf",
        "j": "1",
        "k": "0x10",
        "l": -2,
        "m": None,
    }


def test_places_are_those_of_an_editor():
    read = parse("version: 1\nlist:\n  - one\n  - {deep: two}\n")
    assert read.keys[("list",)] == (2, 1)
    assert read.values[("list", 0)] == (3, 5)
    assert read.keys[("list", 1, "deep")] == (4, 6)
    assert read.values[("list", 1, "deep")] == (4, 12)


def test_a_problem_without_a_place_is_told_at_what_is_around_it():
    read = parse("a:\n  b: 1\n")
    assert read.problem(("a", "missing", "deeper"), "no")[:2] == (2, 3)
    assert read.problem(("a", "b"), "no")[:2] == (2, 6)
    assert read.problem(("a", "b"), "no", at_key=True)[:2] == (2, 3)
    assert read.problem(("a",), "no")[:2] == (1, 1), "of a mapping its key is told"


def test_an_alias_is_followed():
    assert parse("a: &x [1, 2]\nb: *x\n").data == {"a": [1, 2], "b": [1, 2]}


def test_a_mark_of_byte_order_is_no_content():
    assert parse("\ufeffversion: 1\n").data == {"version": 1}


def test_windows_line_ends_are_read():
    read = parse("version: 1\r\nname: x\r\n")
    assert read.data == {"version": 1, "name": "x"}
    assert read.values[("name",)] == (2, 7)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: " + "x" * document.MAX_CHARACTERS, "524,291 characters; at most 524,288 are read"),
        ("a: [" + "1, " * (document.MAX_ITEMS + 1) + "]", "a list of more than 1,000 entries"),
        ("\n".join(f"a{number}: [{'1, ' * 1000}]" for number in range(20)), "more than 20,000 values"),
        ("[" * 100_000, "nested more than 12 levels deep"),
        ("a: " + "9" * 5000, "a number of more than 30 digits"),
        ("? [a, b]\n: 1\n", "a key is a text"),
        ("? {a: b}\n: 1\n", "a key is a text"),
        ("true: 1\n", "a key is a text"),
        ("a: !ruby/object:Gem {}\n", "tags are not read: remove !ruby/object:Gem"),
        ("", 'line 1, column 1: the text is empty: begin it with "version: 1"'),
        ("a: @b\n", "a text that begins with this character has to be in quotes"),
        ('a: "\\d"\n', "in double quotes a backslash begins an escape"),
        ("a: %x\n", "has to be in quotes"),
        ("%YAML 3.0\n---\na: 1\n", "no YAML: found incompatible YAML document"),
    ],
)
def test_what_is_not_read_is_refused(text, message):
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    assert message in str(caught.value)


def test_all_duplicates_are_told_at_once():
    with pytest.raises(ConfigurationError) as caught:
        parse("a: 1\na: 2\nb: {c: 1, c: 2}\n")
    assert [problem[:3] for problem in caught.value.problems] == [(2, 1, ""), (3, 11, "b")]

"""What is written is read back as it was."""

import pytest
from odooops_base.tools.configuration.document import parse
from odooops_base.tools.configuration.text import dump, export

TEXTS = ["yes", "no", "on", "true", "null", "~", "", "1", "1e3", "010", "0x10", "1:30", ".5", "-", "- a", "a: b",
         "#a", "a #b", "*a", "&a", "!a", "@a", "%a", "'a'", '"a"', "<<", "=", "2026-01-01", "a\nb", "a\n", "\n", " a ",
         "a\tb",
         "ä€😀", "a\\b", "{}", "[]", "x" * 300, "one two " * 30, "12345678901234567890123456789012"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays_a_text(text):
    assert parse(dump({"key": text, "list": [text]})).data == {"key": text, "list": [text]}


@pytest.mark.parametrize("key", [text for text in TEXTS if len(text) < 100])
def test_a_key_stays_a_text(key):
    assert parse(dump({key: 1})).data == {key: 1}


@pytest.mark.parametrize("number", [0, -1, 10**14, 0.01, 1e-07, 1.5e300, -2.25, 3.0])
def test_a_number_stays_a_number(number):
    assert parse(dump({"key": number})).data == {"key": number}


def test_true_and_nothing_stay_what_they_are():
    assert parse(dump({"a": True, "b": False, "c": None, "d": {}, "e": []})).data == {
        "a": True,
        "b": False,
        "c": None,
        "d": {},
        "e": [],
    }


def test_the_order_is_kept_and_lists_are_indented():
    assert dump({"b": ["x"], "a": 1}) == "b:\n  - x\na: 1\n"


def test_an_export_names_its_schema_and_its_version():
    text = export({"environments": {"staging": {"kind": "staging"}}, "roles": {}}, "schema.json")
    assert text == (
        "# yaml-language-server: $schema=schema.json\nversion: 1\n\n"
        "environments:\n  staging:\n    kind: staging\n\nroles: {}\n"
    )
    assert parse(text).data["version"] == 1

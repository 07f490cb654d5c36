"""What application code says about a record, within limits."""

import pytest
from odooops_otel.tools import annotations, otlp
from odooops_otel.tools.annotations import Annotations, Link, clean, clean_all


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("text", "text"),
        ("x" * 5000, "x" * annotations.MAX_TEXT),
        (b"\xffbytes", "\ufffdbytes"),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        (["a", "b" * 5000], ("a", "b" * annotations.MAX_TEXT)),
        ([1, None, 2], (1, 2)),
        (range(1000), tuple(range(annotations.MAX_ITEMS))),
        ((), ()),
        (None, None),
        ({"a": 1}, None),
        (object, None),
    ],
)
def test_a_value_is_what_otlp_can_say_and_cut(value, cleaned):
    assert clean(value) == cleaned


def test_a_text_of_a_class_of_its_own_is_plain_text_afterwards():
    class Lazy(str):
        __slots__ = ()

    assert type(clean(Lazy("text"))) is str


def test_attributes_beyond_the_limit_are_counted_and_those_there_can_change():
    said = Annotations()
    for number in range(annotations.MAX_ATTRIBUTES + 3):
        said.set_attribute(f"key.{number}", number)
    said.set_attribute("key.0", "changed")

    assert len(said.attributes) == annotations.MAX_ATTRIBUTES
    assert (said.attributes["key.0"], said.dropped_attributes) == ("changed", 3)


@pytest.mark.parametrize(("key", "value"), [("", 1), (None, 1), (7, 1), ("key", None), ("key", object())])
def test_what_is_no_attribute_is_dropped_and_counted(key, value):
    said = Annotations()
    said.set_attribute(key, value)

    assert (said.attributes, said.dropped_attributes) == ({}, 1)


def test_a_long_key_is_cut():
    said = Annotations()
    said.set_attribute("k" * 1000, 1)

    assert said.attributes == {"k" * annotations.MAX_NAME: 1}


def test_attributes_of_an_event_are_cut_as_those_of_a_record():
    given = {f"key.{number}": "x" * 5000 for number in range(200)}

    cleaned = clean_all(given)
    assert len(cleaned) == annotations.MAX_ATTRIBUTES
    assert {len(value) for value in cleaned.values()} == {annotations.MAX_TEXT}
    assert clean_all(None) == {}


def test_links_beyond_the_limit_are_counted():
    said = Annotations()
    for _ in range(annotations.MAX_LINKS + 2):
        said.add_link(Link(b"\x01" * 16, b"\x02" * 8, 1, {}))

    assert (len(said.links), said.dropped_links) == (annotations.MAX_LINKS, 2)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], (otlp.STATUS_UNSET, "")),
        ([(otlp.STATUS_ERROR, "no stock")], (otlp.STATUS_ERROR, "no stock")),
        ([(otlp.STATUS_ERROR, "ValueError: s3cr3t")], (otlp.STATUS_ERROR, "ValueError")),
        ([(otlp.STATUS_ERROR, None)], (otlp.STATUS_ERROR, "")),
        ([(otlp.STATUS_ERROR, "no stock"), (otlp.STATUS_UNSET, None)], (otlp.STATUS_ERROR, "no stock")),
        ([(otlp.STATUS_ERROR, "no stock"), (otlp.STATUS_OK, "ignored")], (otlp.STATUS_OK, "")),
        ([(otlp.STATUS_OK, None), (otlp.STATUS_ERROR, "late")], (otlp.STATUS_OK, "")),
    ],
)
def test_what_was_called_ok_stays_ok_and_a_status_is_not_taken_back(statuses, expected):
    said = Annotations()
    for code, message in statuses:
        said.set_status(code, message)

    assert (said.status, said.message) == expected

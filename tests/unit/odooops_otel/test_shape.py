"""Statements that differ in their values alone have one shape."""

import pytest
from odooops_otel.tools import shape


@pytest.fixture
def shapes():
    return shape.Shapes()


def test_values_make_no_other_shape(shapes):
    first, second = (shapes.of(f"SELECT a FROM t WHERE name = '{name}'") for name in ("s3cr3t", "other"))

    assert first is second
    assert (first.operation, first.table, first.text) == ("SELECT", "t", "SELECT a FROM t WHERE name = ?")
    assert first.summary == "SELECT t"


def test_other_columns_make_another_shape(shapes):
    assert shapes.of("SELECT a FROM t") is not shapes.of("SELECT b FROM t")


def test_what_was_read_is_at_hand_for_those_who_look_up_many(shapes):
    assert shapes.known.get("SELECT 1") is None
    assert shapes.of("SELECT 1") is shapes.known["SELECT 1"]


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ('INSERT INTO "res_partner" ("name") VALUES ', "res_partner"),
        ("UPDATE res_partner SET name = ", "res_partner"),
        ("  delete from res_partner WHERE name = ", "res_partner"),
        ("SELECT a FROM s3cr3t WHERE name = ", ""),
    ],
)
def test_of_a_statement_too_long_to_read_operation_and_target_are_known(shapes, text, table):
    found = shapes.of(text + "'s3cr3t'," * shape.MAX_TEXT)

    assert (found.operation, found.table, found.text) == (text.split()[0].upper(), table, "")


def test_only_so_many_are_read_in_one_go_and_the_next_reads_on(shapes, monkeypatch):
    monkeypatch.setattr(shape, "MAX_READ", 2)
    shapes.begin()
    texts = [f"SELECT a{number} FROM t" for number in range(3)]

    assert [shapes.of(text).table for text in texts] == ["t", "t", ""]
    shapes.begin()
    assert shapes.of(texts[2]).table == "t"


def test_memory_is_bounded(shapes, monkeypatch):
    monkeypatch.setattr(shape, "MAX_TEXTS", 10)
    for number in range(100):
        shapes.begin()
        shapes.of(f"SELECT a{number} FROM t")

    assert len(shapes.known) <= 10
    assert len(shapes._shapes) <= 20

"""Each check takes what it is for, and refuses the rest in a sentence without the value."""

import re

import pytest
from odooops_otel.tools.browser import checks
from odooops_otel.tools.browser.checks import ReportError


def test_members_gives_back_an_object_that_is_as_expected():
    assert checks.members({"a": 1, "b": 2}, "x", ["a"], ["b"]) == {"a": 1, "b": 2}


@pytest.mark.parametrize("value", [[], None, "a", {}, {"a": 1, "secret": 2}])
def test_members_refuses_another_object(value):
    with pytest.raises(ReportError, match=r"^x: ") as refused:
        checks.members(value, "x", ["a"], ["b"])
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("value", [0, 1, 0.5, 10])
def test_a_number_within_its_limits_is_taken(value):
    assert checks.number(value, "x", 10) == value


@pytest.mark.parametrize("value", [-1, 10.1, True, None, "1", [], float("nan"), float("inf"), 10**400])
def test_what_is_no_number_within_its_limits_is_refused(value):
    with pytest.raises(ReportError, match=r"x: expected a number from 0 to 10$"):
        checks.number(value, "x", 10)


def test_a_list_has_a_limit():
    assert checks.items([1, 2], "x", 2) == [1, 2]
    for value in ([1, 2, 3], {}, None, "ab"):
        with pytest.raises(ReportError, match="a list of at most 2"):
            checks.items(value, "x", 2)


def test_a_text_has_a_limit():
    assert checks.text("ab", "x", 2) == "ab"
    for value in ("abc", None, 1, ["a"]):
        with pytest.raises(ReportError, match="at most 2 characters"):
            checks.text(value, "x", 2)


@pytest.mark.parametrize("value", ["c", None, [], {}, 1])
def test_a_text_that_is_not_among_the_known_ones_is_refused(value):
    assert checks.one_of("a", "x", {"a", "b"}) == "a"
    with pytest.raises(ReportError, match="one of a, b"):
        checks.one_of(value, "x", {"a", "b"})


@pytest.mark.parametrize("value", ["aab", "a\n", "", None, 5])
def test_a_text_that_is_not_as_described_is_refused(value):
    assert checks.like("aa", "x", re.compile("a+"), "some a") == "aa"
    with pytest.raises(ReportError, match="expected some a"):
        checks.like(value, "x", re.compile("a+"), "some a")

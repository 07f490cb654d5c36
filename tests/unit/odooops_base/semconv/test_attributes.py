"""Attributes are named by the rules of the conventions, and used."""

import re
from collections import Counter

import conventions
import pytest
from odooops_base.tools import semconv


@pytest.mark.parametrize("attribute", semconv.ATTRIBUTES, ids=lambda attribute: attribute.name)
def test_an_attribute_is_ours_and_says_what_it_means(attribute):
    assert conventions.NAME.fullmatch(attribute.name)
    assert attribute.name.startswith(conventions.OURS)
    assert attribute.stability == "odooops"
    assert re.fullmatch(r"[a-zA-Z`].*[^.]\.", attribute.meaning)
    assert attribute.example


def test_an_attribute_is_declared_once_and_is_on_a_metric():
    counts = Counter(attribute.name for attribute in semconv.ATTRIBUTES)

    assert [name for name, count in counts.items() if count > 1] == []
    assert set(counts) <= semconv.attribute_names("metric")

"""Attributes follow the conventions: OpenTelemetry's where there is one, its rules for naming where there is none."""

import re
from collections import Counter

import conventions
import pytest
from odooops_otel.tools import semconv


def of_each(test):
    return pytest.mark.parametrize("attribute", semconv.ATTRIBUTES, ids=lambda attribute: attribute.name)(
        test
    )


@of_each
def test_a_name_is_lower_case_with_dots_between_namespaces(attribute):
    assert conventions.NAME.fullmatch(attribute.name)


@of_each
def test_an_attribute_is_as_stable_as_the_conventions_say(attribute):
    assert attribute.stability == conventions.stability(
        attribute.name, conventions.STABLE_ATTRIBUTES, conventions.ATTRIBUTES
    )


@of_each
def test_a_name_that_is_not_the_conventions_is_ours(attribute):
    assert attribute.name.startswith(conventions.OURS) == (attribute.stability == "odooops")


@of_each
def test_an_attribute_says_what_it_means_with_an_example(attribute):
    assert re.fullmatch(r"[a-zA-Z`].*[^.]\.", attribute.meaning)
    assert attribute.example


@of_each
def test_an_attribute_is_on_some_signal(attribute):
    assert set(attribute.signals) <= {"resource", "span", "event", "log", "metric"}
    assert attribute.signals or attribute.name in semconv.attribute_names("metric")


def test_an_attribute_is_declared_once():
    counts = Counter(attribute.name for attribute in semconv.ATTRIBUTES)

    assert [name for name, count in counts.items() if count > 1] == []


def test_attributes_are_asked_for_by_signal():
    assert {"service.name", "odoo.worker.type"} <= semconv.attribute_names("resource")
    assert "url.path" in semconv.attribute_names("span")
    assert "url.path" not in semconv.attribute_names("metric")
    assert "http.route" in semconv.attribute_names("metric")

"""Names of spans are made of attributes that are declared, and events carry such."""

import re

import conventions
import pytest
from odooops_otel.tools import semconv


@pytest.mark.parametrize("span", semconv.SPAN_NAMES, ids=lambda span: span.pattern)
def test_a_name_is_made_of_attributes_of_spans(span):
    assert set(re.findall(r"\{([^}]*)\}", span.pattern)) <= semconv.attribute_names("span")
    assert span.kind in ("server", "client", "internal", "consumer")
    assert span.stability in ("stable", "release_candidate", "development", "odooops")
    assert span.meaning.endswith(".")


def test_an_event_is_ours_or_the_conventions():
    names = {event.name for event in semconv.EVENTS}

    assert {name for name in names if not name.startswith(conventions.OURS)} == {
        "exception",
        "browser.web_vital",
    }
    assert all(conventions.NAME.fullmatch(name) for name in names - {"exception"})


def test_an_event_carries_attributes_of_events():
    for event in semconv.EVENTS:
        assert set(event.attributes) <= semconv.attribute_names("event"), event.name
        assert event.meaning.endswith(".")

"""Ratings change at the thresholds that web.dev names."""

import pytest
from odooops_otel.tools.browser import vitals
from odooops_otel.tools.browser.report import VITALS


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("lcp", 2.5, "good"),
        ("lcp", 2.51, "needs-improvement"),
        ("lcp", 4.0, "needs-improvement"),
        ("lcp", 4.1, "poor"),
        ("inp", 0.2, "good"),
        ("inp", 0.6, "poor"),
        ("cls", 0.1, "good"),
        ("cls", 0.3, "poor"),
        ("fcp", 2, "needs-improvement"),
        ("ttfb", 0.8, "good"),
    ],
)
def test_a_value_is_rated(name, value, expected):
    assert vitals.rating(name, value) == expected


def test_every_vital_of_a_report_has_thresholds():
    assert vitals.THRESHOLDS.keys() == VITALS

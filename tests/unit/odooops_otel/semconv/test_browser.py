"""What browsers report has names of the conventions where there are any."""

import conventions
from odooops_otel.tools.browser.vitals import THRESHOLDS
from odooops_otel.tools.semconv import browser


def test_web_vitals_bear_the_names_of_the_conventions():
    assert {browser.VITAL_NAME, browser.VITAL_RATING} <= conventions.ATTRIBUTES


def test_the_limits_of_ratings_are_bounds_of_the_histograms():
    times = {limit for name, limits in THRESHOLDS.items() if name != "cls" for limit in limits}

    assert times <= set(browser.WAITING_BOUNDS)
    assert set(THRESHOLDS["cls"]) <= set(browser.SHIFT_BOUNDS)

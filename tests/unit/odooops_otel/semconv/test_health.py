"""What is declared of telemetry itself fits what sends it."""

from odooops_otel.tools import semconv
from odooops_otel.tools.settings import read


def test_the_buckets_of_an_export_reach_its_time_limit():
    assert semconv.TELEMETRY_EXPORT_DURATION.bounds[-1] == read({}).of("metrics", "timeout")


def test_costs_are_told_in_one_unit():
    assert semconv.TELEMETRY_BACKGROUND.unit == semconv.TELEMETRY_OVERHEAD.unit == "s"

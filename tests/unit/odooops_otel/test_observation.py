"""Values kept elsewhere are exported as they are; at the end of a process its states have none."""

import pytest
from odooops_otel.tools import observation, semconv
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK,
    Metric,
)

CALLS = semconv.Metric("odoo.calls", "counter", "{call}", "Calls.", ("who", "code"))
LEVEL = semconv.Metric("odoo.level", "gauge", "{thing}", "Level.", ("who",))
OPEN = semconv.Metric("odoo.open", "updowncounter", "{thing}", "Open.", ("who",))
START, NOW = 100, 300


def observed(metric, values, since=START, **options):
    return observation.export(observation.Observation(metric, values, since), NOW, **options)


def decoded(export):
    metric = Metric.FromString(export.body)
    return metric, list(getattr(metric, metric.WhichOneof("data")).data_points)


def attributes(point):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in point.attributes}


def test_a_gauge_has_no_start():
    metric, [point] = decoded(observed(LEVEL, {("a",): 4096}, 0))

    assert metric.WhichOneof("data") == "gauge"
    assert (point.as_int, point.start_time_unix_nano, point.time_unix_nano) == (4096, 0, NOW)
    assert attributes(point) == {"who": "a"}


def test_a_counter_kept_elsewhere_is_exported_as_it_is():
    export = observed(CALLS, {("a", 1): 5, ("b", None): 0})
    metric, points = decoded(export)

    assert export.points == 2
    assert metric.sum.is_monotonic
    assert {point.start_time_unix_nano for point in points} == {START}
    assert [(attributes(point), point.as_int) for point in points] == [
        ({"who": "a", "code": 1}, 5),
        ({"who": "b"}, 0),
    ]


def test_an_updowncounter_is_a_sum_that_may_fall():
    metric, [point] = decoded(observed(OPEN, {("a",): 3}))

    assert (metric.WhichOneof("data"), metric.sum.is_monotonic) == ("sum", False)
    assert metric.sum.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE
    assert (point.as_int, point.start_time_unix_nano) == (3, START)


def test_without_values_there_is_no_observation_to_export():
    assert observed(CALLS, {}) is None


@pytest.mark.parametrize("metric", [LEVEL, OPEN], ids=lambda metric: metric.kind)
def test_at_the_end_a_state_has_no_value_any_more(metric):
    _metric, [point] = decoded(observed(metric, {("a",): 3}, is_last=True))

    assert point.flags == DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK
    assert point.WhichOneof("value") is None
    assert attributes(point) == {"who": "a"}


def test_at_the_end_a_counter_keeps_what_it_counted():
    _metric, [point] = decoded(observed(CALLS, {("a", 1): 5}, is_last=True))

    assert (point.as_int, point.flags) == (5, 0)


def hidden(_attribute, value):
    return "hidden" if "@" in str(value) else value


def test_counts_that_a_redaction_makes_equal_are_added_up():
    given = observation.Observation(CALLS, {("a@x", 1): 2, ("b@x", 1): 3, ("c", None): 4}, START)

    assert observation.redacted(given, hidden) == (CALLS, {("hidden", 1): 5, ("c", None): 4}, START)


def test_of_states_that_a_redaction_makes_equal_the_greatest_is_left():
    given = observation.Observation(LEVEL, {("a@x",): 2, ("b@x",): 3, ("c@x",): 1})

    assert observation.redacted(given, hidden).values == {("hidden",): 3}


def test_what_a_redaction_would_change_is_left_out():
    given = observation.Observation(LEVEL, {("a@b",): 1, ("c",): 2})

    assert observation.unchanged(given, hidden).values == {("c",): 2}


def test_a_redaction_is_told_which_attribute_a_value_is_of():
    given = observation.Observation(CALLS, {("a", 1): 2, ("a", 2): 3, ("b", None): 4}, START)

    def without_codes(attribute, value):
        return "hidden" if attribute == "code" and value else value

    assert observation.redacted(given, without_codes).values == {("a", "hidden"): 5, ("b", None): 4}

"""Series of other libraries beyond a limit are added up, and the same stay themselves."""

import pytest
from odooops_otel.tools import metrics
from odooops_otel.tools.foreign_metrics import MAX_ATTRIBUTES, Limits
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData


@pytest.fixture
def overflowed():
    return []


@pytest.fixture
def limits(overflowed):
    return Limits(lambda *found: overflowed.append(found))


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(metrics, "MAX_VALUES", 3)
    monkeypatch.setattr(metrics, "MAX_POINTS", 5)


def message(kind, *points, name="shop.orders"):
    """A metric with these points: attributes and what they hold."""
    data = MetricsData()
    metric = data.resource_metrics.add().scope_metrics.add().metrics.add(name=name)
    for number, (attributes, fields) in enumerate(points, start=1):
        point = getattr(metric, kind).data_points.add(time_unix_nano=number, **fields)
        for key, value in attributes.items():
            field = "int_value" if isinstance(value, int) else "string_value"
            setattr(point.attributes.add(key=key).value, field, value)
    return data


def points_of(data, kind):
    (metric,) = data.resource_metrics[0].scope_metrics[0].metrics
    return [(attributes_of(point), point) for point in getattr(metric, kind).data_points]


def attributes_of(point):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in point.attributes}


def customers(*names):
    return message(
        "sum", *(({"customer": name}, {"as_int": 10 + number}) for number, name in enumerate(names))
    )


def test_within_the_limits_nothing_changes(limits, overflowed):
    data = customers("a", "b", "c")
    before = data.SerializeToString()
    limits.apply(data)

    assert data.SerializeToString() == before
    assert overflowed == []
    assert list(limits.cardinality()) == [
        ("shop.orders", "customer", 3, 3),
        ("shop.orders", "otel.metric.overflow", 3, 5),
    ]


def test_further_values_are_added_up_as_other(limits, overflowed):
    data = customers("a", "b", "c", "d", "e")
    limits.apply(data)

    found = [(attributes["customer"], point.as_int) for attributes, point in points_of(data, "sum")]
    assert found == [("a", 10), ("b", 11), ("c", 12), ("other", 13 + 14)]
    assert overflowed == [("shop.orders", "customer", "d", 2)]


def test_the_next_export_keeps_who_was_there_and_reports_what_is_new(limits, overflowed):
    limits.apply(customers("a", "b", "c", "d"))
    data = customers("d", "c", "e", "a")  # in another order
    limits.apply(data)
    limits.apply(customers("d", "c", "e", "a"))

    found = {attributes["customer"]: point.as_int for attributes, point in points_of(data, "sum")}
    assert found == {"other": 10 + 12, "c": 11, "a": 13}
    assert overflowed == [("shop.orders", "customer", "d", 1), ("shop.orders", "customer", "d", 1)]


def test_beyond_the_limit_of_series_one_takes_all(limits, overflowed):
    pairs = [{"a": a, "b": b} for a in range(3) for b in range(3)]
    data = message("sum", *((pair, {"as_double": 0.5}) for pair in pairs))
    limits.apply(data)

    *kept, (attributes, point) = points_of(data, "sum")
    assert len(kept) == 5
    assert (attributes, point.as_double) == ({"otel.metric.overflow": True}, 2.0)
    assert overflowed == [("shop.orders", "otel.metric.overflow", "1, 2", 4)]


def test_attributes_beyond_ten_are_left_out(limits, overflowed):
    many = {f"a{number:02}": 1 for number in range(MAX_ATTRIBUTES + 2)}
    data = message("sum", (many, {"as_int": 1}), (many | {"a11": 2}, {"as_int": 5}))
    limits.apply(data)

    ((attributes, point),) = points_of(data, "sum")
    assert sorted(attributes) == [f"a{number:02}" for number in range(10)]
    assert point.as_int == 6
    assert {(name, amount) for _metric, name, _example, amount in overflowed} == {("a10", 2), ("a11", 2)}


def test_histograms_are_added_up_by_bucket(limits):
    fields = {
        "count": 3,
        "sum": 1.5,
        "bucket_counts": [1, 2],
        "explicit_bounds": [1.0],
        "min": 0.1,
        "max": 1.2,
    }
    other = {
        "count": 1,
        "sum": 9.0,
        "bucket_counts": [0, 1],
        "explicit_bounds": [1.0],
        "min": 9.0,
        "max": 9.0,
    }
    known = [({"who": name}, fields) for name in "abc"]
    data = message("histogram", *known, ({"who": "d"}, fields), ({"who": "e"}, other))
    limits.apply(data)

    attributes, point = points_of(data, "histogram")[-1]
    assert attributes == {"who": "other"}
    assert (point.count, point.sum, list(point.bucket_counts)) == (4, 10.5, [1, 3])
    assert (point.min, point.max) == (0.1, 9.0)


def test_of_states_the_newest_stays(limits):
    data = message("gauge", *(({"who": name}, {"as_double": number}) for number, name in enumerate("abcde")))
    limits.apply(data)

    assert [point.as_double for _attributes, point in points_of(data, "gauge")] == [0, 1, 2, 4]


def test_a_metric_without_attributes_is_one_series(limits, overflowed):
    limits.apply(message("sum", ({}, {"as_int": 1})))

    assert list(limits.cardinality()) == [("shop.orders", "otel.metric.overflow", 1, 5)]
    assert overflowed == []

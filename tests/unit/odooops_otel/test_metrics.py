"""Recordings become cumulative series that begin at zero, within limits, each exemplar once."""

import threading
from unittest import mock

import pytest
from odooops_otel.tools import metrics, semconv
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_CUMULATIVE, Metric

WAIT = semconv.Metric("odoo.wait", "histogram", "s", "Wait.", ("who", "code"), (0.1, 1, 10))
CALLS = semconv.Metric("odoo.calls", "counter", "{call}", "Calls.", ("who", "code"))
PLAIN = semconv.Metric("odoo.plain", "counter", "{call}", "Calls.")
START, PREVIOUS, NOW = 100, 200, 300
SPAN_ID, TRACE_ID = b"s" * 8, b"t" * 16


@pytest.fixture
def wait():
    return metrics.Instrument(WAIT)


@pytest.fixture
def calls():
    return metrics.Instrument(CALLS)


def decoded(export):
    metric = Metric.FromString(export.body)
    return metric, list(getattr(metric, metric.WhichOneof("data")).data_points)


def points_of(instrument, previous=PREVIOUS, now=NOW):
    return decoded(instrument.export(START, previous, now, threading.Lock()))[1]


def attributes(point):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in point.attributes}


def settled(instrument):
    """The instrument after an export that arrived."""
    points_of(instrument)
    instrument.settle(arrived=True)
    return instrument


# --- counting -----------------------------------------------------------------------------


BUCKETS = [(0.0, 0), (0.1, 0), (0.100001, 1), (1, 1), (1.000001, 2), (10, 2), (10.1, 3), (float("inf"), 3)]


@pytest.mark.parametrize(("value", "bucket"), BUCKETS)
def test_a_bucket_holds_its_upper_bound_but_not_its_lower(wait, value, bucket):
    wait.record(("a", 1), value)
    *_zero, point = points_of(wait)

    assert list(point.bucket_counts) == [int(index == bucket) for index in range(4)]
    assert list(point.explicit_bounds) == [0.1, 1, 10]
    assert (point.count, point.sum) == (1, value)


def test_what_is_recorded_adds_up(wait):
    wait.record(("a", 1), 0.5)
    wait.record_all(("a", 1), [0.25, 20])
    wait.record(("b", 1), 2)
    _zero, first, _zero, second = points_of(wait)

    assert (list(first.bucket_counts), first.count, first.sum) == ([0, 2, 0, 1], 3, 20.75)
    assert (list(second.bucket_counts), second.count, second.sum) == ([0, 0, 1, 0], 1, 2)


def test_a_histogram_names_its_metric_and_is_cumulative(wait):
    wait.record(("a", 1), 0.5)
    metric, points = decoded(wait.export(START, PREVIOUS, NOW, threading.Lock()))

    assert (metric.name, metric.description, metric.unit) == ("odoo.wait", "Wait.", "s")
    assert metric.histogram.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE
    assert [attributes(point) for point in points] == [{"who": "a", "code": 1}] * 2


def test_a_counter_is_cumulative_and_rises(calls):
    calls.add(("a", 1), 2)
    calls.add(("a", 1), 3)
    metric, [_zero, point] = decoded(calls.export(START, PREVIOUS, NOW, threading.Lock()))

    assert metric.sum.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE
    assert metric.sum.is_monotonic
    assert (point.as_int, point.start_time_unix_nano, point.time_unix_nano) == (5, START, NOW)


def test_an_attribute_that_is_absent_is_not_written(calls):
    calls.add((None, 1), 1)
    calls.add((None, None), 1)

    assert [attributes(point) for point in points_of(calls)[1::2]] == [{"code": 1}, {}]


def test_a_key_has_a_value_for_each_attribute(calls):
    with pytest.raises((ValueError, IndexError)):
        calls.add(("a",), 1)
    with pytest.raises((ValueError, IndexError)):
        calls.add(("a", 1, 2), 1)


# --- the beginning of a series ------------------------------------------------------------


def test_a_new_series_begins_at_zero_when_the_last_export_arrived(wait):
    wait.record(("a", 1), 0.5)
    zero, point = points_of(wait)

    assert (zero.count, zero.sum, list(zero.bucket_counts)) == (0, 0, [0, 0, 0, 0])
    assert (zero.start_time_unix_nano, zero.time_unix_nano) == (START, PREVIOUS)
    assert (point.start_time_unix_nano, point.time_unix_nano) == (START, NOW)
    assert zero.attributes == point.attributes
    assert zero.HasField("sum")


@pytest.mark.parametrize(("amount", "field"), [(1, "as_int"), (0.5, "as_double")])
def test_a_series_is_of_integers_or_of_floats_from_its_beginning(calls, amount, field):
    calls.add(("a", 1), amount)

    assert [point.WhichOneof("value") for point in points_of(calls)] == [field, field]


def test_a_series_that_arrived_goes_on_without_zero(wait):
    wait.record(("a", 1), 0.5)
    settled(wait).record(("a", 1), 0.5)
    [point] = points_of(wait, previous=NOW, now=400)

    assert (point.count, point.start_time_unix_nano, point.time_unix_nano) == (2, START, 400)


def test_only_the_new_series_of_an_export_begin_at_zero(wait):
    wait.record(("a", 1), 0.5)
    settled(wait).record(("b", 1), 0.5)

    assert [(attributes(point)["who"], point.count) for point in points_of(wait)] == [
        ("a", 1),
        ("b", 0),
        ("b", 1),
    ]


def test_after_a_lost_export_a_series_begins_anew(wait):
    wait.record(("a", 1), 0.5)
    points_of(wait)
    wait.settle(arrived=False)
    wait.record(("a", 1), 0.5)

    assert [point.count for point in points_of(wait)] == [0, 2]


def test_a_lost_export_does_not_begin_older_series_anew(wait):
    wait.record(("a", 1), 0.5)
    settled(wait)
    points_of(wait)
    wait.settle(arrived=False)

    assert [point.count for point in points_of(wait)] == [1]


def test_a_series_lost_twice_begins_anew_until_it_arrives(wait):
    wait.record(("a", 1), 0.5)
    for _ in range(3):
        assert len(points_of(wait)) == 2
        wait.settle(arrived=False)
    settled(wait)

    assert len(points_of(wait)) == 1


def test_settling_without_an_export_changes_nothing(wait):
    wait.settle(arrived=False)
    wait.record(("a", 1), 0.5)
    settled(wait).settle(arrived=False)

    assert len(points_of(wait)) == 1


# --- exemplars ----------------------------------------------------------------------------


def test_an_exemplar_leads_to_its_trace(wait):
    point = wait.record(("a", 1), 0.5)
    wait.exemplify(point, 0.5, 250, SPAN_ID, TRACE_ID)
    zero, point = points_of(wait)

    assert not zero.exemplars
    [exemplar] = point.exemplars
    assert (exemplar.as_double, exemplar.time_unix_nano) == (0.5, 250)
    assert (exemplar.span_id, exemplar.trace_id) == (SPAN_ID, TRACE_ID)


def test_an_exemplar_is_exported_once(wait):
    point = wait.record(("a", 1), 0.5)
    wait.exemplify(point, 0.5, 250, SPAN_ID, TRACE_ID)
    settled(wait)

    assert [len(point.exemplars) for point in points_of(wait)] == [0]


def test_the_last_exemplar_of_each_bucket_is_kept(wait):
    for time, value in enumerate([0.1, 0.05, 0.5, 1, 99], start=1):
        wait.exemplify(wait.record(("a", 1), value), value, time, SPAN_ID, TRACE_ID)
    *_zero, point = points_of(wait)

    assert sorted((exemplar.as_double, exemplar.time_unix_nano) for exemplar in point.exemplars) == [
        (0.05, 2),
        (1.0, 4),
        (99.0, 5),
    ]


# --- limits -------------------------------------------------------------------------------


def test_beyond_a_thousand_values_an_attribute_is_other():
    overflowed = []
    calls = metrics.Instrument(CALLS, lambda *names: overflowed.append(names))
    for number in range(metrics.MAX_VALUES + 5):
        calls.add((f"u{number}", 1), 1)
    points = points_of(calls)[1::2]

    assert len(points) == metrics.MAX_VALUES + 1 == 1001
    assert attributes(points[-1]) == {"who": "other", "code": 1}
    assert points[-1].as_int == 5
    assert overflowed == [("odoo.calls", "who", f"u{number}") for number in range(1000, 1005)]


def test_nothing_is_lost_beyond_the_limit(calls):
    for number in range(3000):
        calls.add((f"u{number}", number), 1)

    assert sum(point.as_int for point in points_of(calls)) == 3000


def test_values_known_before_the_limit_stay_themselves(calls):
    for number in range(metrics.MAX_VALUES + 5):
        calls.add((f"u{number}", 1), 1)
    calls.add(("u7", 2), 1)

    assert attributes(points_of(calls)[-1]) == {"who": "u7", "code": 2}


def test_each_recording_beyond_the_limit_is_reported_with_each_attribute(monkeypatch):
    monkeypatch.setattr(metrics, "MAX_VALUES", 2)
    overflowed = []
    wait = metrics.Instrument(WAIT, lambda *names: overflowed.append(names))
    for number in (1, 2, 3, 3):
        wait.record((f"u{number}", number), 0.5)

    assert overflowed == [("odoo.wait", "who", "u3"), ("odoo.wait", "code", "3")] * 2
    assert attributes(points_of(wait)[-1]) == {"who": "other", "code": "other"}


def test_an_absent_value_does_not_count_against_the_limit(monkeypatch):
    monkeypatch.setattr(metrics, "MAX_VALUES", 1)
    calls = metrics.Instrument(CALLS)
    for key in ((None, 1), ("a", 1), (None, None)):
        calls.add(key, 1)

    assert [attributes(point) for point in points_of(calls)[1::2]] == [
        {"code": 1},
        {"who": "a", "code": 1},
        {},
    ]


def test_beyond_the_limit_of_points_one_point_takes_all():
    overflowed = []
    wait = metrics.Instrument(WAIT, lambda *names: overflowed.append(names))
    for number in range(metrics.MAX_POINTS + 7):
        wait.record((f"u{number // 100}", number % 100), 0.5)
    *_points, last = points_of(wait)

    assert len(wait.points) == metrics.MAX_POINTS + 1 == 10_001
    assert attributes(last) == {"otel.metric.overflow": True}
    assert last.count == 7
    assert overflowed[0] == ("odoo.wait", "otel.metric.overflow", "u100, 0")
    assert len(overflowed) == 7


def test_the_point_of_the_overflow_is_no_other_point(monkeypatch):
    monkeypatch.setattr(metrics, "MAX_POINTS", 2)
    one = metrics.Instrument(semconv.Metric("odoo.one", "counter", "{call}", "One.", ("who",)))
    for who in ("otel.metric.overflow", "b", "c"):
        one.add((who,), 1)

    assert [attributes(point) for point in points_of(one)[1::2]] == [
        {"who": "otel.metric.overflow"},
        {"who": "b"},
        {"otel.metric.overflow": True},
    ]


def test_an_instrument_tells_how_many_values_each_attribute_has(calls):
    for key in (("a", 1), ("a", 2), ("b", 2), (None, 2)):
        calls.add(key, 1)

    assert list(calls.cardinality()) == [
        ("who", 2, metrics.MAX_VALUES),
        ("code", 2, metrics.MAX_VALUES),
        ("otel.metric.overflow", 4, metrics.MAX_POINTS),
    ]
    assert list(metrics.Instrument(PLAIN).cardinality()) == []


def test_a_metric_without_attributes_has_one_point():
    plain = metrics.Instrument(PLAIN)
    plain.add((), 1)
    plain.add((), 1)

    assert [(point.as_int, attributes(point)) for point in points_of(plain)] == [(0, {}), (2, {})]


# --- export -------------------------------------------------------------------------------


def test_without_recordings_there_is_nothing_to_export(wait):
    assert wait.export(START, PREVIOUS, NOW, threading.Lock()) is None


def test_an_export_says_how_many_points_it_has(wait):
    wait.record(("a", 1), 0.5)
    wait.record(("b", 1), 0.5)

    assert wait.export(START, PREVIOUS, NOW, threading.Lock()).points == 4
    assert wait.export(START, PREVIOUS, NOW, threading.Lock()).points == 2


def test_a_point_of_a_request_is_small():
    """Two hundred routes of Odoo, with exemplars, are far from a receiver's limit of 4 MiB."""
    requests = metrics.Instrument(semconv.HTTP_SERVER_REQUEST_DURATION)
    for number in range(200):
        key = ("POST", f"/web/dataset/call_kw/some.model/method_{number}", 200, "https", None, "production")
        requests.exemplify(requests.record(key, 0.02), 0.02, NOW, SPAN_ID, TRACE_ID)
    export = requests.export(START, PREVIOUS, NOW, threading.Lock())

    assert len(export.body) / export.points < 600


def test_the_lock_is_held_for_one_point_at_a_time(wait):
    lock = mock.MagicMock()
    for number in range(10):
        wait.record((f"u{number}", 1), 0.5)
    wait.export(START, PREVIOUS, NOW, lock)

    names = [call[0] for call in lock.mock_calls]
    assert names == ["__enter__", "__exit__"] * 11


def test_recordings_during_exports_are_counted_once(wait):
    lock = threading.Lock()
    exports = []
    is_done = threading.Event()

    def record(who):
        for number in range(2000):
            with lock:
                wait.record((f"{who}{number % 50}", 1), 0.5)

    def export():
        while not is_done.is_set():
            exports.append(wait.export(START, PREVIOUS, NOW, lock))
            wait.settle(arrived=True)

    exporter = threading.Thread(target=export)
    recorders = [threading.Thread(target=record, args=(who,)) for who in "abc"]
    for thread in (exporter, *recorders):
        thread.start()
    for thread in recorders:
        thread.join()
    is_done.set()
    exporter.join()

    totals = [sum(point.count for point in decoded(export)[1]) for export in exports if export]
    assert totals == sorted(totals)
    assert sum(point.count for point in points_of(wait)) == 6000
    for export in filter(None, exports):
        assert all(point.count == sum(point.bucket_counts) for point in decoded(export)[1])


# --- secrets ------------------------------------------------------------------------------


def test_values_that_a_redaction_makes_equal_are_one_series():
    instrument = metrics.Instrument(
        CALLS, redact=lambda _who, value: "hidden" if "@" in str(value) else value
    )
    for who in ("a@example.com", "b@example.com", "a@example.com", "nobody"):
        instrument.add((who, 1), 1)
    _zero, hidden, _zero, other = points_of(instrument)

    assert (attributes(hidden), hidden.as_int) == ({"who": "hidden", "code": 1}, 3)
    assert (attributes(other), other.as_int) == ({"who": "nobody", "code": 1}, 1)

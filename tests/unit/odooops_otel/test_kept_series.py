"""Series of a counter that go on with another process: what is kept, and that they neither fall nor begin anew."""

import threading

import pytest
from odooops_otel.tools import kept_series, metrics, semconv
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

CALLS = semconv.Metric("odoo.calls", "counter", "{call}", "Calls.", ("who", "code"))
ROW = ["who", "code", 7]


@pytest.fixture
def calls():
    return metrics.Instrument(CALLS)


def points_of(instrument):
    """Those of an export of a process that started at 100: value and start."""
    export = instrument.export(100, 200, 300, threading.Lock())
    points = Metric.FromString(export.body).sum.data_points if export else ()
    return [(point.as_int, point.start_time_unix_nano) for point in points]


def test_a_series_goes_on_without_zero_and_from_the_beginning(calls):
    calls.since = 5
    kept_series.go_on(calls, [ROW])
    calls.add(("who", "code"), 1)
    calls.add(("who", "new"), 2)

    assert points_of(calls) == [(8, 5), (0, 5), (2, 5)]


def test_what_the_last_export_has_told_is_kept_and_nothing_else(calls):
    kept_series.go_on(calls, [ROW])
    assert kept_series.rows(calls) == [ROW]

    calls.add(("who", "code"), 1)
    calls.add(("who", "new"), 1)
    assert kept_series.rows(calls) == [ROW]
    points_of(calls)
    assert kept_series.rows(calls) == [["who", "code", 8], ["who", "new", 1]]


def test_only_so_many_series_are_kept_and_those_that_count_most(calls):
    for number in range(1, kept_series.MAX_SERIES + 3):
        calls.add(("who", f"{number:03}"), number)
    points_of(calls)
    rows = kept_series.rows(calls)

    assert len(rows) == kept_series.MAX_SERIES
    assert (rows[0], rows[-1]) == (["who", "102", 102], ["who", "003", 3])


@pytest.mark.parametrize(
    "foreign",
    [7, {}, [7], [["who", 7]], [["who", 3, 7]], [["who", "code", "7"]], [["who", "code", 0]], [ROW, None]],
)
def test_what_are_no_rows_of_the_counter_is_nothing(calls, foreign):
    kept_series.go_on(calls, foreign)

    assert points_of(calls) == []

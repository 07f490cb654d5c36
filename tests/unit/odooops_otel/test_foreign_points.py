"""Metrics of other libraries: no secret in an attribute, and no series twice."""

import pytest
from odooops_otel.tools import foreign_points
from odooops_otel.tools.redact import Policy
from opentelemetry.exporter.otlp.proto.common._internal import _encode_attributes
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1 import metrics_pb2 as pb

MAILS = [{"to": "a@example.com"}, {"to": "b@example.com"}, {"to": "nobody"}]


def sanitized(policy=None, **data):
    message = ExportMetricsServiceRequest()
    metric = message.resource_metrics.add().scope_metrics.add().metrics.add(name="shop.mails", **data)
    foreign_points.sanitize(message, *([policy] if policy else []))
    return getattr(metric, metric.WhichOneof("data")).data_points


def number(attributes, start=5, **value):
    return pb.NumberDataPoint(attributes=_encode_attributes(attributes), start_time_unix_nano=start, **value)


def labels(point):
    return {item.key: item.value.string_value for item in point.attributes}


def test_series_that_only_a_secret_told_apart_are_added_up():
    points = sanitized(sum=pb.Sum(data_points=[number(each, as_int=2) for each in MAILS]))

    assert [(labels(point), point.as_int) for point in points] == [
        ({"to": "REDACTED"}, 4),
        ({"to": "nobody"}, 2),
    ]


def test_whole_numbers_and_others_are_added_up():
    points = sanitized(sum=pb.Sum(data_points=[number(MAILS[0], as_int=2), number(MAILS[1], as_double=0.5)]))

    assert [point.as_double for point in points] == [2.5]


def test_histograms_are_added_up_bucket_by_bucket():
    given = [
        pb.HistogramDataPoint(
            attributes=_encode_attributes(each),
            explicit_bounds=[1],
            bucket_counts=[1, at],
            count=1 + at,
            sum=3,
            min=at,
            max=9 + at,
        )
        for at, each in enumerate(MAILS[:2])
    ]
    (point,) = sanitized(histogram=pb.Histogram(data_points=given))

    assert (list(point.bucket_counts), point.count, point.sum, point.min, point.max) == ([2, 1], 3, 6, 0, 10)


def test_of_states_one_is_left():
    points = sanitized(gauge=pb.Gauge(data_points=[number(each, as_int=at) for at, each in enumerate(MAILS)]))

    assert [point.as_int for point in points] == [0, 2]


def test_what_has_no_secret_stays_as_it_is():
    points = sanitized(
        gauge=pb.Gauge(data_points=[number({"a": "x", "n": 3}, as_int=7), number({}, as_int=8)])
    )

    assert [point.as_int for point in points] == [7, 8]
    assert {item.key: item.value.int_value for item in points[0].attributes if item.key == "n"} == {"n": 3}


def test_exemplars_and_names_of_the_site_are_redacted():
    exemplar = pb.Exemplar(filtered_attributes=_encode_attributes({"who": "a@example.com"}))
    point = number({"tenant": "acme"}, as_int=1)
    point.exemplars.append(exemplar)
    (found,) = sanitized(Policy(names=("tenant",)), sum=pb.Sum(data_points=[point]))

    assert labels(found) == {"tenant": "REDACTED"}
    assert found.exemplars[0].filtered_attributes[0].value.string_value == "REDACTED"


@pytest.mark.parametrize("data", [{}, {"gauge": pb.Gauge()}])
def test_a_metric_without_points_is_left_alone(data):
    message = ExportMetricsServiceRequest()
    message.resource_metrics.add().scope_metrics.add().metrics.add(name="shop.mails", **data)
    before = message.SerializeToString()
    foreign_points.sanitize(message)

    assert message.SerializeToString() == before

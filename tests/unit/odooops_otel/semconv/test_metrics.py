"""Metrics follow the conventions: OpenTelemetry's where there is one, its rules for naming where there is none."""

import re
from collections import Counter

import conventions
import pytest
from odooops_otel.tools import semconv
from opentelemetry.semconv._incubating.attributes import db_attributes, rpc_attributes
from opentelemetry.semconv._incubating.attributes.http_attributes import HttpRequestMethodValues
from opentelemetry.semconv._incubating.metrics import rpc_metrics
from opentelemetry.semconv.metrics import db_metrics, http_metrics

UNIT = re.compile(r"s|By|\{[a-z_]+\}")


def of_each(test):
    return pytest.mark.parametrize("metric", semconv.METRICS, ids=lambda metric: metric.name)(test)


@of_each
def test_a_name_is_lower_case_with_dots_between_namespaces(metric):
    assert conventions.NAME.fullmatch(metric.name)


@of_each
def test_a_metric_says_what_it_measures_and_holds_no_unit_in_its_name(metric):
    assert metric.kind in ("histogram", "counter", "updowncounter", "gauge")
    assert UNIT.fullmatch(metric.unit)
    assert re.fullmatch(r"[A-Z].*[^.]\.", metric.description)
    assert not re.search(r"total|seconds|bytes|milli|_ms\b", metric.name)
    assert len(metric.attributes) <= 10
    assert len(set(metric.attributes)) == len(metric.attributes)


@of_each
def test_what_a_metric_is_told_apart_by_is_declared(metric):
    assert set(metric.attributes) <= {attribute.name for attribute in semconv.ATTRIBUTES}


@of_each
def test_a_histogram_has_bounds_that_rise_and_nothing_else_has_any(metric):
    assert bool(metric.bounds) == (metric.kind == "histogram")
    assert list(metric.bounds) == sorted(set(metric.bounds))


@of_each
def test_a_metric_is_as_stable_as_the_conventions_say(metric):
    assert metric.stability == conventions.stability(
        metric.name, conventions.STABLE_METRICS, conventions.METRICS
    )
    assert metric.name.startswith(conventions.OURS) == (metric.stability == "odooops")


def test_a_name_is_declared_once():
    counts = Counter(metric.name for metric in semconv.METRICS)

    assert [name for name, count in counts.items() if count > 1] == []


def test_the_metrics_of_the_conventions_bear_their_names():
    assert semconv.HTTP_SERVER_REQUEST_DURATION.name == http_metrics.HTTP_SERVER_REQUEST_DURATION
    assert semconv.DB_CLIENT_OPERATION_DURATION.name == db_metrics.DB_CLIENT_OPERATION_DURATION
    assert semconv.RPC_SERVER_CALL_DURATION.name == rpc_metrics.RPC_SERVER_CALL_DURATION


def test_durations_have_the_bounds_of_the_conventions():
    http = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
    database = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)
    requests, operations = semconv.HTTP_SERVER_REQUEST_DURATION, semconv.DB_CLIENT_OPERATION_DURATION

    assert (requests.bounds, requests.unit) == (http, "s")
    assert (operations.bounds, operations.unit) == (database, "s")


def test_a_call_is_measured_as_a_request_is():
    assert semconv.RPC_SERVER_CALL_DURATION.bounds == semconv.HTTP_SERVER_REQUEST_DURATION.bounds
    required = {"rpc.system.name", "rpc.method", "error.type"}
    assert required <= set(semconv.RPC_SERVER_CALL_DURATION.attributes)


def test_the_systems_are_named_as_the_conventions_name_them():
    known = {value.value for value in rpc_attributes.RpcSystemNameValues}
    assert set(semconv.RPC_SYSTEMS.values()) - known == {"xmlrpc", "json2"}


def test_what_the_conventions_require_of_a_request_is_recorded():
    required = {"http.request.method", "url.scheme", "http.response.status_code", "http.route", "error.type"}

    assert required <= set(semconv.HTTP_SERVER_REQUEST_DURATION.attributes)


def test_the_methods_are_those_that_the_conventions_know():
    assert {method.value for method in HttpRequestMethodValues} - {"_OTHER"} == semconv.HTTP_METHODS


def test_the_database_is_named_as_the_conventions_name_it():
    assert db_attributes.DbSystemNameValues.POSTGRESQL.value == semconv.POSTGRESQL

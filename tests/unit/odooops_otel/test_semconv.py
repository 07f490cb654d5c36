"""Names follow the conventions: OpenTelemetry's where there is one, its rules for naming where there is none."""

import importlib
import pkgutil
import re
from collections import Counter

import opentelemetry.semconv._incubating.attributes
import opentelemetry.semconv.attributes
import pytest
from odooops_otel.tools import semconv
from opentelemetry.semconv._incubating.attributes import db_attributes, rpc_attributes
from opentelemetry.semconv._incubating.attributes.http_attributes import HttpRequestMethodValues
from opentelemetry.semconv._incubating.metrics import process_metrics, rpc_metrics
from opentelemetry.semconv.metrics import db_metrics, http_metrics

# https://opentelemetry.io/docs/specs/semconv/general/naming/
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)+")
UNIT = re.compile(r"s|By|\{[a-z]+\}")
OURS = ("odoo.", "odooops.")
ATTRIBUTES = {**semconv.RESOURCE_ATTRIBUTES, **semconv.SPAN_ATTRIBUTES}
METRIC_ATTRIBUTES = {attribute for metric in semconv.METRICS for attribute in metric.attributes}


def names_in(package):
    """The attributes that a package of the conventions declares."""
    return {
        value
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
        for name, value in vars(importlib.import_module(info.name)).items()
        if name.isupper() and isinstance(value, str)
    }


STABLE = names_in(opentelemetry.semconv.attributes)
KNOWN = STABLE | names_in(opentelemetry.semconv._incubating.attributes)


@pytest.mark.parametrize(
    "name", sorted({metric.name for metric in semconv.METRICS} | METRIC_ATTRIBUTES | ATTRIBUTES.keys())
)
def test_a_name_is_lower_case_with_dots_between_namespaces(name):
    assert NAME.fullmatch(name)


@pytest.mark.parametrize("metric", semconv.METRICS, ids=lambda metric: metric.name)
def test_a_metric_says_what_it_measures_and_holds_no_unit_in_its_name(metric):
    assert metric.kind in ("histogram", "counter", "gauge")
    assert UNIT.fullmatch(metric.unit)
    assert re.fullmatch(r"[A-Z].*[^.]\.", metric.description)
    assert not re.search(r"total|count$|seconds|bytes|milli|_ms\b", metric.name)
    assert len(metric.attributes) <= 10
    assert len(set(metric.attributes)) == len(metric.attributes)


@pytest.mark.parametrize("metric", semconv.METRICS, ids=lambda metric: metric.name)
def test_a_histogram_has_bounds_that_rise_and_nothing_else_has_any(metric):
    assert bool(metric.bounds) == (metric.kind == "histogram")
    assert list(metric.bounds) == sorted(set(metric.bounds))


def test_a_name_is_declared_once():
    assert [
        name for name, count in Counter(metric.name for metric in semconv.METRICS).items() if count > 1
    ] == []
    declared = {metric for metric in vars(semconv).values() if isinstance(metric, semconv.Metric)}
    assert declared == set(semconv.METRICS)


def test_a_name_is_ours_or_the_conventions():
    for name in METRIC_ATTRIBUTES | ATTRIBUTES.keys():
        assert name.startswith(OURS) != (name in KNOWN), name
    for metric in semconv.METRICS:
        assert metric.name.startswith(OURS) == (metric.stability == "odooops"), metric.name


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_attribute_is_as_stable_as_the_conventions_say(name):
    stability = "stable" if name in STABLE else "development" if name in KNOWN else "odooops"

    assert ATTRIBUTES[name] == stability


def test_an_event_is_ours_or_the_conventions():
    assert NAME.fullmatch(semconv.RETRY_EVENT)
    assert semconv.RETRY_EVENT.startswith(OURS)
    assert semconv.EXCEPTION_EVENT == "exception"


def test_the_metrics_of_the_conventions_bear_their_names():
    assert semconv.HTTP_SERVER_REQUEST_DURATION.name == http_metrics.HTTP_SERVER_REQUEST_DURATION
    assert semconv.HTTP_CLIENT_REQUEST_DURATION.name == http_metrics.HTTP_CLIENT_REQUEST_DURATION
    assert semconv.DB_CLIENT_OPERATION_DURATION.name == db_metrics.DB_CLIENT_OPERATION_DURATION
    assert semconv.RPC_SERVER_CALL_DURATION.name == rpc_metrics.RPC_SERVER_CALL_DURATION
    assert semconv.PROCESS_CPU_TIME.name == process_metrics.PROCESS_CPU_TIME
    assert semconv.PROCESS_MEMORY_USAGE.name == process_metrics.PROCESS_MEMORY_USAGE
    assert {metric.name: metric.stability for metric in semconv.METRICS if metric.stability != "odooops"} == {
        "http.client.request.duration": "stable",
        "http.server.request.duration": "stable",
        "db.client.operation.duration": "stable",
        "process.cpu.time": "development",
        "process.memory.usage": "development",
        "rpc.server.call.duration": "release_candidate",
    }


def test_durations_have_the_bounds_of_the_conventions():
    http = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
    database = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)

    assert (semconv.HTTP_SERVER_REQUEST_DURATION.bounds, semconv.HTTP_SERVER_REQUEST_DURATION.unit) == (
        http,
        "s",
    )
    assert (semconv.DB_CLIENT_OPERATION_DURATION.bounds, semconv.DB_CLIENT_OPERATION_DURATION.unit) == (
        database,
        "s",
    )


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


# https://github.com/prometheus/otlptranslator#readme and the specification linked in semconv.py
@pytest.mark.parametrize(
    ("metric", "name"),
    [
        (semconv.HTTP_SERVER_REQUEST_DURATION, "http_server_request_duration_seconds"),
        (semconv.DB_CLIENT_OPERATION_DURATION, "db_client_operation_duration_seconds"),
        (semconv.PROCESS_CPU_TIME, "process_cpu_time_seconds_total"),
        (semconv.PROCESS_MEMORY_USAGE, "process_memory_usage_bytes"),
        (semconv.REQUEST_SQL_STATEMENTS, "odoo_request_sql_statements_total"),
        (semconv.TELEMETRY_DROPPED, "odooops_telemetry_dropped_total"),
        (semconv.TELEMETRY_QUEUE_LENGTH, "odooops_telemetry_queue_length"),
        (semconv.TELEMETRY_OVERFLOW, "odooops_telemetry_cardinality_overflow_total"),
    ],
)
def test_a_metric_has_the_name_that_prometheus_gives_it(metric, name):
    assert semconv.prometheus_name(metric) == name


def test_every_metric_has_a_name_of_its_own_in_prometheus():
    names = [semconv.prometheus_name(metric) for metric in semconv.METRICS]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) and "__" not in name for name in names)


def test_a_unit_that_prometheus_spells_in_another_way_is_not_guessed():
    with pytest.raises(KeyError):
        semconv.prometheus_name(semconv.Metric("odoo.wait", "gauge", "ms", "Wait."))

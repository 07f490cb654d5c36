"""The name that Prometheus gives a metric."""

import re

import pytest
from odooops_otel.tools import semconv


# https://github.com/prometheus/otlptranslator#readme and the specification linked in declaration.py
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

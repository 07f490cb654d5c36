"""Metrics of processes bear the names of the conventions."""

from odooops_otel.tools import semconv
from opentelemetry.semconv._incubating.metrics import process_metrics


def test_the_metrics_of_the_conventions_bear_their_names():
    assert semconv.PROCESS_CPU_TIME.name == process_metrics.PROCESS_CPU_TIME
    assert semconv.PROCESS_MEMORY_USAGE.name == process_metrics.PROCESS_MEMORY_USAGE

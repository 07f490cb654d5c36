"""What is declared of statements: few attributes on a metric, and each finding of a trace on spans or events."""

import pytest
from odooops_otel.tools import semconv
from odooops_otel.tools.semconv import sql

METRICS = [value for value in vars(sql).values() if isinstance(value, semconv.Metric)]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_of_statements_is_told_apart_by_few_attributes(metric):
    assert metric in semconv.METRICS
    assert len(metric.attributes) <= 3


def test_findings_are_on_spans_and_events_alone():
    assert {signal for attribute in sql.DIAGNOSIS for signal in attribute.signals} == {"span", "event"}
    assert set(sql.DIAGNOSIS) <= set(semconv.ATTRIBUTES)

"""What is declared of the parts of Odoo is told apart by database, and by few things besides."""

import pytest
from odooops_otel.tools import semconv
from odooops_otel.tools.semconv import coverage

METRICS = [value for value in vars(coverage).values() if isinstance(value, semconv.Metric)]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_of_a_part_of_odoo_is_told_apart_by_few_attributes(metric):
    assert metric in semconv.METRICS
    assert len(metric.attributes) <= 4

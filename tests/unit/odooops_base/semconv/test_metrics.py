"""Metrics are named by the rules of the conventions, and by no name of the recorder."""

import re

import conventions
import pytest
from odooops_base.tools import semconv
from odooops_otel.tools import semconv as recorder

# The one that tells databases apart has its meaning from the conventions, and is declared by the recorder.
SHARED = {"db.namespace"}


@pytest.mark.parametrize("metric", semconv.METRICS, ids=lambda metric: metric.name)
def test_a_metric_says_what_it_measures_and_holds_no_unit_in_its_name(metric):
    assert conventions.NAME.fullmatch(metric.name)
    assert metric.name.startswith("odooops.")
    assert metric.stability == "odooops"
    assert metric.kind in ("histogram", "counter", "gauge")
    assert re.fullmatch(r"s|By|\{[a-z_]+\}", metric.unit)
    assert re.fullmatch(r"[A-Z].*[^.]\.", metric.description)
    assert bool(metric.bounds) == (metric.kind == "histogram")
    assert list(metric.bounds) == sorted(set(metric.bounds))


@pytest.mark.parametrize("metric", semconv.METRICS, ids=lambda metric: metric.name)
def test_what_a_metric_is_told_apart_by_is_declared(metric):
    assert set(metric.attributes) <= {attribute.name for attribute in semconv.ATTRIBUTES} | SHARED


def test_no_name_is_declared_by_both_addons():
    ours, theirs = semconv.METRICS, recorder.METRICS

    assert not {metric.name for metric in ours} & {metric.name for metric in theirs}
    assert len({semconv.prometheus_name(metric) for metric in ours}) == len(ours)

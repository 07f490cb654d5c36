"""The form of a declaration is that of odooops_otel, which cannot import it from here."""

import dataclasses

import pytest
from odooops_base.tools import semconv
from odooops_otel.tools import semconv as recorder


def form(declared):
    return [(field.name, field.type, field.default) for field in dataclasses.fields(declared)]


@pytest.mark.parametrize("name", ["Metric", "Attribute"])
def test_both_addons_declare_in_the_same_form(name):
    assert form(getattr(semconv, name)) == form(getattr(recorder, name))


@pytest.mark.parametrize("metric", [*semconv.METRICS, *recorder.METRICS], ids=lambda metric: metric.name)
def test_both_addons_give_a_metric_the_same_name_in_prometheus(metric):
    assert semconv.prometheus_name(metric) == recorder.prometheus_name(metric)


def test_a_unit_that_prometheus_spells_in_another_way_is_not_guessed():
    with pytest.raises(KeyError):
        semconv.prometheus_name(semconv.Metric("odooops.wait", "gauge", "ms", "Wait."))

"""Metrics of processes are of the kind and unit that the conventions say."""

import pytest
from odooops_otel.tools import semconv
from opentelemetry.semconv._incubating.metrics import cpython_metrics, db_metrics, process_metrics


def convention(name):
    """Kind and unit of a metric, made by the conventions' own code."""

    class Meter:
        def __getattr__(self, method):
            return lambda name, **options: made.update(kind=method, name=name, **options)

    made = {}
    for module in (process_metrics, db_metrics, cpython_metrics):
        constants = {value: key for key, value in vars(module).items() if isinstance(value, str)}
        if name in constants:
            create = getattr(module, f"create_{constants[name].lower()}")
            create(Meter(), *([()] if "callbacks" in create.__code__.co_varnames else []))
    return made


KINDS = {
    "create_counter": "counter",
    "create_observable_counter": "counter",
    "create_up_down_counter": "updowncounter",
    "create_observable_up_down_counter": "updowncounter",
    "create_observable_gauge": "gauge",
    "create_histogram": "histogram",
}
KNOWN = [
    metric
    for metric in semconv.METRICS
    if metric.name.startswith(("process.", "cpython.", "db.client.connection."))
]


def test_there_are_such_metrics():
    assert {"process.cpu.time", "db.client.connection.count"} <= {metric.name for metric in KNOWN}


@pytest.mark.parametrize("metric", KNOWN, ids=lambda metric: metric.name)
def test_a_metric_of_the_conventions_is_of_their_kind_and_unit(metric):
    made = convention(metric.name)

    assert (metric.kind, metric.unit) == (KINDS[made["kind"]], made["unit"])

"""Measures by OpenTelemetry's API alone: without ``odooops_otel``, or another provider, nothing happens.

An instrument is made when it is first used: to ask for a meter when a module is loaded would start the SDK in every
process, also in those that measure nothing.
"""

import functools
import os
import threading
import time
from collections.abc import Iterator, Mapping

from opentelemetry import metrics

from .tools.semconv import Metric

SCOPE = "odooops_base"
# Seconds after which a process no longer tells a state that it has not looked at again: another may know better.
SHOWN_FOR = 900

_lock = threading.Lock()
# What gauges show: metric → attributes → (value, when it was looked at).
_states: dict[Metric, dict[tuple, tuple[float, float]]] = {}


def count(metric: Metric, amount: float, attributes: Mapping[str, str]) -> None:
    """Adds to a counter, or records in a histogram."""
    instrument = _instrument(metric, os.getpid())
    (instrument.record if metric.kind == "histogram" else instrument.add)(amount, attributes)


def show(metric: Metric, values: Mapping[tuple, float]) -> None:
    """What a gauge tells from now on: items of attributes, as a sorted tuple of pairs, → value.

    Read by the exporter without a look at the database. What is not shown again within SHOWN_FOR is told no more.
    """
    now = time.monotonic()
    with _lock:
        _states.setdefault(metric, {}).update({key: (value, now) for key, value in values.items()})
    _instrument(metric, os.getpid())


@functools.cache
def _instrument(metric: Metric, _pid: int):
    """The instrument of this process: what the prefork master had is not the workers'."""
    meter = metrics.get_meter(SCOPE)
    options = {"unit": metric.unit, "description": metric.description}
    if metric.kind == "histogram":
        return meter.create_histogram(
            metric.name, explicit_bucket_boundaries_advisory=list(metric.bounds), **options
        )
    if metric.kind == "gauge":
        return meter.create_observable_gauge(metric.name, [functools.partial(_observe, metric)], **options)
    return meter.create_counter(metric.name, **options)


def _observe(metric: Metric, _options: metrics.CallbackOptions) -> Iterator[metrics.Observation]:
    oldest = time.monotonic() - SHOWN_FOR
    with _lock:
        shown = [(key, value) for key, (value, at) in _states.get(metric, {}).items() if at >= oldest]
    for key, value in shown:
        yield metrics.Observation(value, dict(key))

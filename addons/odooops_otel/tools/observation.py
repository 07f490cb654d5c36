"""Values that are looked at when an export is due, as OTLP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from . import otlp
from .metrics import Export, Key
from .semconv import Metric


class Observation(NamedTuple):
    """Values that are kept elsewhere (by the operating system, in a file), as they are now.

    ``since``: when they began to count, in ns since the epoch; gauges have no beginning.
    """

    metric: Metric
    values: Mapping[Key, float]
    since: int = 0


def redacted(
    observation: Observation, redact: Callable[[str, str | int | None], str | int | None]
) -> Observation:
    """The same with values as they may be shown. Series that were told apart by nothing else become one: counts are
    added up, of states the greatest is left.

    :param redact: what is shown of an attribute's value, by its name
    """
    metric, values, since = observation
    found: dict[Key, float] = {}
    for key, value in values.items():
        shown = tuple(redact(name, part) for name, part in zip(metric.attributes, key, strict=True))
        if shown not in found:
            found[shown] = value
        else:
            found[shown] = max(found[shown], value) if metric.kind == "gauge" else found[shown] + value
    return Observation(metric, found, since)


def unchanged(
    observation: Observation, redact: Callable[[str, str | int | None], str | int | None]
) -> Observation:
    """The same without the series that would be shown in another way: they were told before a rule was made."""
    metric, values, since = observation
    shown = {
        key: value
        for key, value in values.items()
        if all(redact(name, part) == part for name, part in zip(metric.attributes, key, strict=True))
    }
    return Observation(metric, shown, since)


def export(observation: Observation, time: int, *, is_last: bool = False) -> Export | None:
    """An observation as an OTLP ``Metric``, or None without values.

    :param is_last: the process ends. What describes its state (all but counters) is said to have no value any
        more, so that Prometheus ends the series at once instead of repeating its last value for five minutes.
    """
    metric, values, since = observation
    if not values:
        return None
    has_ended = is_last and metric.kind != "counter"
    bodies = [
        otlp.number_point(
            None if has_ended else value,
            since,
            time,
            otlp.attributes(7, zip(metric.attributes, key, strict=True)),
        )
        for key, value in values.items()
    ]
    head = metric.name, metric.description, metric.unit, bodies
    body = (
        otlp.gauge(*head) if metric.kind == "gauge" else otlp.sum_(*head, monotonic=metric.kind == "counter")
    )
    return Export(body, len(bodies))

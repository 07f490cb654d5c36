"""What a declaration says: metrics, attributes, span names and events."""

from __future__ import annotations

import dataclasses
import re

# By this is told whose telemetry it is.
DATABASE = "db.namespace"
# What an example tells of the type of its attribute
_FORMS = (
    ("int", re.compile(r"-?\d+")),
    ("double", re.compile(r"-?\d+\.\d+")),
    ("boolean", re.compile(r"true|false")),
    ("string[]", re.compile(r"\[\".*\]")),
    ("double[]", re.compile(r"\[-?\d+\.\d.*\]")),
    ("int[]", re.compile(r"\[-?\d+.*\]")),
    ("string", re.compile(r".*")),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Metric:
    """One instrument: what it is called, what it measures, and what its points are told apart by.

    A counter only rises (a monotonic sum); an updowncounter is a sum that falls too, and may be added up
    over processes; a gauge is a state that means nothing when added up.
    """

    name: str
    kind: str  # histogram, counter, updowncounter, gauge
    unit: str
    description: str
    attributes: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    stability: str = "odooops"
    # Versions of the addon, as major.minor; docs/compatibility.md
    since: str = "1.0"
    deprecated: str = ""
    replaced_by: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: what it says, with an example, and on what it is found.

    ``signals`` holds resource, span, event, log, or metric; what a metric itself names need not repeat it.
    """

    name: str
    stability: str
    meaning: str
    example: str
    signals: tuple[str, ...] = ()
    # One of _FORMS; empty: as the example looks
    value_type: str = ""
    since: str = "1.0"
    deprecated: str = ""
    replaced_by: str = ""

    @property
    def type(self) -> str:
        return self.value_type or next(kind for kind, form in _FORMS if form.fullmatch(self.example))


@dataclasses.dataclass(frozen=True, slots=True)
class SpanName:
    """What spans are called: a pattern with the attributes it is made of in braces, and when there is one."""

    pattern: str
    kind: str  # server, client, internal, consumer
    stability: str
    meaning: str
    since: str = "1.0"
    deprecated: str = ""
    replaced_by: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """An event on a span, with its attributes."""

    name: str
    stability: str
    meaning: str
    attributes: tuple[str, ...] = ()
    since: str = "1.0"
    deprecated: str = ""
    replaced_by: str = ""


_PROMETHEUS_UNITS = {"s": "_seconds", "By": "_bytes"}


def prometheus_name(metric: Metric) -> str:
    """The name in Prometheus: dots to underscores, unit and ``_total`` as suffixes.

    OTLP to Prometheus, https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/;
    annotations such as ``{item}`` are no units.

    :raises KeyError: for a unit that no metric of ours has had so far
    """
    suffix = "" if metric.unit.startswith("{") else _PROMETHEUS_UNITS[metric.unit]
    total = "_total" if metric.kind == "counter" else ""
    return metric.name.replace(".", "_") + suffix + total

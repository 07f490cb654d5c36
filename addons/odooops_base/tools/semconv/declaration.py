"""What a declaration says, in the form of ``odooops_otel``.

A copy, because that addon is also loaded where this one is not and cannot import it; a test holds the two together.
"""

from __future__ import annotations

import dataclasses
import re

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
    """One instrument: what it is called, what it measures, and what its points are told apart by."""

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
    """One attribute: what it says, with an example, and on which signals it is."""

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


_PROMETHEUS_UNITS = {"s": "_seconds", "By": "_bytes"}


def prometheus_name(metric: Metric) -> str:
    """The name in Prometheus: dots to underscores, unit and ``_total`` as suffixes; KeyError for an unknown unit.

    https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
    """
    suffix = "" if metric.unit.startswith("{") else _PROMETHEUS_UNITS[metric.unit]
    total = "_total" if metric.kind == "counter" else ""
    return metric.name.replace(".", "_") + suffix + total

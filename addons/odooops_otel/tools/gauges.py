"""Business gauges: what a definition may say, and how groups of records become the series of a metric."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import NamedTuple

from . import semconv
from .redact import redact

PREFIX = "odoo.business."
# What a label of a gauge is called: the field that the records are told apart by.
LABEL_PREFIX = "odoo.field."
COUNT, SUM, AVERAGE, MIN, MAX = AGGREGATES = ("count", "sum", "avg", "min", "max")
MAX_LABELS = 3
# Series of one gauge; what is beyond is told as one, of which each label is OTHER.
MAX_SERIES = 50
MAX_LABEL_LENGTH = 100
MAX_DOMAIN_LENGTH = 2000
OTHER, NONE = "other", "none"

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)*")
_UNIT = re.compile(r"s|By|\{[a-zA-Z_]{1,30}\}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,62}")


class GaugeError(ValueError):
    """A definition cannot be used, or not be computed; the text says why."""


class Group(NamedTuple):
    """Records with the same labels: how many they are, of how many the field has a value, and its aggregate.

    ``total`` is the sum where an average is wanted: averages of groups cannot be put together.
    """

    labels: tuple[str, ...]
    count: int
    filled: int = 0
    total: float | None = None


def check_name(name: str) -> None:
    """Raises GaugeError for what is no name of a metric, behind the prefix that all gauges have."""
    if len(name) > 80 or not _NAME.fullmatch(name):
        raise GaugeError(
            f"name {name[:100]!r}: use lower-case letters, digits and underscores, with dots between the parts, such "
            "as sale.open_orders"
        )


def check_unit(unit: str) -> None:
    """Raises GaugeError for a unit that Prometheus would spell in a way of its own."""
    if not _UNIT.fullmatch(unit):
        raise GaugeError(
            f"unit {unit[:50]!r}: write s, By, or what is counted in braces, such as {{order}} or {{EUR}}"
        )


def metric(name: str, unit: str, description: str, labels: Iterable[str]) -> semconv.Metric:
    """The metric of a gauge; its last attribute is the database."""
    attributes = (*(LABEL_PREFIX + label for label in labels), semconv.DATABASE)
    return semconv.Metric(PREFIX + name, "gauge", unit, description, attributes)


def series_name(name: str, unit: str) -> str:
    """What the gauge is called in Prometheus."""
    return semconv.prometheus_name(metric(name, unit, "", ()))


def parse_labels(text: str) -> tuple[str, ...]:
    """The names of fields in a text that separates them by commas. Raises GaugeError."""
    names = tuple(filter(None, (name.strip() for name in (text or "").split(","))))
    if len(names) > MAX_LABELS or len(set(names)) < len(names):
        raise GaugeError(f"labels: name at most {MAX_LABELS} different fields")
    for name in names:
        if not _FIELD.fullmatch(name):
            raise GaugeError(f"labels: {name[:100]!r} is no name of a field")
    return names


def parse_domain(text: str) -> list:
    """The domain that a text writes out. Nothing is evaluated: what is no plain value is refused with GaugeError."""
    if len(text) > MAX_DOMAIN_LENGTH:
        raise GaugeError(f"domain: it has more than {MAX_DOMAIN_LENGTH} characters")
    try:
        domain = ast.literal_eval(text.strip() or "[]")
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        domain = None
    if not isinstance(domain, list):
        raise GaugeError(
            "domain: write a list of conditions with plain values, such as [('state', '=', 'draft')]; for dates "
            "Odoo reads texts such as 'today' and '-7d'"
        )
    return domain


def label_text(value: object) -> str:
    """A field's value as a label: one line, not long, without what must not leave the process."""
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return str(value).lower()
    text = redact(" ".join(str(value).split()))
    return text[:MAX_LABEL_LENGTH] or NONE


def fold(
    groups: Iterable[Group], aggregate: str, limit: int = MAX_SERIES
) -> list[tuple[tuple[str, ...], float]]:
    """Labels and value of each series, the largest groups first; what is beyond ``limit`` is one of them."""
    merged: dict[tuple[str, ...], Group] = {}
    for group in groups:
        # Two records may have the same name, and long names the same beginning.
        _add(merged, group.labels, group, aggregate)
    ordered = sorted(merged.values(), key=lambda group: (-group.count, group.labels))
    kept = {group.labels: group for group in ordered[:limit]}
    for group in ordered[limit:]:
        _add(kept, (OTHER,) * len(group.labels), group, aggregate)
    values = ((group.labels, _value(group, aggregate)) for group in kept.values())
    return [(labels, value) for labels, value in values if value is not None]


def _add(groups: dict[tuple[str, ...], Group], labels: tuple[str, ...], group: Group, aggregate: str) -> None:
    found = groups.get(labels, Group(labels, 0))
    totals = [total for total in (found.total, group.total) if total is not None]
    combine = {MIN: min, MAX: max}.get(aggregate, sum)
    groups[labels] = Group(
        labels, found.count + group.count, found.filled + group.filled, combine(totals) if totals else None
    )


def _value(group: Group, aggregate: str) -> float | None:
    """None where there is nothing to be said: the average of no record."""
    if aggregate == COUNT:
        return group.count
    if aggregate == SUM:
        return group.total or 0.0
    if aggregate == AVERAGE:
        return group.total / group.filled if group.filled and group.total is not None else None
    return group.total

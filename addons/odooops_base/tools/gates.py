"""Health gates: from a PromQL query and Prometheus' answer to a verdict.

https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Sequence
from typing import NamedTuple

from .promql import GateError, KindError, place

COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
# $1 of label_replace() and the end of a regular expression, "$", are PromQL's own.
_PLACEHOLDER = re.compile(r"\$([A-Za-z_]\w*)")
# The shortest range in which two exports lie for sure.
SHORTEST_WINDOW = 60


class Sample(NamedTuple):
    """One value, with the labels of its series."""

    labels: dict[str, str]
    value: float


class Verdict(NamedTuple):
    """Whether the gate is passed; ``worst`` is what decided, None when there was no data."""

    is_passed: bool
    worst: Sample | None


def window(seconds: float, limit: int) -> int:
    """Seconds to look back: since the deployment began, at least a minute, at most the gate's own window."""
    return max(SHORTEST_WINDOW, min(round(seconds), limit))


def render(query: str, environment: str, seconds: int) -> str:
    """The query with ``$environment`` (inside of quotes) and ``$window`` (a duration) filled in."""
    return _fill(query, {"environment": _escape(environment), "window": f"{seconds}s"})


def stand_in(query: str) -> str:
    """The query with something as long in place of each placeholder: what is wrong with it keeps its place."""
    return _fill(query, {"environment": "_" * len("$environment"), "window": f"{SHORTEST_WINDOW:06}s"})


def _fill(query: str, values: dict[str, str]) -> str:
    def value(match: re.Match) -> str:
        if match[1] not in values:
            where = place(query, match.start())
            raise GateError(f"{where}: {match[0]} is not known; use $environment and $window")
        return values[match[1]]

    return _PLACEHOLDER.sub(value, query)


def _escape(text: str) -> str:
    """As in a string of PromQL: no quote ends it."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")
    return text.replace("`", "").replace("\n", "\\n")


def read_answer(document: object) -> list[Sample]:
    """The values in Prometheus' answer. Raises GateError with what Prometheus says, or that it is no such answer."""
    if not isinstance(document, dict) or document.get("status") not in ("success", "error"):
        raise GateError("this is no answer of Prometheus")
    if document["status"] == "error":
        raise GateError(str(document.get("error", "Prometheus refused the query"))[:500])
    try:
        return _read_data(document["data"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        if isinstance(error, GateError):
            raise
        raise GateError("this is no answer of Prometheus") from None


def is_failure(document: object) -> bool:
    """Whether the answer says nothing of how the query is written: it is none of Prometheus', or tells another error.

    https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview
    """
    status = document.get("status") if isinstance(document, dict) else None
    return status != "success" and (status != "error" or document.get("errorType") != "bad_data")


def _read_data(data: dict) -> list[Sample]:
    kind, result = data["resultType"], data["result"]
    if kind == "scalar":
        return [Sample({}, float(result[1]))]
    if kind != "vector":
        raise KindError(kind)
    return [Sample(dict(entry["metric"]), float(entry["value"][1])) for entry in result]


def judge(samples: Sequence[Sample], comparison: str, threshold: float, *, passes_without: bool) -> Verdict:
    """Each value has to be as compared; the one farthest from it decides. NaN, as of 0 / 0, is no data."""
    numbers = [sample for sample in samples if not math.isnan(sample.value)]
    if not numbers:
        return Verdict(passes_without, None)
    find = max if comparison.startswith("<") else min
    worst = find(numbers, key=lambda sample: sample.value)
    return Verdict(COMPARISONS[comparison](worst.value, threshold), worst)


def series_text(labels: dict[str, str]) -> str:
    """The labels as PromQL writes them; empty for none."""
    pairs = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    return f"{{{pairs}}}" if pairs else ""

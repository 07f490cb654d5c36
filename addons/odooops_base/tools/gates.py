"""Health gates: from a PromQL query and Prometheus' answer to a verdict.

https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Sequence
from typing import NamedTuple

COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
# $1 of label_replace() and the end of a regular expression, "$", are PromQL's own.
_PLACEHOLDER = re.compile(r"\$([A-Za-z_]\w*)")
# What has something open at its end, or closes what is not: strings, comments and brackets of PromQL.
_TEXT = r"""(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|#[^\n]*)"""
_TOKEN = re.compile(rf"""{_TEXT}|["'`()\[\]{{}}]""")
_CLOSING = {")": "(", "]": "[", "}": "{"}
# The shortest range in which two exports lie for sure.
SHORTEST_WINDOW = 60


class GateError(ValueError):
    """The query or the answer cannot be used; the text says why."""


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


def check(query: str) -> None:
    """Raises GateError for a query whose brackets or quotes do not fit together, which no Prometheus can read."""
    opened: list[str] = []
    for token in _TOKEN.finditer(query):
        sign = token[0]
        if token["text"]:
            continue
        if sign in "([{":
            opened.append(sign)
        elif sign not in _CLOSING:
            raise GateError(f"{sign} opens a text that is not closed")
        elif not opened or opened.pop() != _CLOSING[sign]:
            raise GateError(f"{sign} closes what is not open")
    if opened:
        raise GateError(f"{opened[-1]} is opened and not closed")


def render(query: str, environment: str, seconds: int) -> str:
    """The query with ``$environment`` (inside of quotes) and ``$window`` (a duration) filled in."""
    values = {"environment": _escape(environment), "window": f"{seconds}s"}

    def fill(match: re.Match) -> str:
        if match[1] not in values:
            raise GateError(f"{match[0]} is not known; use $environment and $window")
        return values[match[1]]

    return _PLACEHOLDER.sub(fill, query)


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


def _read_data(data: dict) -> list[Sample]:
    kind, result = data["resultType"], data["result"]
    if kind == "scalar":
        return [Sample({}, float(result[1]))]
    if kind != "vector":
        raise GateError(f"the query gives a {kind}; write one that gives a number for each series")
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

"""From what was measured to the figures of the table: pure, no Odoo."""

from __future__ import annotations

import dataclasses
import functools
import statistics
from collections.abc import Iterable, Mapping, Sequence

import estimate
import report

row = functools.partial(report.row, "overhead")
# Goals: µs a request and µs a statement; % of the request's CPU; times cheaper than the stock instrumentation.
SELF_TIMED = (50, 1)
BACKGROUND = (60, 4)
SHARE = {"default": 1.0, "100 %": 2.0, "100 %, every statement": 2.0, "100 %, every statement, gzip": 2.0}
# The goal of all requests kept, where a request takes less than as many ms.
SMALL, SHARE_OF_SMALL = 3.0, 3.0
CHEAPER = 10


@dataclasses.dataclass(frozen=True)
class Measured:
    """One variant of one workload, in seconds of a request.

    :param cpu: of the request thread, for each request
    :param background: CPU of the variant's own threads
    :param self_timed: None where the variant does not tell
    """

    variant: str
    cpu: Sequence[float]
    background: float | None = None
    self_timed: float | None = None


def rows(
    workload: str, statements: float | None, off: Sequence[float], measured: Iterable[Measured]
) -> list[dict]:
    """The rows of a workload.

    :param statements: of a request; None where none of ours is among the variants, which count them
    :param off: CPU of its requests without telemetry
    """
    result = []
    if statements is not None:
        labels = {"workload": workload, "variant": "off"}
        result.append(row("CPU without", statistics.median(off) * 1e3, "ms", samples=len(off), **labels))
        result.append(row("SQL", statements, "", **labels))
    for each in measured:
        result += _variant(workload, statements, off, each)
    return result


def _variant(workload: str, statements: float | None, off: Sequence[float], each: Measured) -> list[dict]:
    labels = {"workload": workload, "variant": each.variant}
    make = functools.partial(row, samples=len(each.cpu), **labels)
    added, half = estimate.difference(off, each.cpu)
    result = [make("A/B", added * 1e6, "µs", noise=half * 1e6)]
    if each.self_timed is not None:
        goal = SELF_TIMED[0] + SELF_TIMED[1] * statements
        result.append(make("self-timed", each.self_timed * 1e6, "µs", goal=goal))
    if each.background is not None:
        goal = None if each.self_timed is None else BACKGROUND[0] + BACKGROUND[1] * statements
        result.append(make("background", each.background * 1e6, "µs", goal=goal))
        base = statistics.median(off)
        share = cost(off, each) / base * 100
        result.append(make("share", share, "%", goal=_share_goal(each.variant, base * 1e3)))
    return result


def cost(off: Sequence[float], each: Measured) -> float:
    """Seconds that a request costs: in its thread (self-timed, else as A/B) and in the background."""
    in_thread = each.self_timed
    if in_thread is None:
        in_thread = statistics.median(each.cpu) - statistics.median(off)
    return in_thread + (each.background or 0.0)


def cheaper(workload: str, stock: float, others: dict[str, float]) -> list[dict]:
    """How many times cheaper than the stock instrumentation each of ours is, both costs in seconds."""
    return [
        row(
            "times cheaper", stock / own, "×", goal=CHEAPER, at_least=True, workload=workload, variant=variant
        )
        for variant, own in others.items()
        if variant in SHARE and own > 0
    ]


def _share_goal(variant: str, base: float) -> float | None:
    goal = SHARE.get(variant)
    return SHARE_OF_SMALL if goal == 2.0 and base < SMALL else goal


def lines(rows_: list[dict], exports: Mapping[str, Sequence[float]]) -> list[dict]:
    """Cost per request and per statement: the least-squares line through the workloads; and that of an export.

    :param exports: seconds of each export of metrics, by variant
    """
    statements = {r["labels"]["workload"]: r["value"] for r in rows_ if r["figure"] == "SQL"}
    result = []
    for variant in SHARE:
        labels = {"variant": variant}
        for figure, (fixed_goal, each_goal) in (("self-timed", SELF_TIMED), ("background", BACKGROUND)):
            found = [r for r in rows_ if r["labels"].get("variant") == variant and r["figure"] == figure]
            if len({statements[r["labels"]["workload"]] for r in found}) < 2:
                continue
            xs = [statements[r["labels"]["workload"]] for r in found]
            fixed, each = estimate.line(xs, [r["value"] for r in found])
            result.append(row(f"{figure} a request", fixed, "µs", goal=fixed_goal, **labels))
            result.append(row(f"{figure} a statement", each, "µs", goal=each_goal, **labels))
        if variant in exports:
            result.append(row("export of metrics", statistics.mean(exports[variant]) * 1e3, "ms", **labels))
    return result

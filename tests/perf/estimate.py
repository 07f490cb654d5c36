"""Medians, quantiles, their differences, and how sure we are of them."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Sequence


def difference(base: Sequence[float], other: Sequence[float], *, rounds: int = 400) -> tuple[float, float]:
    """Difference of medians (other less base) and the half-width of its 95 % interval.

    Percentile bootstrap: Efron & Tibshirani, An Introduction to the Bootstrap, ch. 13.
    """
    generator = random.Random(1)
    drawn = [
        statistics.median(generator.choices(other, k=len(other)))
        - statistics.median(generator.choices(base, k=len(base)))
        for _round in range(rounds)
    ]
    low, high = _interval(drawn)
    return statistics.median(other) - statistics.median(base), (high - low) / 2


def change(
    pairs: Sequence[tuple[Sequence[float], Sequence[float]]],
    statistic: Callable[[Sequence[float]], float],
    *,
    rounds: int = 400,
) -> tuple[float, float, float]:
    """Relative change of a statistic from base to other in %, and its 95 % interval (low, high).

    What is drawn anew are blocks, each of them a base and another measured one after the other, since
    requests that ran at the same time share what the machine did then: a block bootstrap, ch. 8.

    :param pairs: (base, other) of each block
    """
    generator = random.Random(1)
    drawn = [_change(generator.choices(pairs, k=len(pairs)), statistic) for _round in range(rounds)]
    return _change(pairs, statistic), *_interval(drawn)


def _change(pairs: Sequence[tuple[Sequence[float], Sequence[float]]], statistic) -> float:
    base = statistic([value for block, _other in pairs for value in block])
    other = statistic([value for _base, block in pairs for value in block])
    return (other / base - 1) * 100


def _interval(drawn: list[float]) -> tuple[float, float]:
    """The middle 95 % of what was drawn."""
    drawn = sorted(drawn)
    return drawn[round(0.025 * len(drawn))], drawn[round(0.975 * len(drawn)) - 1]


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def line(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """Intercept and slope of the least-squares line: cost per request, cost per statement."""
    slope, intercept = statistics.linear_regression(xs, ys)
    return intercept, slope


def slope(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """Slope of the least-squares line, and the half-width of its 95 % interval (two standard errors)."""
    intercept, found = line(xs, ys)
    middle = statistics.mean(xs)
    residuals = sum((y - intercept - found * x) ** 2 for x, y in zip(xs, ys, strict=True))
    spread = sum((x - middle) ** 2 for x in xs)
    return found, 2 * math.sqrt(residuals / max(1, len(xs) - 2) / spread)

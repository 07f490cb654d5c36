"""Medians, their differences, and how sure we are of them."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence


def difference(base: Sequence[float], other: Sequence[float], *, rounds: int = 400) -> tuple[float, float]:
    """Difference of medians (other less base) and the half-width of its 95 % interval.

    Percentile bootstrap: Efron & Tibshirani, An Introduction to the Bootstrap, ch. 13.
    """
    generator = random.Random(1)
    drawn = sorted(
        statistics.median(generator.choices(other, k=len(other)))
        - statistics.median(generator.choices(base, k=len(base)))
        for _round in range(rounds)
    )
    low, high = drawn[round(0.025 * rounds)], drawn[round(0.975 * rounds) - 1]
    return statistics.median(other) - statistics.median(base), (high - low) / 2


def line(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """Intercept and slope of the least-squares line: cost per request, cost per statement."""
    slope, intercept = statistics.linear_regression(xs, ys)
    return intercept, slope

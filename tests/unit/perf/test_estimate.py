"""Estimates: known differences are found, and what is only noise is not."""

import random
import statistics

import estimate
import pytest


def drawn(median: float, count: int, seed: int, spread: float = 1.0) -> list[float]:
    generator = random.Random(seed)
    return [generator.gauss(median, spread) for _ in range(count)]


def test_the_interval_of_a_difference_holds_the_true_one():
    found, half = estimate.difference(drawn(100, 400, 1), drawn(103, 400, 2))

    assert found - half <= 3 <= found + half
    assert half < 0.5


def test_a_variant_against_itself_differs_by_less_than_the_noise():
    found, half = estimate.difference(drawn(100, 400, 1), drawn(100, 400, 2))

    assert abs(found) <= half


def test_a_change_that_all_blocks_have_in_common_is_seen_through_what_the_machine_did_meanwhile():
    # Each round the machine is another one; within it the other is always 2 % slower.
    levels = [100, 300, 150, 220, 400, 110]
    pairs = [(drawn(level, 60, level), drawn(level * 1.02, 60, level + 1)) for level in levels]

    found, low, high = estimate.change(pairs, statistics.median)

    assert low <= 2 <= high
    assert low <= found <= high
    assert low > -5
    assert high < 5


def test_one_block_that_stood_still_makes_the_interval_wide():
    pairs = [(drawn(100, 50, n), drawn(100, 50, n + 50)) for n in range(4)]
    pairs.append((drawn(100, 50, 9), drawn(1000, 50, 10)))

    _found, low, high = estimate.change(pairs, lambda values: estimate.quantile(values, 0.99))

    assert low < 1
    assert high > 100


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_a_quantile_is_a_value_of_the_sample(share, expected):
    assert estimate.quantile(list(range(100, 0, -1)), share) == expected


def test_the_line_through_workloads_gives_the_cost_of_a_request_and_of_a_statement():
    assert estimate.line([3, 7, 95], [23, 27, 115]) == pytest.approx((20, 1))


def test_memory_that_only_wavers_has_a_slope_within_its_interval():
    counts = list(range(100, 2100, 100))
    wavering, half = estimate.slope(counts, drawn(1e6, 20, 4, spread=4096))
    leaking, narrow = estimate.slope(counts, [1e6 + 100 * count for count in counts])

    assert abs(wavering) <= half
    assert (leaking, narrow) == pytest.approx((100, 0), abs=1e-6)

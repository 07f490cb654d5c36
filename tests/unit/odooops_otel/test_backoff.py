"""Waiting grows, is spread, ends somewhere, and obeys the receiver."""

import math

import pytest
from odooops_otel.tools import backoff


def test_the_wait_doubles_from_one_second_to_thirty():
    assert [backoff.delay(attempt, 0.999999) for attempt in range(1, 8)] == pytest.approx(
        [1, 2, 4, 8, 16, 30, 30], rel=1e-4
    )


@pytest.mark.parametrize("attempt", [1, 2, 5, 6, 100, 10**9])
def test_jitter_spreads_the_wait_over_its_upper_half(attempt):
    longest = min(30, 2 ** min(attempt - 1, 10))

    assert backoff.delay(attempt, 0.0) == longest / 2
    assert backoff.delay(attempt, 0.5) == longest * 0.75
    assert backoff.delay(attempt, 0.999999) < longest


@pytest.mark.parametrize(
    ("asked", "wait"), [(0, 0), (0.5, 0.5), (7, 7), (300, 300), (301, 300), (math.inf, 300), (-5, 0)]
)
def test_what_the_receiver_asks_for_is_obeyed_up_to_five_minutes(asked, wait):
    assert backoff.delay(1, 0.5, asked) == wait
    assert backoff.delay(9, 0.0, asked) == wait


def test_a_wait_that_is_no_number_is_as_if_nothing_had_been_asked_for():
    assert backoff.delay(1, 0.5, math.nan) == backoff.delay(1, 0.5)


def test_what_the_specification_calls_retryable_is_tried_again():
    assert {429, 502, 503, 504} == backoff.RETRYABLE_STATUS

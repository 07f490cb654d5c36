"""How long API keys live, and which will soon stop working."""

from datetime import datetime, timedelta

import pytest
from odooops_base.tools import keys

NOW = datetime.fromisoformat("2026-11-25T12:00:00")


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (None, "valid"),
        (timedelta(days=15), "valid"),
        (timedelta(days=14, seconds=1), "valid"),
        (timedelta(days=14), "expiring"),
        (timedelta(0), "expiring"),
        (timedelta(seconds=-1), "expired"),
    ],
)
def test_a_key_is_said_to_expire_two_weeks_before_it_does(left, state):
    assert keys.state(None if left is None else NOW + left, NOW) == state


@pytest.mark.parametrize(("days", "allowed"), [(1, True), (90, True), (91, False), (0, False), (-5, False)])
def test_a_key_lives_at_least_a_day_and_at_most_as_long_as_the_policy_says(days, allowed):
    assert keys.is_lifetime(days, 90) is allowed


@pytest.mark.parametrize("days", [True, "30", 1.5, None, [30]])
def test_what_is_no_number_of_days_is_none(days):
    assert not keys.is_lifetime(days, 90)


def test_a_use_is_noted_once_an_hour():
    noted = [at for at in range(0, 3 * 3600, 60) if keys.is_due(None if at == 0 else at // 3600 * 3600, at)]
    assert noted == [0]
    assert [keys.is_due(1000.0, 1000.0 + later) for later in (0, 3599, 3600, 7200)] == [
        False,
        False,
        True,
        True,
    ]

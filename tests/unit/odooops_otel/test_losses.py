"""What a slot passes on of what was lost: of late, by reason, and not more than a list of minutes."""

from odooops_otel.tools import losses

MINUTE = 60 * losses.SECOND
NOW = 1_000_000 * MINUTE


def loss(minutes, items=1, reason=losses.KILLED):
    """So many minutes ago."""
    return {"at": NOW - int(minutes * MINUTE), "items": items, "reason": reason}


def test_what_was_lost_more_than_a_quarter_of_an_hour_ago_is_history():
    assert losses.recent([loss(14.99), loss(15)], NOW) == [loss(14.99)]
    assert losses.remember([loss(15), loss(14.99)], NOW) == [loss(14.99)]


def test_losses_of_a_minute_and_a_reason_are_one_with_the_last_moment():
    found = losses.remember([loss(1.75, 2), loss(1.25, 3), loss(1.5, 5, losses.SHUTDOWN), loss(0.5, 7)], NOW)

    assert found == [loss(1.25, 5), loss(1.5, 5, losses.SHUTDOWN), loss(0.5, 7)]


def test_a_process_that_is_killed_each_second_makes_no_long_list():
    found = []
    for second in range(2000):
        now = NOW + second * losses.SECOND
        found = losses.remember([*found, {"at": now, "items": 1, "reason": losses.KILLED}], now)

    assert len(found) <= 16
    # All of the window, and of its first minute what was lost just before
    assert 900 <= sum(each["items"] for each in found) < 960

"""A bucket of tokens lets so many pass in a minute, and after a pause no more than a minute's worth."""

from odooops_otel.tools.rate import TokenBucket


def taken(bucket, now, tries=1000):
    return sum(bucket.take(now) for _ in range(tries))


def test_a_minutes_worth_passes_at_once_and_nothing_after_it():
    bucket = TokenBucket(60, now=100.0)

    assert taken(bucket, 100.0) == 60
    assert not bucket.take(100.9)


def test_it_fills_evenly():
    bucket = TokenBucket(60, now=0.0)
    taken(bucket, 0.0)

    assert [taken(bucket, now) for now in (1.0, 1.5, 2.0, 12.0)] == [1, 0, 1, 10]


def test_after_a_long_pause_it_is_full_and_not_fuller():
    bucket = TokenBucket(60, now=0.0)

    assert taken(bucket, 86_400.0) == 60


def test_in_the_long_run_the_rate_is_kept():
    bucket = TokenBucket(7, now=0.0)
    passed = sum(bucket.take(step / 10) for step in range(36_000))  # ten tries a second for an hour

    assert 7 * 60 <= passed <= 7 * 60 + 7


def test_a_rate_of_nothing_lets_nothing_pass():
    assert not TokenBucket(0, now=0.0).take(1e9)


def test_a_clock_that_goes_back_gives_nothing_away():
    bucket = TokenBucket(60, now=100.0)
    taken(bucket, 100.0)

    assert taken(bucket, 0.0) == 0
    assert taken(bucket, 1.0) == 1

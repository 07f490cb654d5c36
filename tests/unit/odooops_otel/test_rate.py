"""A bucket of tokens lets so many pass in a minute, and after a pause no more than a minute's worth."""

from odooops_otel.tools.rate import TokenBucket, TokenBuckets


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


def test_each_key_has_a_bucket_of_its_own():
    buckets = TokenBuckets(2, 10)

    assert [buckets.take("anna", 0.0) for _try in range(3)] == [True, True, False]
    assert buckets.take("bert", 0.0)
    assert buckets.take("anna", 30.0)


def test_of_too_many_keys_the_one_not_asked_for_longest_is_forgotten():
    buckets = TokenBuckets(1, 2)
    for key in ("anna", "bert"):
        buckets.take(key, 0.0)
    buckets.take("anna", 0.0)
    buckets.take("carl", 0.0)

    assert not buckets.take("anna", 0.0)
    assert buckets.take("bert", 0.0)

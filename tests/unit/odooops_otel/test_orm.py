"""Work of the ORM is summed by operation and model."""

import pytest
from odooops_otel.tools import metrics, orm

STARTED = 100.0


WRITE, READ, FETCH = "write", "read", "fetch"


def sums(**seconds_by_model):
    """Calls that have written on models; twice on each, for a number of seconds together, one after the other."""
    calls, now = orm.Calls(), STARTED
    for model, seconds in seconds_by_model.items():
        half = now + seconds / 2
        calls += (WRITE, model, 2, now, half), (WRITE, model, 3, half, now + seconds)
        now += seconds
    return calls


def listed(*calls):
    """Calls of a record."""
    found = orm.Calls()
    found.extend(calls)
    return found


def own_times(*calls):
    """Own seconds by operation and model."""
    return {place: entry[2] for place, entry in listed(*calls).entries().items()}


def test_time_of_calls_within_a_call_is_theirs():
    assert own_times(
        (FETCH, "partner", 1, 11.0, 13.0), (WRITE, "product", 1, 14.0, 15.0), (READ, "partner", 1, 10.0, 20.0)
    ) == {("fetch", "partner"): 2.0, ("write", "product"): 1.0, ("read", "partner"): 7.0}


def test_calls_beside_each_other_take_nothing_from_each_other():
    assert own_times((FETCH, "a", 1, 1.0, 2.0), (READ, "b", 1, 2.5, 4.0)) == {
        ("fetch", "a"): 1.0,
        ("read", "b"): 1.5,
    }


def test_a_call_within_itself_is_counted_for_its_time_once():
    assert own_times((WRITE, "a", 1, 2.0, 4.0), (WRITE, "a", 1, 1.0, 5.0)) == {("write", "a"): 4.0}


def test_calls_that_are_summed_up_before_the_one_that_they_belong_to_are_still_its_parts():
    calls = orm.Calls()
    for number in range(20):
        began = 10.0 + number
        calls.append((FETCH, "a", 1, began, began + 0.5))
        calls.fold()
    calls.append((READ, "b", 20, 9.0, 40.0))

    assert calls.entries()[READ, "b"][2] == 31.0 - 20 * 0.5


def test_what_waits_for_its_caller_is_bounded():
    calls = orm.Calls()
    for number in range(100_000):
        calls.append((FETCH, "a", 1, 10.0 + number, 10.5 + number))
        calls.fold()
        assert len(calls._ended) <= orm.MAX_ENDED
    calls.append((READ, "b", 1, 9.0, 200_000.0))

    assert calls.entries()[READ, "b"][2] == 199_991.0 - 100_000 * 0.5


@pytest.mark.parametrize("before", [0, 1, 700, 10_000])
def test_a_call_that_many_went_before_has_its_own_time(before):
    calls = listed(*((FETCH, "a", 1, 0.01 * number, 0.01 * number + 0.009) for number in range(before)))
    calls.fold()
    began = 0.01 * before
    for number in range(5000):
        calls.append((WRITE, "b", 1, began + 0.01 * number, began + 0.01 * number + 0.009))
        calls.fold()
    calls.append((READ, "c", 1, began, began + 50.0))

    own, inner = 5.0, 45.0
    assert calls.entries()[READ, "c"][2] == pytest.approx(own, abs=inner / 16)


def test_a_clock_that_stands_still_lets_nothing_grow():
    calls = listed(*((FETCH, "a", 1, 10.0 - number, 10.0 - number) for number in range(5 * orm.MAX_ENDED)))
    calls.fold()

    assert len(calls._ended) <= orm.MAX_ENDED


def test_what_has_ended_holds_its_sums_alone():
    calls = listed((WRITE, "partner", 5, 1.0, 1.5))

    assert calls.entries()[WRITE, "partner"][:3] == [1, 5, 0.5]
    assert (len(calls), calls._ended) == (0, [])


def test_an_entry_lasts_from_the_first_beginning_to_the_last_end():
    calls = listed((WRITE, "a", 1, 2.0, 3.0), (WRITE, "a", 1, 1.0, 4.0))

    assert calls.entries()[WRITE, "a"][3:] == [1.0, 4.0]


@pytest.fixture
def counters():
    return orm.Counters(metrics.Instrument)


def totals(counters, model="partner", operation="write", database="shop"):
    return [instrument.points[model, operation, database].total for instrument in counters.instruments]


def test_calls_records_and_seconds_of_requests_add_up(counters):
    counters.add(sums(partner=0.25), "shop")
    counters.add(sums(partner=0.5), "shop")
    counters.tell()

    assert totals(counters) == [4, 10, 0.75]


def test_databases_are_told_apart(counters):
    counters.add(sums(partner=0.25), "shop")
    counters.add(sums(partner=0.5), "yard")
    counters.tell()

    assert totals(counters, database="yard") == [2, 5, 0.5]


def test_a_counter_does_not_fall_when_threads_shared_a_request(counters):
    calls = listed((FETCH, "a", 1, 1.0, 9.0), (READ, "partner", 1, 0.5, 2.0))
    counters.add(calls, "shop")
    counters.tell()

    assert totals(counters, operation="read")[2] == 0.0


def test_models_beyond_the_limit_are_one_of_their_operation():
    many = ((WRITE, f"model{number}", 1, float(number), number + 1.0) for number in range(orm.MAX_ENTRIES))
    calls = listed(*many, (WRITE, "another", 1, 9000.0, 9001.0), (WRITE, "yet another", 1, 9002.0, 9003.0))

    assert calls.entries()[WRITE, metrics.OTHER][:3] == [2, 2, 2.0]
    assert len(calls.entries()) == orm.MAX_ENTRIES + 1


def test_values_beyond_the_limit_of_a_metric_keep_being_counted_as_other(counters, monkeypatch):
    monkeypatch.setattr(metrics, "MAX_VALUES", 1)
    for _ in range(2):
        counters.add(sums(partner=0.5, product=0.25), "shop")
        counters.tell()

    assert totals(counters, model=metrics.OTHER) == [4, 10, 0.5]


def test_of_many_the_longest_are_told_in_the_order_in_which_they_began():
    many = {f"model{number}": 0.001 * (number + 1) for number in range(orm.MAX_SPANS + 2)}
    found = sums(**many).longest(0.001, orm.MAX_SPANS)

    assert [model for (_operation, model), _entry in found] == list(many)[2:]


def test_what_took_no_time_is_not_told():
    assert sums(partner=0.0009).longest(0.001, orm.MAX_SPANS) == []

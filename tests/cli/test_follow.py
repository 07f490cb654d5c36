"""Following: nothing twice, nothing lost, whatever comes late and whoever is away meanwhile."""

import itertools

import pytest

from odooops.follow import Source, _Seen, follow
from odooops.web import Refused, Unreachable


class Store:
    """Items that are their own time; each round adds some, or is one in which nobody answers."""

    def __init__(self, *rounds):
        self.rounds, self.kept, self.asked = iter(rounds), [], []

    def ask(self, since):
        self.asked.append(since)
        new = next(self.rounds)
        if isinstance(new, Exception):
            raise new
        self.kept += new
        return sorted(item for item in self.kept if item >= since)


def followed(store, number, overlap=10.0, **options):
    source = Source(store.ask, time=float, key=lambda item: item, overlap=overlap, interval=1)
    return list(itertools.islice(follow(source, 0.0, sleep=lambda _seconds: None, **options), number))


def test_each_item_comes_once():
    assert followed(Store([1, 2], [3], [], [4]), 4) == [1, 2, 3, 4]


def test_what_is_stored_late_and_out_of_order_comes_too():
    store = Store([100], [95, 101], [92], [102])

    assert followed(store, 5) == [100, 95, 101, 92, 102]
    # Each question reaches back from the newest item that was seen, not from now.
    assert store.asked == [0.0, 90.0, 91.0, 91.0]


def test_what_is_forgotten_is_never_asked_for_again():
    store = Store([1], [50], [100], [101])

    assert followed(store, 4) == [1, 50, 100, 101]
    assert store.asked[-1] == 90.0


def test_a_server_that_goes_away_is_told_once_and_followed_on_without_a_loss():
    told = []
    store = Store([1], Unreachable("Loki does not answer"), Unreachable("Loki does not answer"), [2, 3])

    assert followed(store, 3, on_trouble=told.append) == [1, 2, 3]
    assert told == ["Loki does not answer; waiting for it"]


def test_a_server_that_never_answered_is_not_waited_for():
    with pytest.raises(Unreachable):
        followed(Store(Unreachable("nobody")), 1)


def test_a_refused_query_ends_it():
    with pytest.raises(Refused):
        followed(Store([1], Refused("bad", 400)), 2)


def test_of_a_long_answer_only_what_may_come_again_is_kept():
    seen = _Seen(0.0, overlap=10.0)
    most = 0
    for at in range(10_000):
        assert seen.is_new(at, float(at))
        most = max(most, len(seen._times))

    assert most == 21
    assert not seen.is_new(9_989, 9_989.0)


def test_what_a_server_gives_again_from_before_the_question_does_not_come_twice():
    """Tempo rounds the beginning of a period down to a second."""
    store = Store([100.5], [90.2], [], [101.0])
    ask = store.ask
    store.ask = lambda since: ask(float(int(since)))

    assert followed(store, 3) == [100.5, 90.2, 101.0]


class Growing:
    """Traces as (id, end); each round those of a question, one of which lasts longer and longer."""

    def __init__(self):
        self.end = 0

    def ask(self, since):
        self.end += 20
        return [("long", self.end), (f"short {self.end}", self.end)]


def test_what_grows_while_it_is_followed_comes_once():
    source = Source(
        Growing().ask, time=lambda item: item[1], key=lambda item: item[0], overlap=10, interval=1
    )

    found = itertools.islice(follow(source, 0.0, sleep=lambda _seconds: None), 5)

    assert [name for name, _end in found] == ["long", *(f"short {end}" for end in (20, 40, 60, 80))]


def test_what_is_older_than_was_asked_for_is_no_trouble():
    assert followed(Store([5]), 1) == [5]
    assert _Seen(100.0, overlap=10.0).is_new("older", 50.0)

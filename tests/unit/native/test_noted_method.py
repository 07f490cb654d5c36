"""Methods of models whose calls are noted, and their sums: what is compiled does as odooops_otel/tools/orm.py does."""

import contextvars
import functools
import inspect
import sys
import time
import tracemalloc

import odooops_native
import pytest
from odooops_otel.tools import metrics, orm


class Model:
    """As a model of Odoo's, as far as it is looked at."""

    _name = "partner"

    def __init__(self, *ids):
        self._ids = ids

    def __len__(self):
        return len(self._ids)

    def read(self, *fields, inner=(), error=None):
        """Returns what was read."""
        for each in inner:
            each.read()
        if error is not None:
            raise error
        return self


class Running:
    """A record."""

    def __init__(self, calls):
        self.orm = calls


current = contextvars.ContextVar("current", default=None)


@pytest.fixture
def faults():
    return []


@pytest.fixture
def noted(faults, monkeypatch):
    def make(counted):
        method = functools.wraps(Model.read)(
            odooops_native.NotedMethod(Model.read, "read", counted, current, faults.append)
        )
        monkeypatch.setattr(Model, "read", method)

    return make


@pytest.fixture(params=[orm.Calls, lambda: odooops_native.Calls(orm.MAX_ENTRIES, metrics.OTHER)])
def calls(request):
    found = request.param()
    token = current.set(Running(found))
    yield found
    current.reset(token)


RECORDS, FOUND, NOTHING = range(3)


@pytest.mark.parametrize(("counted", "records"), [(RECORDS, 2), (FOUND, 2), (NOTHING, 0)])
def test_a_compiled_method_notes_its_calls(noted, calls, counted, records):
    noted(counted)
    model = Model(1, 2)
    before = time.perf_counter()

    assert model.read("name", inner=()) is model
    after = time.perf_counter()
    [(place, entry)] = calls.entries().items()

    assert (place, entry[:2]) == (("read", "partner"), [1, records])
    assert before <= entry[3] <= entry[4] <= after
    assert entry[2] == pytest.approx(entry[4] - entry[3])


def test_a_compiled_method_takes_out_the_time_of_those_within(noted, calls):
    noted(RECORDS)
    inner, outer = Model(1), Model(1, 2, 3)
    inner._name = "tag"
    outer.read(inner=[inner] * 1000)
    entries = calls.entries()

    assert entries["read", "tag"][:2] == [1000, 1000]
    whole = entries["read", "partner"][4] - entries["read", "partner"][3]
    assert entries["read", "partner"][2] + entries["read", "tag"][2] == pytest.approx(whole)
    assert 0 < entries["read", "partner"][2] < whole


def test_a_compiled_method_raises_what_the_method_raises_and_counts_it(noted, calls):
    noted(FOUND)
    with pytest.raises(KeyError):
        Model(1).read(error=KeyError("x"))
    with pytest.raises(TypeError):
        Model(1).read(no_such_parameter=1)

    assert calls.entries()["read", "partner"][:2] == [2, 0]


def test_a_compiled_method_is_what_it_was_for_those_who_look_at_it(noted):
    before = inspect.signature(Model.read)
    Model.read.mark = "kept"
    noted(RECORDS)

    assert inspect.signature(Model.read) == before
    assert str(inspect.signature(Model().read)) == str(before).replace("self, ", "")
    assert (Model.read.__doc__, Model.read.__name__, Model.read.mark) == (
        "Returns what was read.",
        "read",
        "kept",
    )
    assert inspect.isroutine(Model.read)
    assert Model.read is vars(Model)["read"]
    del Model.read.__wrapped__.mark


def test_without_a_record_a_compiled_method_is_called_as_it_is(noted):
    noted(RECORDS)
    model = Model(1)

    assert model.read("a") is model
    assert Model.read(model, "a") is model
    with pytest.raises(TypeError):
        Model.read()


@pytest.mark.parametrize("wrong", [(), 7])
def test_a_fault_of_ours_is_told_and_the_call_goes_on(noted, faults, wrong):
    noted(RECORDS)
    token = current.set(Running(wrong))
    model = Model(1)

    assert model.read() is model
    current.reset(token)
    assert [type(fault) for fault in faults] == [TypeError]


def test_compiled_calls_beyond_the_limit_are_one_of_their_operation(noted):
    calls = odooops_native.Calls(100, metrics.OTHER)
    token = current.set(Running(calls))
    noted(RECORDS)
    for number in range(150):
        model = Model(1)
        model._name = f"model{number}"
        model.read()
    current.reset(token)
    entries = calls.entries()

    assert len(calls) == len(entries) == 101
    assert entries["read", metrics.OTHER][:2] == [50, 50]


def test_names_that_are_equal_but_not_the_same_object_are_one_entry(noted, calls):
    noted(RECORDS)
    for _ in range(3):
        model = Model(1)
        model._name = "".join(("part", "ner"))
        model.read()

    assert calls.entries()["read", "partner"][:2] == [3, 3]


@pytest.mark.parametrize("most", [0, 1, 3, 100])
def test_the_longest_are_told_in_the_order_in_which_they_began(noted, calls, most):
    noted(RECORDS)
    for number in range(60):
        model = Model(1)
        model._name = f"partner{number % 20}"  # another object each time
        model.read(inner=[Model(1, 2)] * (number % 7))

    entries = sorted(calls.entries().items(), key=lambda each: each[1][2], reverse=True)[:most]
    assert calls.longest(0.0, most) == sorted(entries, key=lambda each: each[1][3])
    assert len(calls.longest(0.0, 100)) == 21
    assert calls.longest(1000.0, most) == []


def test_both_tell_the_same_as_the_longest(noted):
    """Of two that took the same time the first; one that took just as long as is asked for, too."""
    noted(RECORDS)
    compiled, other = odooops_native.Calls(sys.maxsize, metrics.OTHER), orm.Calls()
    token = current.set(Running(compiled))
    for number in range(30):
        model = Model(1)
        model._name = f"partner{number}"
        model.read(inner=[Model(1, 2)] * (number % 3))
    current.reset(token)
    entries = compiled.entries()
    other._entries = entries

    times = sorted({entry[2] for entry in entries.values()})
    for least in (0.0, times[10], times[-1], 1000.0):
        for most in (0, 1, 5, 100):
            assert compiled.longest(least, most) == other.longest(least, most)


def test_of_those_that_took_as_long_the_first_are_told():
    calls = orm.Calls()
    for number in (3, 1, 2):
        calls._entries["read", f"partner{number}"] = [1, 1, 0.5, float(number), number + 0.5]

    assert [model for (_operation, model), _entry in calls.longest(0.5, 2)] == ["partner1", "partner2"]


def test_a_call_that_comes_after_its_record_was_kept_is_nobody_s(noted, faults):
    noted(RECORDS)
    token = current.set(Running(None))
    assert len(Model(1, 2).read()) == 2
    current.reset(token)

    assert faults == []


def test_without_calls_none_are_the_longest(calls):
    assert calls.longest(0.0, 5) == []


def test_nothing_of_what_is_noted_leaks(noted):
    noted(RECORDS)
    model = Model(1, 2)

    def serve():
        token = current.set(Running(odooops_native.Calls(10, metrics.OTHER)))
        for _ in range(100):
            model.read()
        current.get().orm.entries()
        current.get().orm.longest(0.0, 5)
        current.reset(token)

    serve()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(200):
        serve()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 10_000


@pytest.mark.parametrize("make", [orm.Calls, lambda: odooops_native.Calls(orm.MAX_ENTRIES, metrics.OTHER)])
def test_calls_of_many_records_are_added_up_and_taken(noted, make):
    noted(RECORDS)
    added = make()
    for number in range(3):
        calls = make()
        token = current.set(Running(calls))
        Model(*range(number)).read()
        current.reset(token)
        added.absorb(calls)
        assert len(calls.entries()) == 1
    [(place, entry)] = added.take().items()

    assert (place, entry[:2]) == (("read", "partner"), [3, 3])
    assert entry[3] < entry[4]
    assert added.take() == {}


def test_a_call_within_one_of_the_same_lasts_from_the_first_beginning_to_the_last_end(noted, calls):
    noted(RECORDS)
    model = Model(1)
    model.read(inner=[model])
    [entry] = calls.entries().values()

    assert entry[:2] == [2, 2]
    assert entry[2] == pytest.approx(entry[4] - entry[3])


@pytest.mark.parametrize("make", [orm.Calls, lambda: odooops_native.Calls(orm.MAX_ENTRIES, metrics.OTHER)])
@pytest.mark.parametrize("later_first", [True, False])
def test_sums_last_from_the_first_beginning_to_the_last_end(noted, make, later_first):
    noted(RECORDS)
    each = []
    for _ in range(2):
        each.append(make())
        token = current.set(Running(each[-1]))
        Model(1).read()
        current.reset(token)
    began, ended = each[0].entries()["read", "partner"][3], each[1].entries()["read", "partner"][4]
    added = make()
    for one in reversed(each) if later_first else each:
        added.absorb(one)

    assert added.take()["read", "partner"][3:] == [began, ended]


def test_nothing_compiled_holds_what_it_has_noted_for_longer_than_it_is_there(noted):
    noted(RECORDS)
    model, calls = Model(1, 2), odooops_native.Calls(10, metrics.OTHER)
    model._name = "".join(("part", "ner"))
    looked_at = model, model._name, model._ids
    before = [sys.getrefcount(each) for each in looked_at]
    token = current.set(Running(calls))
    for _ in range(3):
        model.read()
    current.reset(token)
    calls.entries()
    calls.longest(0.0, 5)
    calls.take()
    del calls, token

    assert [sys.getrefcount(each) for each in looked_at] == before


def test_who_ends_the_process_while_a_call_is_noted_does(noted, calls, faults):
    class Ended(Model):
        def __init__(self):
            pass

        @property
        def _ids(self):
            raise KeyboardInterrupt

    noted(RECORDS)
    with pytest.raises(KeyboardInterrupt):
        Ended().read()

    assert faults == []


def test_a_fault_of_ours_says_where_it_was(noted, faults):
    noted(FOUND)
    token = current.set(Running(odooops_native.Calls(10, metrics.OTHER)))
    model = Model(1)
    model._name = 7
    model.read()
    current.reset(token)

    assert [str(fault) for fault in faults] == ["the name of a model is a text, not int"]

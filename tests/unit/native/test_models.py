"""Names of models and how many records there are: remembered by their class, as Odoo's classes with slots allow."""

import contextvars
import gc
import weakref

import odooops_native
import pytest
from odooops_otel.tools import metrics, orm

current = contextvars.ContextVar("current", default=None)


class Running:
    def __init__(self):
        self.orm = odooops_native.Calls(orm.MAX_ENTRIES, metrics.OTHER)


def read(self):
    return self


noted = odooops_native.NotedMethod(read, "read", 0, current, print)


def make(name: str, ids: object = (1, 2)):
    """Records of a class of their own, as those of Odoo's registries are."""

    class Base:
        __slots__ = ("_ids",)

        def __init__(self):
            self._ids = ids

    return type("Model", (Base,), {"__slots__": (), "_name": name})()


@pytest.fixture
def entries():
    running = Running()
    token = current.set(running)
    yield lambda: {model: entry[:2] for (_operation, model), entry in running.orm.take().items()}
    current.reset(token)


def test_calls_of_many_classes_are_told_apart(entries):
    models = [make(f"model.{number}", tuple(range(number))) for number in range(200)]
    for _ in range(3):
        for model in models:
            noted(model)

    assert entries() == {f"model.{number}": [3, 3 * number] for number in range(200)}


def test_each_record_is_counted_by_what_it_is_itself(entries):
    model = make("partner")
    noted(model)
    model._ids = (1, 2, 3)
    noted(model)

    assert entries() == {"partner": [2, 5]}


def test_a_class_that_changes_is_looked_at_again(entries):
    model = make("partner")
    noted(model)
    type(model)._name = "tag"
    noted(model)
    type(model).__bases__[0]._name = "none of it"
    noted(model)

    assert entries() == {"partner": [1, 2], "tag": [2, 4]}


def test_ids_that_are_no_tuple_are_counted_as_well(entries):
    noted(make("partner", [1, 2, 3]))

    assert entries() == {"partner": [1, 3]}


class Slotted:
    __slots__ = ("_ids",)


@pytest.mark.parametrize("bases", [(), (Slotted,)])
def test_what_may_have_a_name_of_its_own_is_asked_each_time(entries, bases):
    model = type("Model", bases, {"_name": "loose"})()
    model._ids = (1,)
    noted(model)
    model._name, model._ids = "own", (1, 2)
    noted(model)

    assert entries() == {"loose": [1, 1], "own": [1, 2]}


@pytest.mark.parametrize("name", [None, 5, b"partner"])
def test_a_name_that_is_no_text_is_a_fault_of_ours(entries, name):
    faults = []
    method = odooops_native.NotedMethod(read, "read", 0, current, faults.append)
    model = make(name)

    assert method(model) is model
    assert [type(fault) for fault in faults] == [TypeError]
    assert entries() == {}


def test_a_class_that_is_gone_is_not_held(entries):
    model = make("partner")
    noted(model)
    gone = weakref.ref(type(model))
    del model
    gc.collect()

    assert gone() is None

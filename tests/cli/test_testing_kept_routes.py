"""Odoo's routes are made once for the tests of an addon, for each key and each set of modules."""

from types import SimpleNamespace

from kept_routes import keep


def model(*modules: str) -> SimpleNamespace:
    return SimpleNamespace(pool=SimpleNamespace(_init_modules=set(modules)))


def test_routes_are_made_once_for_each_key_and_set_of_modules():
    made = []

    def routing_map(model, key=None):
        made.append((key, *sorted(model.pool._init_modules)))
        return made[-1]

    kept = keep(routing_map)

    assert kept(model("base", "web")) is kept(model("web", "base"))
    assert kept(model("base", "web"), key=1) == (1, "base", "web")
    assert kept(model("base")) == (None, "base")
    assert made == [(None, "base", "web"), (1, "base", "web"), (None, "base")]

"""The database that the addons' tests copy: it stays as long as all that it was made from does."""

import pytest

from odooops.stack.progress import Step
from odooops.testing import addons_database


@pytest.fixture
def made(state, checkout, tree, monkeypatch):
    """What has been made, one word each; ``made.remove("there")`` loses the database."""
    made = []
    state.checkout = checkout
    state.record["odoo"] = {"root": str(tree.root), "version": tree.version, "source": tree.source}
    for name in ("requirements.txt", "constraints.txt"):
        (checkout / name).touch()
    (checkout / "addons" / "odooops_base" / "tests").mkdir()
    monkeypatch.setattr("odooops.stack.postgres.version", lambda _state: "15.18")
    monkeypatch.setattr("odooops.stack.database.exists", lambda _state, _name: "there" in made)
    monkeypatch.setattr(
        "odooops.stack.database.make", lambda _state, _name: made.extend(["there", "database"])
    )
    monkeypatch.setattr("odooops.testing.browser_bundles.make", lambda _state, _name: made.append("bundles"))
    return made


def ensure(state) -> str:
    step = Step("Database")
    addons_database.ensure(state, step)
    return step.note


def test_it_is_made_once(state, made):
    assert [ensure(state), ensure(state)] == ["made", "unchanged"]
    assert made == ["there", "database", "bundles"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("addons/odooops_base/models.py", "made"),
        ("addons/odooops_base/static/tests/page.test.js", "made"),
        ("setup/odooops/src/odooops/stack/odoo_conf.py", "made"),
        ("requirements.txt", "made"),
        ("addons/odooops_base/tests/test_models.py", "unchanged"),
        ("docs/page.md", "unchanged"),
    ],
)
def test_it_is_made_anew_when_something_that_it_is_made_from_has_changed(
    state, made, checkout, name, expected
):
    ensure(state)
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text("# new\n")

    assert ensure(state) == expected


def test_it_is_made_anew_when_it_is_gone(state, made):
    ensure(state)
    made.remove("there")

    assert ensure(state) == "made"


def test_one_that_is_half_made_is_made_anew(state, made, checkout, monkeypatch):
    ensure(state)
    (checkout / "addons" / "odooops_base" / "models.py").touch()
    with monkeypatch.context() as broken:
        broken.setattr("odooops.testing.browser_bundles.make", lambda _state, _name: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ensure(state)
    (checkout / "addons" / "odooops_base" / "models.py").unlink()

    assert ensure(state) == "made"

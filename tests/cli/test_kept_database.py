"""What the cache keeps of a new database: for which Odoo, what becomes of it when it is broken, and for how long."""

import os

import pytest

from odooops.stack import kept_database
from odooops.stack.errors import NoSpaceError
from odooops.stack.kept_database import KEPT_AT_MOST, KeptDatabase
from odooops.stack.run import CommandFailed

MODULES = ("base", "web")


@pytest.fixture
def asked(monkeypatch):
    """What PostgreSQL was asked; a dump is a file, one that says "broken" cannot be restored."""
    found = []

    def dump(_state, name, file):
        found.append(f"dump {name}")
        file.write_text("tables")

    def restore(_state, name, file):
        found.append(f"restore {name}")
        if file.read_text() == "broken":
            raise CommandFailed("broken", "")

    for name, function in {"dump": dump, "restore": restore}.items():
        monkeypatch.setattr(kept_database.postgres, name, function)
    monkeypatch.setattr(
        kept_database.postgres, "sql", lambda _state, text, name: found.append(f"{name}: {text}")
    )
    monkeypatch.setattr(kept_database.postgres, "version", lambda _state: "15.18")
    return found


@pytest.fixture
def tree(tree):
    """An Odoo with one module."""
    (tree.root / "odoo" / "addons" / "web" / "static").mkdir(parents=True)
    (tree.root / "odoo" / "addons" / "web" / "views.xml").write_text("<odoo/>")
    return tree


@pytest.fixture
def kept(state, tree, asked):
    found = KeptDatabase(state, tree, MODULES)
    found.store.mkdir()
    return found


@pytest.fixture
def files(state):
    """The file store of the database ``new``, with an attachment."""
    directory = state.path("odoo", "data", "filestore", "new")
    (directory / "ab").mkdir(parents=True)
    (directory / "ab" / "cd").write_text("icon")
    return directory


def test_another_state_gets_what_was_kept_with_its_files(kept, files, asked):
    assert not kept.is_there()
    kept.keep("new", files)
    assert kept.is_there()

    other = files.with_name("other")
    assert kept.restore("other", other)

    assert (other / "ab" / "cd").read_text() == "icon"
    assert asked[:2] == ["dump new", "restore other"]


def test_a_database_that_comes_from_the_cache_has_secrets_of_its_own(kept, files, asked):
    kept.keep("new", files)
    kept.restore("other", files)

    [statement] = [text for text in asked if text.startswith("other: ")]
    assert "'database.secret', 'database.uuid'" in statement


def test_one_that_cannot_be_restored_is_left_to_whoever_has_the_lock(kept, files):
    kept.keep("new", files)
    (kept.place / kept_database.DUMP).write_text("broken")

    assert not kept.restore("other", files.with_name("other"))
    assert kept.is_there()

    kept.forget()
    assert list(kept.store.iterdir()) == []


def test_a_dump_without_its_files_is_none(kept, files, asked):
    kept.keep("new", files)
    kept_database.remove_tree(kept.place / kept_database.FILES)

    assert not kept.restore("other", files.with_name("other"))
    assert asked == ["dump new"]


def test_a_full_disk_while_it_is_restored_is_told_and_costs_nothing_that_is_kept(kept, files, monkeypatch):
    kept.keep("new", files)

    def full(*_args):
        raise NoSpaceError(files)

    monkeypatch.setattr(kept_database.postgres, "restore", full)
    with pytest.raises(NoSpaceError):
        kept.restore("other", files.with_name("other"))
    assert kept.is_there()


@pytest.mark.parametrize("error", [OSError("no"), NoSpaceError("/cache"), CommandFailed("no", "")])
def test_what_cannot_be_kept_stops_nothing_and_leaves_nothing(kept, files, error, monkeypatch):
    def fail(_state, _name, file):
        file.write_text("half")
        raise error

    monkeypatch.setattr(kept_database.postgres, "dump", fail)

    kept.keep("new", files)

    assert not kept.is_there()
    assert list(kept.store.iterdir()) == []


def same(state, tree, modules=MODULES):
    return KeptDatabase(state, tree, modules).place


def test_it_is_kept_for_what_it_was_made_from(kept, state, tree, monkeypatch):
    assert same(state, tree) == kept.place
    assert same(state, tree, (*MODULES, "mail")) != kept.place

    web = tree.root / "odoo" / "addons" / "web"
    for passed_over in ("static/src/x.js", "static/lib/x.js", "i18n/de.po", "tests/test_x.py"):
        (web / passed_over).parent.mkdir(parents=True, exist_ok=True)
        (web / passed_over).touch()
        assert same(state, tree) == kept.place

    (web / "static" / "img").mkdir()
    (web / "static" / "img" / "logo.png").touch()
    with_logo = same(state, tree)
    assert with_logo != kept.place

    (state.path("odoo") / "odoo.local.conf").write_text("[options]\nload_language = de_DE\n")
    in_german = same(state, tree)
    assert in_german not in (kept.place, with_logo)
    (web / "i18n" / "de.po").write_text("changed")
    assert same(state, tree) != in_german
    (state.path("odoo") / "odoo.local.conf").unlink()

    (tree.root / "odoo" / "addons" / "web" / "views.xml").write_text("<odoo><data/></odoo>")
    changed = same(state, tree)
    assert changed != kept.place

    monkeypatch.setattr(kept_database.postgres, "version", lambda _state: "17.1")
    assert same(state, tree) not in (kept.place, changed)


def test_a_minor_release_of_postgresql_changes_nothing(kept, state, tree, monkeypatch):
    monkeypatch.setattr(kept_database.postgres, "version", lambda _state: "15.19")
    assert same(state, tree) == kept.place


def test_those_that_nobody_used_for_longest_are_forgotten(kept, files):
    old = [kept.store / str(number) for number in range(KEPT_AT_MOST)]
    for age, directory in enumerate(old):
        directory.mkdir()
        os.utime(directory, (age, age))

    kept.keep("new", files)

    assert sorted(kept.store.iterdir()) == sorted([*old[1:], kept.place])

"""The compiled recorder: built once for what it is made of, and done without where there is no compiler."""

import pytest

from odooops.stack import native, venv
from odooops.stack.run import CommandFailed


@pytest.fixture
def checkout(state, tmp_path):
    """Sources that a test may change."""
    source = tmp_path / "checkout" / "native"
    (source / "src").mkdir(parents=True)
    for name in ("src/module.c", "setup.py", "pyproject.toml"):
        (source / name).write_text(name)
    object.__setattr__(state, "checkout", source.parent)
    state.path("venv").mkdir()
    state.path("venv", "odooops.json").write_text("{}")
    return source


@pytest.fixture
def ran(monkeypatch):
    """What was run; building makes a wheel."""
    found = []

    def run(_state, what, command, **_options):
        found.append(what)
        if "build" in command:
            directory = command[command.index("--out-dir") + 1]
            directory.mkdir()
            (directory / "odooops_native.whl").touch()

    for module in (native, venv):
        monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(native.uv_, "ensure", lambda _state: "uv")
    monkeypatch.setattr(native, "missing", list)
    return found


BUILT = ["copying the sources of the compiled recorder", "building the compiled recorder"]
INSTALLED = ["installing the compiled recorder"]


def test_it_is_built_and_installed_once(state, checkout, ran):
    assert native.ensure(state) == "built"
    assert native.ensure(state) == "unchanged"
    assert ran == BUILT + INSTALLED


def test_another_environment_gets_the_one_of_the_cache(state, checkout, ran):
    native.ensure(state)
    state.path("venv", "odooops.json").write_text("{}")
    ran.clear()

    assert native.ensure(state) == "from the cache"
    assert ran == INSTALLED


def test_other_sources_are_built_anew(state, checkout, ran):
    native.ensure(state)
    (checkout / "src" / "module.c").write_text("another")
    ran.clear()

    assert native.ensure(state) == "built"
    assert ran == BUILT + INSTALLED


def test_without_a_compiler_it_is_left_out_and_the_packages_are_named(state, checkout, ran, monkeypatch):
    monkeypatch.setattr(native, "missing", lambda: ["gcc", "python3-dev"])

    assert native.ensure(state).startswith("left out, no compiler (apt-get install gcc python3-dev)")
    assert ran == []


def test_a_compiler_that_fails_keeps_nothing_from_starting(state, checkout, ran, monkeypatch):
    def fail(_state, what, _command, **_options):
        raise CommandFailed(f"{what} failed", "")

    monkeypatch.setattr(native, "run", fail)

    assert native.ensure(state).startswith("left out, copying the sources")
    assert "native" not in venv.read_marker(state)


def test_odoo_is_restarted_when_it_has_another_one(state, checkout, ran):
    before = venv.fingerprint(state)
    native.ensure(state)

    assert venv.fingerprint(state) != before


@pytest.mark.parametrize(
    ("cc", "header", "missing"), [(True, True, []), (False, True, ["gcc"]), (True, False, ["python3-dev"])]
)
def test_what_building_needs_is_a_compiler_and_the_headers_of_this_python(
    tmp_path, monkeypatch, cc, header, missing
):
    monkeypatch.setattr(native.shutil, "which", lambda _name: "/usr/bin/cc" if cc else None)
    monkeypatch.setattr(native, "_header", lambda: tmp_path if header else tmp_path / "none")

    assert native.missing() == missing


def test_one_of_other_sources_is_removed_when_there_is_none_of_these(state, checkout, ran, monkeypatch):
    native.ensure(state)
    (checkout / "setup.py").write_text("another")
    monkeypatch.setattr(native, "missing", lambda: ["gcc"])
    ran.clear()

    assert native.ensure(state).startswith("left out")
    assert native.ensure(state).startswith("left out")
    assert ran == ["removing the compiled recorder"]


def test_an_installation_that_fails_keeps_nothing_from_starting(state, checkout, ran, monkeypatch):
    def fail(_state, _what, _wheel):
        raise CommandFailed("installing failed", "")

    monkeypatch.setattr(venv, "install", fail)

    assert native.ensure(state).startswith("left out, installing failed")

"""A state in a temporary directory, as setup/up would have decided it; nothing is started."""

import json
import os
import stat
from pathlib import Path

import pytest

from odooops.stack import go_modules
from odooops.stack.binaries import BUNDLE, Binaries
from odooops.stack.odoo import OdooTree
from odooops.stack.ports import WANTED
from odooops.stack.state import State

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def state(tmp_path: Path) -> State:
    directory, cache = tmp_path / "state", tmp_path / "cache"
    for path in (directory / "run", directory / "log", directory / "odoo", directory / "postgres", cache):
        path.mkdir(parents=True)
    record = {"version": 1, "database": "odoo", "environment": "local", "ports": dict(WANTED)}
    (directory / "state.json").write_text(json.dumps(record))
    return State(directory, cache, CHECKOUT, record)


@pytest.fixture
def whole_state(state: State) -> State:
    """The state of a whole stack, with a second environment."""
    state.record.update(whole=True, other_environments=["staging"])
    return state


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one addon."""
    addon = tmp_path / "checkout" / "addons" / "odooops_base"
    addon.mkdir(parents=True)
    (addon / "__manifest__.py").write_text("{'name': 'x'}\n")
    return tmp_path / "checkout"


@pytest.fixture
def odoo_home(tmp_path: Path):
    """Makes a directory that looks like an Odoo of some series."""

    def make(version_info: str = "(19, 0, 0, 'final', 0, '')") -> Path:
        home = tmp_path / "odoo-tree"
        (home / "odoo" / "addons").mkdir(parents=True, exist_ok=True)
        (home / "odoo" / "release.py").write_text(
            f"import sys\nFINAL = 'final'\nversion_info = {version_info}\n"
        )
        return home

    return make


@pytest.fixture
def tree(tmp_path: Path) -> OdooTree:
    return OdooTree(tmp_path / "odoo-tree", "19.0.0", "ODOO_HOME")


@pytest.fixture
def binaries(tmp_path: Path) -> Binaries:
    built = {name: tmp_path / "go" / name for module in go_modules.WHOLE for name in module.programs}
    versions = dict.fromkeys(BUNDLE.main, "1.2.3+ds1-4") | dict.fromkeys(built, "1.2.3")
    return Binaries(tmp_path / "bin", versions, built)


@pytest.fixture
def fake_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for nginx and PostgreSQL where they are not installed: programs that only tell their version."""
    programs = tmp_path / "system"
    programs.mkdir()
    for name, line in {
        "nginx": "'nginx version: nginx/1.22.1' >&2",
        "postgres": "'postgres (PostgreSQL) 15.18'",
    }.items():
        script = programs / name
        script.write_text(f"#!/bin/sh\necho {line}\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("odooops.stack.postgres.installations", lambda: {"15": programs})
    return programs

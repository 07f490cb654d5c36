"""A state in a temporary directory, as setup/up would have decided it; nothing is started."""

import io
import json
import os
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_odoo import FakeOdoo

from odooops import main as command_line
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
def other() -> Iterator[subprocess.Popen]:
    """A process that listens nowhere."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


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


@pytest.fixture
def odoo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeOdoo:
    """The Odoo that every command talks to; the operator's file of profiles is in ``tmp_path``."""
    fake = FakeOdoo()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("odooops.target.connect", lambda target, environ: fake.client)
    return fake


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    """``run("event", "list", …)``: exit code, output, errors of the odooops command."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = command_line.main([*arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch):
    """``typed(text, is_terminal=False)``: what standard input holds."""

    def type_(text: str | bytes, is_terminal: bool = False) -> None:
        content = text.encode() if isinstance(text, str) else text
        stream = io.TextIOWrapper(io.BytesIO(content))
        stream.isatty = lambda: is_terminal
        monkeypatch.setattr("sys.stdin", stream)
        monkeypatch.setattr("getpass.getpass", lambda prompt: text.rstrip("\n"))

    return type_


@pytest.fixture
def in_berlin() -> Iterator[None]:
    """Local time is that of Berlin."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()

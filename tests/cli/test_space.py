"""Free space is looked at before anything is made."""

from collections import namedtuple

import pytest

from odooops.stack import space
from odooops.stack.errors import StackError

Usage = namedtuple("Usage", "total used free")


def with_free(monkeypatch, megabytes: int) -> None:
    monkeypatch.setattr(space.shutil, "disk_usage", lambda path: Usage(0, 0, megabytes * space.MB))


def test_a_cold_start_needs_room_for_everything(state, monkeypatch):
    with_free(monkeypatch, 2000)
    with pytest.raises(
        StackError, match=rf"not enough space in {state.directory}: 2000 MB free, \d+ MB needed"
    ):
        space.require(state)


def test_a_warm_start_needs_little(state, monkeypatch):
    for path in (*(state.cache / name for name in ("odoo", "monitoring", "uv")), state.path("venv")):
        path.mkdir()
    state.path("postgres", "data").mkdir()
    with_free(monkeypatch, 150)
    space.require(state)
    with_free(monkeypatch, 50)
    with pytest.raises(StackError, match="50 MB free, 100 MB needed"):
        space.require(state)

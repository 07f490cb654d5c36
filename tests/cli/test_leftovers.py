"""Ending what a killed supervisor left."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from odooops.stack import leftovers, supervisor
from odooops.stack.leftovers import MARK


@pytest.fixture
def orphan(state):
    """A process as a killed supervisor leaves it."""
    with subprocess.Popen(["sleep", "60"], env=os.environ | {MARK: str(state.directory)}) as process:
        # For a moment after exec a process has no environment yet.
        while not Path(f"/proc/{process.pid}/environ").read_bytes():
            time.sleep(0.01)
        yield process
        process.kill()


def test_what_a_killed_supervisor_left_is_found_by_its_mark_and_ended(state, orphan, monkeypatch):
    monkeypatch.setattr(leftovers, "find", _without_zombies(leftovers.find, orphan))
    assert supervisor.shut_down(state) is True
    assert orphan.poll() is not None


def test_a_state_beside_it_is_left_alone(state, orphan):
    state.directory = state.directory.with_name("stat")
    assert leftovers.find(state.directory) == []


def _without_zombies(find, process):
    """Here the orphan's parent is this test: it must be waited for, which init does in earnest."""

    def found(state):
        process.poll()
        return find(state)

    return found

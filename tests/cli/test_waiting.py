"""Waiting until a part works: not for ever, and not for somebody else's answer."""

import shutil

import pytest

from odooops.stack import health, waiting
from odooops.stack.errors import StackError


class Control:
    """A supervisor whose one program has these states, one a look, the last one for ever."""

    def __init__(self, *states):
        self.states = list(states)

    def processes(self):
        state = self.states.pop(0) if self.states[1:] else self.states[0]
        return {"tempo": {"statename": state, "pid": 77}}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0)


def test_a_part_is_asked_once_it_runs_and_again_until_it_works(state):
    answers = iter([False, False, True])

    waiting.until(
        state, Control("STARTING", "RUNNING"), "tempo", "Tempo", lambda pid: pid == 77 and next(answers)
    )

    assert list(answers) == []


def test_a_part_that_was_given_up_is_told_with_the_end_of_its_log(state):
    state.log("tempo").write_text("started\nerror: no such key: retention\n")

    with pytest.raises(
        StackError, match=r"Tempo does not become healthy: error: no such key: retention \(log: "
    ):
        waiting.until(state, Control("BACKOFF", "FATAL"), "tempo", "Tempo", lambda pid: True)


def test_a_part_that_finds_no_room_to_say_why_it_ends_is_told_as_a_full_disk(state, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 0))

    with pytest.raises(StackError, match="no space left on the file system of"):
        waiting.until(state, Control("FATAL"), "tempo", "Tempo", lambda pid: True)


def test_the_answer_must_come_from_the_program_that_was_started(state, monkeypatch):
    asked = []
    monkeypatch.setattr(health, "passes", lambda check, pid: asked.append((check, pid)) or True)

    waiting.until_healthy(
        state, Control("RUNNING"), [{"name": "tempo", "title": "Tempo", "check": {"type": "tcp"}}]
    )

    assert asked == [({"type": "tcp"}, 77)]

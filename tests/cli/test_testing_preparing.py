"""setup/test: tests begin as soon as what they need is there, and nothing that prepares them is left behind."""

import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from odooops.stack import account
from odooops.stack.errors import StackError
from odooops.testing import prepare, preparing
from odooops.testing.places import Places
from odooops.testing.tiers import chosen


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path, tmp_path / "cache", account.current())


@pytest.fixture
def begun(places, monkeypatch):
    """``begun(behave, *names)``: the preparation of these tiers; ``behave(stop)`` stands for its process."""

    def make(behave, *names):
        monkeypatch.setattr(preparing, "call", lambda *_arguments, stop: behave(stop))
        return preparing.begun(places, chosen(names))

    return make


def test_it_is_told_what_go_has_to_build_for_the_tiers(places, monkeypatch):
    commands = []
    monkeypatch.setattr(preparing, "call", lambda command, *_others, **_more: commands.append(command) or 0)

    with preparing.begun(places, chosen(["unit", "e2e"])):
        pass

    assert commands[0][-5:] == ["odooops.testing.prepare", "prometheus", "loki", "tempo", "collector"]


def test_tests_that_need_no_program_of_go_do_not_wait_for_its_builds(places, begun):
    is_seen = threading.Event()

    def behave(stop):
        places.prepared.touch()
        return 0 if is_seen.wait(20) else 1

    with begun(behave, "unit", "e2e") as preparation:
        preparation.wait(for_builds=False)
        assert preparation.is_building
        is_seen.set()
        assert preparation.has_built()
        assert not preparation.is_building


def test_tests_that_need_one_wait_until_it_is_built(places, begun):
    def behave(stop):
        places.prepared.touch()
        time.sleep(0.5)
        return 0

    with begun(behave, "config") as preparation:
        preparation.wait(for_builds=True)
        assert not preparation.is_building


def test_what_an_earlier_run_has_prepared_does_not_count(places, begun):
    places.prepared.touch()

    def behave(stop):
        time.sleep(0.5)
        return 0

    with begun(behave, "unit", "e2e") as preparation:
        preparation.wait(for_builds=False)
        assert not preparation.is_building


@pytest.mark.parametrize("for_builds", [True, False])
def test_without_a_preparation_no_test_runs(begun, for_builds):
    with (
        begun(lambda stop: 1, "unit", "e2e") as preparation,
        pytest.raises(StackError, match="see the line above"),
    ):
        preparation.wait(for_builds=for_builds)


def test_builds_that_fail_later_are_told_to_what_waits_for_them(places, begun):
    is_seen = threading.Event()

    def behave(stop):
        places.prepared.touch()
        is_seen.wait(20)
        return 1

    with begun(behave, "unit", "e2e") as preparation:
        preparation.wait(for_builds=False)
        is_seen.set()
        assert not preparation.has_built()


def test_it_ends_with_the_run(places, begun):
    told_to_end = []

    def behave(stop):
        places.prepared.touch()
        told_to_end.append(stop.wait(20))
        return 130

    with pytest.raises(KeyboardInterrupt), begun(behave, "unit", "e2e") as preparation:  # noqa: PT012
        preparation.wait(for_builds=False)
        raise KeyboardInterrupt

    assert told_to_end == [True]


@pytest.fixture
def prepared(places, monkeypatch):
    """``prepared(missing)``: whether tests were let begin while modules are ``missing``; all but Go is left out."""

    def make(missing):
        seen = []

        class Builder:
            def __init__(self, state, modules, niceness):
                seen.append(niceness)

            def missing(self):
                return missing

            def start(self, console):
                assert not places.prepared.exists()

            def wait(self, step):
                seen.append(places.prepared.exists())

            def finish(self, console):
                pass

        found = SimpleNamespace(version=str, source="")
        left_out = {prepare.odoo: found, prepare.binaries: found, prepare.venv: "", prepare.native: ""}
        for module, value in left_out.items():
            monkeypatch.setattr(module, "ensure", lambda *_arguments, value=value, **_more: value)
        for name in ("_ensure_node_modules", "_ensure_repository", "remove_tree"):
            monkeypatch.setattr(prepare, name, lambda *_arguments: "")
        monkeypatch.setattr(prepare, "Builder", Builder)
        for directory in (places.cache, places.work.directory):
            directory.mkdir()
        prepare.prepare(places, ("thing",), prepare.Console())
        return seen

    return make


def test_tests_begin_when_go_alone_is_still_at_work_and_give_way_to_it(prepared):
    assert prepared(["thing"]) == [0, True]


def test_where_all_is_built_tests_begin_when_all_is_told(prepared):
    assert prepared([]) == [0, False]


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        ("prepare.StackError('building it failed')", 1, "setup/test: building it failed\n"),
        ("KeyboardInterrupt", 130, ""),
    ],
)
def test_what_a_killed_compiler_has_started_ends_with_us(error, code, told):
    script = f"""
import subprocess
from odooops.testing import prepare
subprocess.Popen(["sh", "-c", "sleep 60 & wait"])
def fail(*_arguments):
    raise {error}
prepare.prepare = fail
raise SystemExit(prepare.main([]))
"""
    # What goes on has our end of the pipe, which is then waited for.
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        process_group=0,
    )
    assert (done.returncode, done.stderr) == (code, told)

"""setup/test: tiers that run side by side are told one after the other, and end together when it is interrupted."""

import io
import threading

import pytest

from odooops.stack import account
from odooops.stack.progress import Console
from odooops.testing import running
from odooops.testing.places import Places
from odooops.testing.tiers import chosen

PASSED = '<testsuites><testcase classname="a" name="b"/></testsuites>'


@pytest.fixture
def places(tmp_path):
    found = Places(tmp_path, tmp_path / "cache", account.current())
    for directory in (found.reports, found.checkout):
        directory.mkdir()
    return found


@pytest.fixture
def run(places, monkeypatch):
    """``run(behave, *names)``: a run of these tiers; ``behave(tier, output, stop)`` stands for the tests of one."""

    def make(behave, *names):
        def call(command, limit, places, account, output=None, stop=None):
            tier = next(name for name in names if f"{name}.xml" in " ".join(map(str, command)))
            (places.reports / f"{tier}.xml").write_text(PASSED)
            return behave(tier, output, stop)

        monkeypatch.setattr(running, "call", call)
        return running.Run(chosen(names), places, [], Console(io.StringIO()))

    return make


def test_tiers_in_different_lanes_run_at_the_same_time_and_are_told_in_one_piece(run, capfdbinary):
    both = threading.Barrier(2, timeout=20)

    def behave(tier, output, stop):
        for word in ("begins", "ends"):
            output.write(f"{tier} {word}\n".encode())
            if tier != "unit":
                both.wait()
        return 0

    found = run(behave, "unit", "config", "addons").outcomes()

    assert [(outcome.tier, outcome.passed, outcome.failures) for outcome in found] == [
        ("unit", 1, []),
        ("config", 1, []),
        ("addons", 1, []),
    ]
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert {tuple(lines[place : place + 2]) for place in (0, 2, 4)} == {
        (f"{tier} begins", f"{tier} ends") for tier in ("unit", "config", "addons")
    }


def test_one_that_is_interrupted_ends_the_other_and_begins_no_more(run):
    begun, told_to_end, both = [], [], threading.Barrier(2, timeout=20)

    def behave(tier, output, stop):
        begun.append(tier)
        both.wait()
        if tier == "addons":
            raise KeyboardInterrupt
        told_to_end.append(stop.wait(20))
        return 1

    with pytest.raises(KeyboardInterrupt):
        run(behave, "unit", "config", "addons").outcomes()

    assert sorted(begun) == ["addons", "unit"]
    assert told_to_end == [True]

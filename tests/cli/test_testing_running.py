"""setup/test: tiers that run side by side are told one after the other, and end together when it is interrupted."""

import io
import threading
from concurrent.futures import Future

import pytest

from odooops.stack import account
from odooops.stack.progress import Console
from odooops.testing import running
from odooops.testing.places import Places
from odooops.testing.preparing import Preparation
from odooops.testing.tiers import chosen

PASSED = '<testsuites><testcase classname="a" name="b"/></testsuites>'


@pytest.fixture
def places(tmp_path):
    found = Places(tmp_path, tmp_path / "cache", account.current())
    for directory in (found.reports, found.checkout):
        directory.mkdir()
    return found


@pytest.fixture
def stopped(places):
    """The names of the stacks that are told to stop; there is one, ``stack``."""
    places.stack.mkdir()
    (places.stack / "state.json").write_text("{}")
    return []


@pytest.fixture
def builds():
    """What comes of the builds: exit code 0, unless they go on in a test; what waits for them in vain fails."""
    found = Future()
    guard = threading.Timer(20, lambda: found.done() or found.set_exception(TimeoutError("not built")))
    guard.start()
    yield found
    guard.cancel()


@pytest.fixture
def stop():
    """Ends what prepares the run."""
    return threading.Event()


@pytest.fixture
def calls():
    """Of each tier that has run: the words of its command and the time limit."""
    return {}


@pytest.fixture
def run(places, stopped, builds, stop, calls, monkeypatch):
    """``run(behave, *names)``: a run of these tiers; ``behave(tier, output, stop)`` stands for the tests of one."""

    def make(behave, *names, is_built=True):
        def call(command, limit, places, account, more=None, output=None, stop=None):
            words = " ".join(map(str, command))
            if "setup/down" in words:
                stopped.append(words.rpartition("/")[2])
            tier = next((name for name in names if f"{name}.xml" in words), None)
            if not tier:
                return 0
            calls[tier] = (words, limit)
            (places.reports / f"{tier}.xml").write_text(PASSED)
            return behave(tier, output, stop)

        monkeypatch.setattr(running, "call", call)
        if is_built:
            builds.set_result(0)
        preparation = Preparation(places, builds, stop)
        return running.Run(chosen(names), places, [], Console(io.StringIO()), preparation)

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


def test_tests_of_a_stack_run_beside_the_others_until_what_is_slow_has_the_machine(run, stopped, capfdbinary):
    beside, ended = threading.Barrier(3, timeout=20), []

    def behave(tier, output, stop):
        if tier != "slow":
            beside.wait()
        ended.append((tier, output is not None, list(stopped)))
        return 0

    found = run(behave, "unit", "addons", "e2e", "slow").outcomes()

    assert [outcome.tier for outcome in found] == ["unit", "addons", "e2e", "slow"]
    assert sorted(ended[:3]) == [("addons", True, []), ("e2e", True, []), ("unit", True, [])]
    assert ended[3:] == [("slow", False, [])]
    assert stopped == ["stack"]


def test_a_stack_that_is_kept_for_a_tier_that_does_not_come_any_more_is_stopped(run, stopped):
    e2e_has_ended = threading.Event()

    def behave(tier, output, stop):
        if tier == "e2e":
            e2e_has_ended.set()
            return 0
        assert e2e_has_ended.wait(20)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(behave, "unit", "e2e", "slow").outcomes()

    assert stopped == ["stack"]


def test_what_is_said_of_a_failure_against_a_stack_is_in_its_own_piece(run, places, capfdbinary):
    both = threading.Barrier(2, timeout=20)
    (places.stack / "log").mkdir()
    (places.stack / "log" / "odoo.log").write_text("the reason\n")

    def behave(tier, output, stop):
        both.wait()
        output.write(f"{tier} ends\n".encode())
        return int(tier == "e2e")

    run(behave, "unit", "e2e").outcomes()

    lines = capfdbinary.readouterr().out.decode().splitlines()
    place = lines.index("e2e ends")
    assert lines[place + 1 : place + 3] == ["--- odoo.log (last lines)", "the reason"]


def test_what_needs_nothing_of_go_runs_beside_its_builds_for_which_the_rest_waits(run, builds):
    begun, both = [], threading.Barrier(2, timeout=20)

    def behave(tier, output, stop):
        begun.append((tier, builds.done()))
        if not builds.done():
            both.wait()
            if tier == "addons":
                builds.set_result(0)
        return 0

    found = run(behave, "unit", "config", "addons", "e2e", is_built=False).outcomes()

    assert [(outcome.tier, outcome.failures) for outcome in found] == [
        (name, []) for name in ("unit", "config", "addons", "e2e")
    ]
    assert sorted(begun[:2]) == [("addons", False), ("unit", False)]
    assert sorted(begun[2:]) == [("config", True), ("e2e", True)]


def test_one_lane_beside_builds_is_told_in_one_piece_as_the_builds_are_told_meanwhile(run, builds):
    collected = []

    def behave(tier, output, stop):
        collected.append((tier, output is not None))
        if not builds.done():
            builds.set_result(0)
        return 0

    run(behave, "unit", "config", is_built=False).outcomes()

    assert collected == [("unit", True), ("config", True)]


def test_a_tier_beside_builds_gives_way_to_them_and_may_take_longer(run, builds, calls):
    def behave(tier, output, stop):
        if not builds.done():
            builds.set_result(0)
        return 0

    run(behave, "unit", "config", is_built=False).outcomes()

    unit, config = chosen(["unit", "config"])
    assert (calls["unit"][0].startswith("nice "), calls["unit"][1]) == (True, 2 * unit.limit)
    assert (calls["config"][0].startswith("nice "), calls["config"][1]) == (False, config.limit)


def test_when_a_build_fails_what_needs_it_fails_and_the_rest_is_run(run, builds, stopped):
    begun = []

    def behave(tier, output, stop):
        begun.append(tier)
        if tier == "addons":
            builds.set_result(1)
        return 0

    found = run(behave, "unit", "config", "addons", "e2e", "slow", is_built=False).outcomes()

    assert sorted(begun) == ["addons", "unit"]
    assert [(outcome.tier, outcome.passed, len(outcome.failures)) for outcome in found] == [
        ("unit", 1, 0),
        ("config", 0, 1),
        ("addons", 1, 0),
        ("e2e", 0, 1),
        ("slow", 0, 1),
    ]


def test_a_run_that_is_interrupted_ends_the_builds_and_begins_nothing_that_waits_for_them(run, builds, stop):
    begun, is_waited_for, result = [], threading.Event(), builds.result

    def prepare():
        builds.set_result(130 if stop.wait(10) else 0)

    def wait():
        is_waited_for.set()
        return result()

    def behave(tier, output, _stop):
        begun.append(tier)
        assert is_waited_for.wait(20)
        raise KeyboardInterrupt

    builds.result = wait

    preparing = threading.Thread(target=prepare)
    preparing.start()
    with pytest.raises(KeyboardInterrupt):
        run(behave, "addons", "e2e", is_built=False).outcomes()
    preparing.join()

    assert begun == ["addons"]

"""setup/test: the tests against stacks are shared out by the stacks that they ask for."""

import io

import pytest

from odooops.stack.progress import Console
from odooops.testing import parts, stacks
from odooops.testing.tiers import STACKS_VARIABLE


@pytest.fixture
def waves(monkeypatch, tmp_path):
    """``waves(told)``: the parts of each wave, when the tier was told that about its stacks."""

    def run(told=""):
        found = []
        monkeypatch.setenv(STACKS_VARIABLE, told)
        monkeypatch.setattr(parts, "run", lambda waves, *_rest: found.extend(waves) or 0)
        assert stacks.run_tests(tmp_path / "slow.xml", ["pytest", "-q"], Console(io.StringIO())) == 0
        return found

    return run


def test_core_and_whole_come_side_by_side_and_what_compares_them_last(waves):
    assert [[part.name for part in wave] for wave in waves()] == [["core", "whole"], ["both"]]


def test_each_part_has_its_own_tests_and_report(waves, tmp_path):
    found = [part for wave in waves() for part in wave]

    assert [part.command[-1] for part in found] == ["--asking=core", "--asking=whole", "--asking=both"]
    assert [part.report for part in found] == [tmp_path / f"slow.{part.name}.xml" for part in found]
    assert all(f"--junitxml={part.report}" in part.command for part in found)


@pytest.mark.parametrize("told", ["", "keep", "found", "found keep"])
def test_no_part_stops_a_stack_that_another_uses_and_only_what_was_made_is_found(waves, told):
    [first, last] = waves(told)
    said = {part.name: set(part.environment[STACKS_VARIABLE].split()) for part in [*first, *last]}

    assert all("keep" in words for words in said.values())
    assert {"found" in said["core"], "found" in said["whole"]} == {"found" in told}
    assert "found" in said["both"]

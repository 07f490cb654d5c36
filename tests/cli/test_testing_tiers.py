"""setup/test: which tiers a command line means, and what each needs before it can run."""

import pytest

from odooops.testing.__main__ import parse
from odooops.testing.tiers import TIERS, chosen, lanes, module_names, stacks_told

# What others share is built first.
EVERY = ["prometheus", "loki", "tempo", "collector"]


@pytest.mark.parametrize(
    ("names", "modules"),
    [
        (["unit"], []),
        (["addons"], []),
        (["config"], EVERY),
        (["e2e"], EVERY),
        (["unit", "config", "e2e"], EVERY),
    ],
)
def test_go_builds_only_for_tiers_that_start_its_programs(names, modules):
    assert module_names([tier for tier in TIERS if tier.name in names]) == modules


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ([], ["unit", "config", "addons", "e2e"]),
        (["all"], ["unit", "config", "addons", "e2e"]),
        (["all", "slow"], ["unit", "config", "addons", "e2e", "slow"]),
        (["faults", "unit", "unit"], ["unit", "faults"]),
    ],
)
def test_several_tiers_are_run_in_their_order_each_once(arguments, names):
    assert [tier.name for tier in parse(arguments)] == names


def test_a_tier_that_is_none_is_refused_by_naming_those_that_there_are(capsys):
    with pytest.raises(SystemExit) as stop:
        parse(["unit", "fast"])

    assert stop.value.code == 2
    assert "no tier 'fast': choose from all, unit, config" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["e2e"], {"e2e": []}),
        (["unit", "e2e", "slow"], {"e2e": ["keep"], "slow": ["found"]}),
        (["e2e", "slow", "faults"], {"e2e": ["keep"], "slow": ["found", "keep"], "faults": ["found"]}),
    ],
)
def test_the_stacks_are_made_once_and_stopped_after_the_last_tier_that_has_them(names, told):
    tiers = chosen(names)

    assert {tier.name: stacks_told(tier, tiers) for tier in tiers if tier.has_stacks} == told


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["all"], [["addons"], ["unit", "config"], ["e2e"]]),
        (["unit", "config", "e2e"], [["unit", "config"], ["e2e"]]),
        (["e2e", "slow"], [["e2e"]]),
        (["slow", "faults"], []),
    ],
)
def test_what_waits_runs_beside_what_computes_and_long_tests_of_stacks_have_the_machine_alone(names, groups):
    assert [[tier.name for tier in lane] for lane in lanes(chosen(names))] == groups

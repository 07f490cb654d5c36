"""setup/test: what each tier needs before it can run."""

import pytest

from odooops.testing.tiers import TIERS, module_names

EVERY = ["prometheus", "collector", "tempo", "loki"]


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

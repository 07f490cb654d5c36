"""The Go modules of this checkout."""

import re

import pytest

from odooops.stack import go_modules, golang


@pytest.mark.parametrize("module", go_modules.WHOLE, ids=lambda module: module.name)
def test_the_modules_of_this_checkout_have_a_version_and_ask_for_a_go(state, module):
    assert re.fullmatch(r"\d+\.\d+\.\d+|\d{8}-[0-9a-f]{8}", module.version(state.checkout))
    assert golang.parse(f"go{module.needs_go(state.checkout)}") >= (1, 25, 0)
    assert (module.source(state.checkout) / "go.sum").stat().st_size > 10_000


def test_prometheus_has_the_version_that_it_is_known_by(state):
    assert re.match(r"3\.\d+\.\d+$", go_modules.PROMETHEUS.version(state.checkout))

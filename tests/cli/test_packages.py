"""System packages: what an ordinary user is told."""

import os

import pytest

from odooops.stack import packages
from odooops.stack.errors import StackError


def test_an_ordinary_user_gets_the_one_line_to_run(state, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(StackError) as refused:
        packages.ensure(state, lambda: ["nginx-light", "postgresql"])
    assert "apt-get install --no-install-recommends nginx-light postgresql" in str(refused.value)
    assert "create_main_cluster=false" in str(refused.value)
    assert "\n" not in str(refused.value)

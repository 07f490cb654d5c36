"""System packages: what an ordinary user is told."""

import contextlib
import os

import pytest

from odooops.stack import packages
from odooops.stack.errors import StackError
from odooops.stack.run import CommandFailed


def test_an_ordinary_user_gets_the_one_line_to_run(state, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(StackError) as refused:
        packages.ensure(state, lambda: ["nginx-light", "postgresql"])
    assert "apt-get install --no-install-recommends nginx-light postgresql" in str(refused.value)
    assert "create_main_cluster=false" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.fixture
def apt(monkeypatch, tmp_path):
    """What apt-get was asked to install, as root; it fails when its list has "fails"."""
    asked = []

    def install(_state, packages):
        asked.append(packages)
        if "fails" in packages:
            raise CommandFailed("apt-get failed", "")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(packages, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(packages, "_apt_install", install)
    monkeypatch.setattr(packages, "program", lambda _name: "/usr/bin/apt-get")
    monkeypatch.setattr(packages.services, "not_started", contextlib.nullcontext)
    monkeypatch.setattr(packages.services, "clean_up_after_killed_run", lambda: None)
    return asked


def test_what_is_wanted_is_installed_with_what_is_missing(state, apt):
    needed = ["nginx-light"]

    def missing():
        return needed.copy() if not apt else []

    assert packages.ensure(state, missing, wanted=["gcc"]) == "installed nginx-light, gcc"
    assert apt == [["nginx-light", "gcc"]]


def test_what_is_only_wanted_is_done_without_when_it_cannot_be_installed(state, apt):
    assert (
        packages.ensure(state, list, wanted=["fails"]) == "all there but fails, which apt-get cannot install"
    )


def test_what_is_needed_is_not(state, apt):
    with pytest.raises(CommandFailed):
        packages.ensure(state, lambda: ["fails"], wanted=["gcc"])


def test_an_ordinary_user_is_asked_for_nothing_that_is_only_wanted(state, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert packages.ensure(state, list, wanted=["gcc"]) == "all there"

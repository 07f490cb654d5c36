"""System packages: what is missing, and that no service is started for them."""

import os
import subprocess

import pytest

from odooops.stack import packages
from odooops.stack.errors import StackError


@pytest.fixture
def policy(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(packages, "NO_CLUSTER", tmp_path / "createcluster.d" / "odooops-setup.conf")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path / "policy-rc.d"


def decision(policy) -> int:
    return subprocess.run([policy, "nginx", "start"], check=False).returncode


def test_an_ordinary_user_gets_the_one_line_to_run(state, monkeypatch):
    monkeypatch.setattr(packages, "missing", lambda: ["nginx-light", "postgresql"])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(StackError) as refused:
        packages.ensure(state)
    assert "apt-get install --no-install-recommends nginx-light postgresql" in str(refused.value)
    assert "create_main_cluster=false" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_while_packages_are_installed_services_may_not_start_and_no_cluster_is_made(policy):
    with packages.no_services_started():
        assert decision(policy) == 101
        assert "create_main_cluster = false" in packages.NO_CLUSTER.read_text()
    assert not policy.exists()
    assert not packages.NO_CLUSTER.parent.exists()


def test_the_policy_of_a_killed_run_lets_services_start_and_removes_itself(policy):
    ended = subprocess.Popen(["true"])
    ended.wait()
    policy.write_text(packages.POLICY_SCRIPT.format(pid=ended.pid))
    policy.chmod(0o755)
    assert decision(policy) == 0
    assert not policy.exists()


def test_somebody_else_s_policy_that_forbids_is_used_and_left(policy):
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    with packages.no_services_started():
        pass
    assert policy.exists()


def test_somebody_else_s_policy_that_allows_is_respected(policy):
    policy.write_text("#!/bin/sh\nexit 0\n")
    policy.chmod(0o755)
    with pytest.raises(StackError, match="lets packages start services"), packages.no_services_started():
        pass
    assert policy.exists()

"""While packages are installed no service starts, and a killed run leaves no lasting trace."""

import os
import subprocess
import threading

import pytest

from odooops.stack import services
from odooops.stack.errors import StackError


@pytest.fixture
def policy(tmp_path, monkeypatch):
    monkeypatch.setattr(services, "POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(services, "NO_CLUSTER", tmp_path / "createcluster.d" / "odooops-setup.conf")
    return tmp_path / "policy-rc.d"


def decision(policy) -> int:
    return subprocess.run([policy, "nginx", "start"], check=False).returncode


def foreign(policy, code: int) -> None:
    policy.write_text(f"#!/bin/sh\nexit {code}\n")
    policy.chmod(0o755)


def ours(policy, pid: int, start: str | None = None) -> None:
    policy.write_text(services.SCRIPT.format(pid=pid, start=start or services._start_of(pid)))
    policy.chmod(0o755)


@pytest.fixture
def ended() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_services_may_not_start_and_no_cluster_is_made(policy):
    with services.not_started():
        assert decision(policy) == 101
        assert "create_main_cluster = false" in services.NO_CLUSTER.read_text()
    assert not policy.exists()
    assert not services.NO_CLUSTER.parent.exists()


def test_the_policy_lasts_as_long_as_the_command_even_when_setup_is_killed(policy, ended):
    ours(policy, ended, "1")
    command = services.bound_to_policy(["sh", "-c", f"{policy} nginx start; echo $?"])
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "101\n"
    assert decision(policy) == 0
    assert not policy.exists()


def test_a_later_run_waits_for_the_command_of_a_killed_one_and_cleans_up(policy):
    command = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    ours(policy, command.pid)
    later = threading.Thread(target=services.clean_up_after_killed_run)
    later.start()
    later.join(0.5)
    assert later.is_alive()
    command.communicate()
    later.join(5)
    assert not later.is_alive()
    assert not policy.exists()


def test_another_process_that_was_given_the_same_number_keeps_nobody_waiting(policy):
    ours(policy, os.getpid(), "1")
    services.clean_up_after_killed_run()
    assert not policy.exists()
    ours(policy, os.getpid(), "1")
    assert decision(policy) == 0


def test_a_run_that_never_ends_is_told_after_a_while(policy, monkeypatch):
    monkeypatch.setattr(services, "WAIT_SECONDS", 0)
    ours(policy, os.getpid())
    with pytest.raises(StackError, match="wait for it or end it"):
        services.clean_up_after_killed_run()


def test_somebody_else_s_policy_that_forbids_is_used_and_left(policy):
    foreign(policy, 101)
    with services.not_started():
        subprocess.run(services.bound_to_policy(["true"]), check=True)
    assert policy.read_text() == "#!/bin/sh\nexit 101\n"


def test_somebody_else_s_policy_that_allows_is_respected(policy):
    foreign(policy, 0)
    with pytest.raises(StackError, match="lets packages start services"), services.not_started():
        pass
    assert policy.exists()


def test_the_policy_is_for_this_process_until_it_is_bound(policy):
    with services.not_started():
        assert f"pid={os.getpid()}\n" in policy.read_text()

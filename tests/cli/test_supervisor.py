"""Talking to the supervisor."""

import xmlrpc.client

import pytest

from odooops.stack import supervisor
from odooops.stack.errors import StackError
from odooops.stack.supervisor import Supervisor


class FakeRpc:
    """A supervisor of three programs, one of which is not running."""

    def __init__(self):
        self.running = {"postgresql": 10, "prometheus": 20, "odoo": 30}
        self.stopped = []

    def getAllConfigInfo(self):
        priorities = {"postgresql": 100, "prometheus": 200, "alertmanager": 200, "odoo": 300}
        return [{"name": name, "process_prio": priority} for name, priority in priorities.items()]

    def getAllProcessInfo(self):
        return [{"name": name, "pid": pid, "statename": "RUNNING"} for name, pid in self.running.items()]

    def stopProcess(self, name, wait):
        if name not in self.running:
            raise xmlrpc.client.Fault(70, f"NOT_RUNNING: {name}")
        del self.running[name]
        self.stopped.append(name)

    def startProcess(self, name, wait):
        if name in self.running:
            raise xmlrpc.client.Fault(60, f"ALREADY_STARTED: {name}")
        raise xmlrpc.client.Fault(50, f"SPAWN_ERROR: {name}")


@pytest.fixture
def control(tmp_path) -> Supervisor:
    control = Supervisor(tmp_path)
    control.rpc = FakeRpc()
    return control


def test_what_started_last_is_stopped_first(control):
    control.stop_all()
    assert control.rpc.stopped == ["odoo", "prometheus", "postgresql"]


def test_starting_what_runs_is_no_error_but_a_failure_is(control):
    control.start("odoo")
    with pytest.raises(StackError, match="alertmanager could not be started: SPAWN_ERROR"):
        control.start("alertmanager")


def test_without_a_supervisor_nothing_is_up(state):
    assert Supervisor(state.directory).pid() is None
    assert Supervisor(state.directory).processes() == {}
    assert supervisor.shut_down(state) is False


class ReloadingRpc:
    """A supervisor whose configuration has changed: one program came, two changed, one went."""

    def __init__(self):
        self.calls = []

    def reloadConfig(self):
        return [[["tempo"], ["postgresql", "prometheus"], ["vmagent"]]]

    def __getattr__(self, method):
        return lambda name: self.calls.append(f"{method} {name}")


def test_what_changed_or_went_is_stopped_and_what_came_is_known(tmp_path):
    control = Supervisor(tmp_path)
    control.rpc = ReloadingRpc()
    control.apply()
    stopped = [call.split()[1] for call in control.rpc.calls if call.startswith("stopProcessGroup")]
    assert stopped == ["postgresql", "prometheus", "vmagent"]
    assert control.rpc.calls[-3:] == [
        f"addProcessGroup {name}" for name in ("tempo", "postgresql", "prometheus")
    ]


def test_one_program_can_be_brought_up_to_date_while_the_others_run_on(tmp_path):
    control = Supervisor(tmp_path)
    control.rpc = ReloadingRpc()
    control.apply(only={"postgresql"})
    assert {call.split()[1] for call in control.rpc.calls} == {"postgresql"}

"""odooops status: what it says and how it exits."""

import json

import pytest

from odooops.commands import status as command
from odooops.commands.status import NOT_HEALTHY, NOTHING_UP, Process, Status, exit_code


def result(*states: str) -> Status:
    processes = [Process(f"part{n}", n, state, "1.0", "127.0.0.1:1") for n, state in enumerate(states)]
    return Status("odoo", "admin", "/srv/x/admin_password", {"odoo": "http://127.0.0.1:8069"}, processes)


@pytest.mark.parametrize(
    ("states", "code"),
    [
        (("running", "running"), 0),
        (("running", "unhealthy"), NOT_HEALTHY),
        (("running", "stopped"), NOT_HEALTHY),
        (("running", "backoff"), NOT_HEALTHY),
        (("starting", "starting"), NOT_HEALTHY),
        (("stopped", "stopped"), NOTHING_UP),
        (("fatal", "exited"), NOTHING_UP),
        ((), NOTHING_UP),
    ],
)
def test_the_exit_code_tells_healthy_ill_and_down_apart(states, code):
    assert exit_code(result(*states)) == code


def test_the_json_has_the_keys_of_the_interface():
    data = command.as_data(result("running"))
    assert set(data) == {"database", "admin_login", "admin_password_file", "urls", "processes"}
    assert set(data["processes"][0]) == {"name", "pid", "state", "version", "listen"}


def test_the_table_aligns_and_never_shows_the_password():
    table = command.as_table(result("running", "unhealthy")).splitlines()
    assert table[0].index("STATE") == table[1].index("running") == table[2].index("unhealthy")
    assert "password in /srv/x/admin_password" in table[-1]


@pytest.mark.parametrize(
    ("states", "is_down"), [(("stopped", "exited"), True), (("running", "exited"), False)]
)
def test_where_all_is_down_it_is_said_what_starts_it(states, is_down):
    assert ("nothing is up: setup/up starts it" in command.as_table(result(*states))) is is_down


def test_nothing_set_up_is_nothing_up(tmp_path):
    down = command.status(tmp_path)
    assert exit_code(down) == NOTHING_UP
    assert "setup/up" in command.as_table(down)


@pytest.fixture
def running_state(state, monkeypatch):
    component = {"title": "Odoo", "version": "19.0", "check": {"type": "none"}}
    components = [
        component | {"name": name, "listen": f"127.0.0.1:{state.ports[name]}"}
        for name in ("odoo", "odoo-evented", "nginx")
    ]
    state.path("run", "components.json").write_text(json.dumps({"version": 1, "components": components}))
    supervised = {"odoo": {"statename": "RUNNING", "pid": 77}, "nginx": {"statename": "STOPPED", "pid": 0}}
    monkeypatch.setattr(command.Supervisor, "processes", lambda self: supervised)
    return state.directory


def test_a_part_is_running_only_when_its_check_passes_too(running_state):
    states = {
        process.name: process.state
        for process in command.status(running_state, lambda check, pid: False).processes
    }
    assert states == {"odoo": "unhealthy", "odoo-evented": "unhealthy", "nginx": "stopped"}


def test_the_check_is_of_the_process_that_the_supervisor_started(running_state):
    asked = []
    command.status(running_state, lambda check, pid: asked.append(pid) or True)
    assert asked == [77, 77], "Odoo's master, for the evented process as well"


def test_what_runs_on_without_its_supervisor_is_neither_running_nor_down(running_state, monkeypatch):
    monkeypatch.setattr(command.Supervisor, "processes", lambda self: {})
    monkeypatch.setattr(command.leftovers, "find", lambda directory: [1])
    found = command.status(running_state, lambda check, pid: True)
    assert {process.state for process in found.processes} == {"orphaned"}
    assert exit_code(found) == NOT_HEALTHY
    assert "setup/up takes the stack over" in command.as_table(found)


def test_the_evented_process_is_as_well_as_odoo_s_master_lets_it_be(running_state):
    processes = {
        process.name: process for process in command.status(running_state, lambda check, pid: True).processes
    }
    assert processes["odoo-evented"].state == processes["odoo"].state == "running"
    assert (processes["odoo"].pid, processes["nginx"].pid) == (77, None)


def test_addresses_come_from_the_state(running_state):
    assert command.status(running_state).urls["odoo"] == "http://127.0.0.1:8069"

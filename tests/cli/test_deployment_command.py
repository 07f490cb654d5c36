"""odooops deployment: starts, waits for the gates, ends with an exit code that a CI job can use."""

import json

import pytest
from fake_odoo import Refusal

from odooops.commands import deployment

MODEL = "odooops.deployment"
PASSED = {
    "name": "Errors",
    "outcome": "passed",
    "value": 0.01,
    "comparison": "<",
    "threshold": 0.05,
    "message": "",
}
OPEN = PASSED | {"outcome": "failed", "value": 0.2, "message": "0.2 is not below 0.05"}


def answer(**changes):
    return {
        "id": 7,
        "environment": "production",
        "version": "1.4.2",
        "commit": "",
        "state": "running",
        "reason": "",
        "source": "cli",
        "url": "",
        "note": "",
        "key": "",
        "user": "ann",
        "started_at": "2026-11-25T10:00:00Z",
        "finished_at": "",
        "duration": 0.0,
        "rollback_of": False,
        "modules": [],
        "gates": [],
    } | changes


class Time:
    """A clock that only moves when somebody sleeps."""

    now = 0.0

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def finish(odoo):
    """``finish(gates, …, wait=…)``: ends deployment 7, whose gates are these one look after the other."""

    def call(*looks, wait=0.0, **options):
        time, left = Time(), list(looks)
        odoo.on(
            f"{MODEL}.run_gates", lambda deployment: answer(gates=left.pop(0) if len(left) > 1 else left[0])
        )
        odoo.on(f"{MODEL}.finish_deployment", answer(state="succeeded"))
        told = []
        clock = {"clock": lambda: time.now, "sleep": time.sleep, "progress": told.append}
        deployment.finish_deployment(odoo.client, 7, wait=wait, **clock, **options)
        return time.now, told

    return call


def test_a_deployment_without_modules_is_one(odoo, run):
    odoo.on(f"{MODEL}.get_deployment", answer(modules=False))

    assert json.loads(run("deployment", "get", "7", "--output", "json")[1])["modules"] == []


def test_an_answer_of_another_version_is_one_line(odoo, run):
    odoo.on(f"{MODEL}.get_deployment", 5)

    code, output, errors = run("deployment", "get", "7")

    assert (code, output) == (1, "")
    assert "is the addon there as new as odooops" in errors
    assert len(errors.splitlines()) == 1


def test_the_id_alone_is_printed_so_that_a_script_can_keep_it(odoo, run):
    odoo.on(f"{MODEL}.start_deployment", answer())

    result = run("deployment", "start", "production", "1.4.2", "--commit", "abc", "--module", "sale=19.0.1.2")

    assert result == (0, "7\n", "")
    assert odoo.asked(f"{MODEL}.start_deployment") == [
        {
            "environment": "production",
            "version": "1.4.2",
            "source": "cli",
            "commit": "abc",
            "modules": [{"name": "sale", "version": "19.0.1.2"}],
        }
    ]


def test_programs_get_everything_with_null_for_what_is_empty(odoo, run):
    odoo.on(f"{MODEL}.start_deployment", answer())

    found = json.loads(run("deployment", "start", "production", "1.4.2", "--output", "json")[1])

    assert found == answer(
        commit=None, reason=None, url=None, note=None, key=None, finished_at=None, rollback_of=None
    )


def test_a_start_that_is_refused_says_what_to_do(odoo, run):
    odoo.on(f"{MODEL}.start_deployment", Refusal(422, "UserError", "Deployment 6 runs: finish it first."))

    code, output, errors = run("deployment", "start", "production", "1.4.2")

    assert (code, output) == (1, "")
    assert errors == "odooops: Deployment 6 runs: finish it first.\n"


@pytest.mark.parametrize(("state", "code"), [("succeeded", 0), ("failed", 1)])
def test_the_exit_code_of_finish_says_whether_it_is_good(odoo, run, state, code):
    odoo.on(f"{MODEL}.finish_deployment", answer(state=state, gates=[OPEN]))

    found, output, _errors = run("deployment", "finish", "7")

    assert found == code
    assert "0.2 is not below 0.05" in output
    assert odoo.calls == [(f"{MODEL}.finish_deployment", {"deployment": 7, "outcome": "success"})]


def test_gates_are_waited_for_until_all_are_passed(finish, odoo):
    waited, told = finish([OPEN], [OPEN], [PASSED], wait=300)

    assert waited == 20
    assert told == ["not passed yet: Errors; 300 s left", "not passed yet: Errors; 290 s left"]
    assert len(odoo.asked(f"{MODEL}.finish_deployment")) == 1


def test_gates_that_never_pass_are_judged_when_the_time_is_over(finish, odoo):
    waited, _told = finish([OPEN], wait=25)

    assert waited == 25
    assert len(odoo.asked(f"{MODEL}.run_gates")) == 4
    assert len(odoo.asked(f"{MODEL}.finish_deployment")) == 1


@pytest.mark.parametrize("options", [{"outcome": "failed"}, {"force": True, "note": "by hand"}])
def test_what_the_gates_do_not_decide_is_not_waited_for(finish, odoo, options):
    waited, _told = finish([OPEN], wait=300, **options)

    assert waited == 0
    assert odoo.asked(f"{MODEL}.run_gates") == []


def test_the_list_can_be_limited_to_an_environment_and_a_state(odoo, run):
    record = {
        "id": 7,
        "environment_id": [1, "production"],
        "version": "1.4.2",
        "state": "failed",
        "commit": False,
        "user_id": [2, "Ann Miller"],
    }
    odoo.on(f"{MODEL}.search_read", [record | {"started_at": "2026-11-25 10:00:00", "duration": 75.0}])
    odoo.on("res.users.read", [{"id": 2, "login": "ann"}])

    arguments = ("deployment", "list", "--environment", "production", "--in-state", "failed", "--limit", "5")
    (found,) = json.loads(run(*arguments, "--output", "json")[1])

    assert (found["environment"], found["user"]) == ("production", "ann")
    assert found["started_at"] == "2026-11-25T10:00:00Z"
    assert found["commit"] is None
    (asked,) = odoo.asked(f"{MODEL}.search_read")
    assert asked["domain"] == [["environment_id.name", "=", "production"], ["state", "=", "failed"]]
    assert asked["limit"] == 5
    assert "1 min 15 s" in run(*arguments)[1]

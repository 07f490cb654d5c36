"""odooops rollback: the operator's own command between the start and the end of a recorded deployment."""

import json
import sys

import pytest
from fake_odoo import Refusal

MODEL = "odooops.deployment"


def record(number, version, state="succeeded", source="cli", rollback_of=False):
    return {
        "id": number,
        "environment_id": [1, "production"],
        "version": version,
        "commit": f"commit-{version}",
        "state": state,
        "source": source,
        "user_id": False,
        "rollback_of_id": rollback_of,
    }


BAD = [record(9, "1.5"), record(8, "1.4", "failed"), record(7, "1.4"), record(6, "1.3")]
STARTED = {"id": 10, "state": "running", "modules": [], "gates": []}


@pytest.fixture
def deployments(odoo):
    """``deployments(records)``: an Odoo with these, newest first, in which another one can be started and ended."""

    def make(records):
        odoo.on(f"{MODEL}.search_read", records)
        odoo.on(f"{MODEL}.start_deployment", STARTED)
        odoo.on(f"{MODEL}.run_gates", STARTED)
        state = {"success": "succeeded", "failed": "failed"}
        odoo.on(f"{MODEL}.finish_deployment", lambda outcome, **_: STARTED | {"state": state[outcome]})
        return odoo

    return make


@pytest.fixture
def script(tmp_path):
    """``script(text)``: the operator's command for production, a Python script with what it was told in ``told``."""

    def write(text=""):
        program = tmp_path / "rollback.py"
        told = tmp_path / "told.json"
        program.write_text(
            "import json, os, sys\n"
            f"own = {{name: value for name, value in os.environ.items() if name.startswith('ODOOOPS_ROLLBACK_')}}\n"
            f"open({str(told)!r}, 'w').write(json.dumps(own))\n{text}\n"
        )
        file = tmp_path / "config" / "odooops" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        command = json.dumps([sys.executable, str(program)])
        file.write_text(f"[rollback.production]\ncommand = {command}\n")
        file.chmod(0o600)
        return told

    return write


def finished(odoo):
    (asked,) = odoo.asked(f"{MODEL}.finish_deployment")
    return asked["deployment"], asked["outcome"]


def test_the_last_good_version_before_the_last_one_is_brought_back(deployments, script, run):
    odoo, told = deployments(BAD), script()

    code, output, _errors = run("rollback", "production", "--yes", "--output", "json")

    assert (code, json.loads(output)["state"]) == (0, "succeeded")
    (started,) = odoo.asked(f"{MODEL}.start_deployment")
    assert (started["version"], started["commit"], started["rollback_of"]) == ("1.4", "commit-1.4", 9)
    assert finished(odoo) == (10, "success")
    assert json.loads(told.read_text()) == {
        "ODOOOPS_ROLLBACK_ENVIRONMENT": "production",
        "ODOOOPS_ROLLBACK_DEPLOYMENT": "10",
        "ODOOOPS_ROLLBACK_FROM_VERSION": "1.5",
        "ODOOOPS_ROLLBACK_FROM_COMMIT": "commit-1.5",
        "ODOOOPS_ROLLBACK_TO_VERSION": "1.4",
        "ODOOOPS_ROLLBACK_TO_COMMIT": "commit-1.4",
    }


def test_a_version_makes_no_other_question_of_the_one_that_is_asked(deployments, script, run, typed):
    odoo, _told = deployments([record(9, "1.5\x1b[2K\rDo nothing?"), *BAD[1:]]), script()
    typed("n\n", is_terminal=True)

    code, _output, errors = run("rollback", "production")

    assert code == 1
    assert errors.startswith("Take production back from 1.5\\x1b[2K\\rDo nothing? to 1.4 by ")
    assert odoo.asked(f"{MODEL}.start_deployment") == []


def test_a_rollback_that_failed_is_tried_again(deployments, script, run):
    odoo, _told = deployments([record(10, "1.4", "failed", rollback_of=[9, "1.5"]), *BAD]), script()

    run("rollback", "production", "--yes")

    (started,) = odoo.asked(f"{MODEL}.start_deployment")
    assert (started["version"], started["rollback_of"]) == ("1.4", 9)


def test_another_one_can_be_named(deployments, script, run):
    odoo, _told = deployments(BAD), script()

    run("rollback", "production", "--yes", "--to", "6")

    assert odoo.asked(f"{MODEL}.start_deployment")[0]["version"] == "1.3"


def test_a_command_that_fails_is_a_failed_deployment_and_an_exit_code(deployments, script, run):
    odoo = deployments(BAD)
    script("sys.exit(3)")

    code, _output, _errors = run("rollback", "production", "--yes")

    assert code == 1
    assert finished(odoo) == (10, "failed")
    assert "exit code 3" in odoo.asked(f"{MODEL}.finish_deployment")[0]["note"]


def test_a_command_that_cannot_be_run_leaves_no_open_deployment(deployments, script, run, tmp_path):
    odoo = deployments(BAD)
    script()
    (tmp_path / "config/odooops/config.toml").write_text(
        '[rollback.production]\ncommand = ["no-such-program"]\n'
    )

    code, _output, errors = run("rollback", "production", "--yes")

    assert code == 1
    assert "no-such-program cannot be run" in errors
    assert finished(odoo) == (10, "failed")


def test_an_interrupted_one_leaves_no_open_deployment(deployments, script, run, monkeypatch):
    odoo = deployments(BAD)
    script()

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("odooops.commands.rollback.subprocess.run", interrupted)

    assert run("rollback", "production", "--yes")[0] == 130
    assert finished(odoo) == (10, "failed")


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([], "no deployment of production to take back"),
        (
            [record(1, "1.0")],
            "a good deployment of another version is not among those of production before 1.0",
        ),
        ([record(2, "1.1"), record(1, "1.1")], "a good deployment of another version"),
        ([record(2, "1.1"), record(1, "1.0", "failed")], "a good deployment of another version"),
        ([record(2, "1.1"), record(1, "1.0", source="module")], "a good deployment of another version"),
        ([record(3, "1.2", "running"), *BAD], "deployment 3 of production still runs"),
    ],
)
def test_nothing_is_run_when_there_is_nothing_to_go_back_to(deployments, script, run, records, said):
    odoo, told = deployments(records), script()

    code, _output, errors = run("rollback", "production", "--yes")

    assert code == 1
    assert said in errors
    assert odoo.asked(f"{MODEL}.start_deployment") == []
    assert not told.exists()


def test_nothing_is_run_when_odoo_refuses_the_start(deployments, script, run):
    told = script()
    deployments(BAD).on(
        f"{MODEL}.start_deployment", Refusal(403, "AccessError", "This needs the role Operator.")
    )

    assert run("rollback", "production", "--yes")[0] == 4
    assert not told.exists()


def test_a_command_comes_from_the_operator_s_file_alone(deployments, run):
    deployments(BAD)

    code, _output, errors = run("rollback", "production", "--yes")

    assert code == 1
    assert "[rollback.production]" in errors
    assert "config.toml" in errors


@pytest.mark.parametrize(
    ("answer", "code", "is_run"), [("y\n", 0, True), ("\n", 1, False), ("no\n", 1, False)]
)
def test_the_person_at_the_terminal_is_asked(deployments, script, run, typed, answer, code, is_run):
    deployments(BAD)
    told = script()
    typed(answer, is_terminal=True)

    assert run("rollback", "production")[0] == code
    assert told.exists() is is_run


def test_where_nobody_can_be_asked_yes_has_to_be_said(deployments, script, run, typed):
    deployments(BAD)
    told = script()
    typed("y\n")

    code, _output, errors = run("rollback", "production")

    assert code == 2
    assert "Take production back from 1.5 to 1.4" in errors
    assert "--yes" in errors
    assert not told.exists()

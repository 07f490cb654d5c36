"""setup/cli hands the odooops command what it needs of the caller: his place, and which Odoo he means."""

import os
import subprocess
from pathlib import Path

import pytest

from odooops.stack import cli


@pytest.fixture
def started(state, monkeypatch):
    """What setup/cli would become: program, environment and directory."""
    command = state.path("venv", "bin", "odooops")
    command.parent.mkdir(parents=True)
    command.touch()
    monkeypatch.setattr(cli.opening, "find", lambda option: state)
    monkeypatch.setattr(cli.opening, "directory", lambda option: state.directory)
    seen = {}

    def execve(program, argv, environment):
        seen.update(argv=argv, environment=environment, directory=os.getcwd())

    monkeypatch.setattr(cli.os, "execve", execve)
    return seen


def test_files_are_named_from_where_the_caller_is(started, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli.run_cli(["config", "plan", "observability.yaml"])

    assert started["directory"] == str(tmp_path)
    assert started["argv"][1:] == ["config", "plan", "observability.yaml"]


def test_where_the_state_s_owner_may_not_be_the_state_is_the_place(started, state, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def closed(path):
        raise PermissionError

    monkeypatch.setattr(cli.os, "listdir", closed)
    cli.run_cli(["status"])

    assert started["directory"] == str(state.directory)


def test_which_odoo_is_meant_is_handed_on_and_the_caller_s_odoo_is_not(started, monkeypatch):
    for name in (
        "ODOOOPS_URL",
        "ODOOOPS_API_KEY",
        "ODOOOPS_DATABASE",
        "ODOOOPS_PROFILE",
        "ODOO_RC",
        "PGHOST",
    ):
        monkeypatch.setenv(name, f"value of {name}")
    cli.run_cli(["environment", "list"])

    handed_on = {name for name in started["environment"] if name.startswith(("ODOO", "PG"))}
    assert handed_on == {
        "ODOOOPS_URL",
        "ODOOOPS_API_KEY",
        "ODOOOPS_DATABASE",
        "ODOOOPS_PROFILE",
        "ODOOOPS_STATE",
    }


@pytest.mark.parametrize(
    "arguments", [["--help"], ["-h"], ["query", "--help"], ["gauge", "create", "--help"]]
)
def test_help_where_nothing_is_set_up_says_where_to_read(tmp_path, arguments):
    script = Path(cli.opening.CHECKOUT) / "setup" / "cli"
    command = [script, *arguments, "--state", tmp_path / "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    assert "help comes with setup/up" in line
    assert line.endswith("docs/cli.md")
    assert Path(line.split()[-1]).is_file()


@pytest.mark.parametrize("arguments", [[], ["status"], ["gauge", "get", "--", "--help"]])
def test_any_other_command_needs_what_setup_up_makes(tmp_path, arguments):
    with pytest.raises(cli.NotSetUp, match="nothing is set up in"):
        cli.run_cli([f"--state={tmp_path / 'nothing'}", *arguments])

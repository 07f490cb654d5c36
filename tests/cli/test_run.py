"""Commands of other programs: their environment, their failure in one line, their log."""

import os
import signal

import pytest

from odooops.stack import run as runs
from odooops.stack.errors import NoSpaceError


def test_the_caller_s_python_and_postgresql_settings_do_not_reach_the_programs():
    environ = {
        "PYTHONPATH": "x",
        "PGHOST": "x",
        "VIRTUAL_ENV": "x",
        "OTEL_X": "x",
        "ODOO_RC": "x",
        "ODOOOPS_STATE": "x",
        "PATH": "/bin",
        "https_proxy": "http://proxy:3128",
        "PIP_INDEX_URL": "u",
        "UV_DEFAULT_INDEX": "u",
    }
    kept = runs.base_environment(environ)
    assert set(kept) == {"PATH", "https_proxy", "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "LANG", "LC_ALL"}


def test_a_failure_names_the_work_the_cause_and_the_log(state):
    with pytest.raises(runs.CommandFailed) as failed:
        runs.run(
            state, "baking", ["sh", "-c", "echo start; echo 'oven: error: too cold' >&2; echo bye; exit 2"]
        )
    assert str(failed.value) == f"baking failed: oven: error: too cold (log: {state.log('setup')})"
    assert "oven: error" in state.log("setup").read_text()


def test_a_full_disk_in_a_program_is_told_as_such(state):
    with pytest.raises(NoSpaceError, match="choose another place"):
        runs.run(state, "baking", ["sh", "-c", "echo 'write: No space left on device'; exit 1"])


def test_a_secret_output_is_not_logged(state):
    assert runs.run(state, "hashing", ["sh", "-c", "echo hunter$((1 + 1))"], secret=True).strip() == "hunter2"
    assert "hunter2" not in state.log("setup").read_text()


def test_what_goes_to_standard_input_is_not_logged(state):
    runs.run(state, "reading", ["sh", "-c", "cat > /dev/null"], text="hunter2")
    assert "hunter2" not in state.log("setup").read_text()


def test_an_interrupted_command_is_ended(state, monkeypatch):
    def interrupt(number, frame):
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            runs.run(state, "sleeping", ["sh", "-c", "echo $$ > pid; exec sleep 60"])
    finally:
        signal.signal(signal.SIGALRM, previous)
    pid = int((state.directory / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_telling_line_is_found_in_a_long_output():
    output = "INFO a\nE: Unable to fetch some archives\nnote: see above\n"
    assert runs.cause(output) == "E: Unable to fetch some archives"
    assert runs.cause("only this\n\n") == "only this"
    assert runs.cause("") == ""
    assert runs.cause("Checking x\n  FAILED:\nx: yaml: line 3\n") == "FAILED: x: yaml: line 3"

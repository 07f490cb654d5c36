"""Settings and configuration with real processes: at once, and killed in the middle."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from odooops.stack import postgres
from odooops.stack.state import State, read_record

SETTING = "event.retention_days"
NAMES = [f"at-once-{number}" for number in range(12)]


class Psql:
    """A session of the database's administrator, which can hold locks."""

    def __init__(self, stack):
        state = State(stack.directory, stack.directory, stack.checkout, read_record(stack.directory))
        socket, port = stack.directory / "postgres" / "run", str(state.record["ports"]["postgresql"])
        program = [postgres.bin_directory(state) / "psql", "-h", socket, "-p", port, "-U", "postgres"]
        # The server asks the operating system who it is that connects.
        owner = stack.directory.stat().st_uid
        self.process = subprocess.Popen(
            [*program, "-XAtq", "-v", "ON_ERROR_STOP=1", stack.status()["database"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            user=owner if os.geteuid() != owner else None,
        )

    def ask(self, statement: str) -> str:
        """The first line of what a statement gives; "done" when it gives nothing."""
        self.process.stdin.write(f"{statement};\n\\echo done\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().strip()
        while line != "done" and self.process.stdout.readline().strip() != "done":
            pass
        return line

    def close(self) -> None:
        self.process.communicate(timeout=30)


@pytest.fixture
def psql(stack) -> Iterator[Psql]:
    session = Psql(stack)
    with contextlib.closing(session):
        yield session


@pytest.fixture
def clean(stack) -> Iterator:
    """A session of the administrator; what the test made is gone afterwards."""
    session = stack.login()
    yield session
    session.call("odooops.setting", "unset_setting", SETTING)
    made = session.call(
        "odooops.environment", "search", [("name", "like", "at-once-")], context={"active_test": False}
    )
    session.call("odooops.environment", "unlink", made)


def at_once(*functions) -> list:
    """Runs the functions, each in a thread, from one moment on; returns their results or errors."""
    results: list = [None] * len(functions)
    barrier = threading.Barrier(len(functions))

    def run(index, function):
        barrier.wait()
        try:
            results[index] = function()
        except (Exception, pytest.fail.Exception) as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def configuration(kind: str) -> str:
    entries = "".join(f"  {name}: {{kind: {kind}}}\n" for name in NAMES)
    return f"version: 1\nenvironments:\n{entries}settings:\n  {SETTING}: 44\n"


def kinds(session) -> set[str]:
    found = session.call("odooops.environment", "search_read", [("name", "in", NAMES)], ["kind"])
    return {environment["kind"] for environment in found}


def test_two_processes_that_set_one_setting_both_succeed_and_both_are_logged(stack, clean):
    sessions = [stack.login(), stack.login()]
    last = clean.call("odooops.event", "search", [], order="id desc", limit=1)[0]
    values = [100, 200]

    results = at_once(
        *(
            lambda session=session, value=value: session.call(
                "odooops.setting", "set_setting", SETTING, value
            )
            for session, value in zip(sessions, values, strict=True)
        )
    )

    assert [result["value"] for result in results] == values
    events = clean.call(
        "odooops.event",
        "search_read",
        [("id", ">", last), ("name", "=", "setting.changed")],
        ["details"],
        order="id",
    )
    steps = [event["details"] for event in events]
    assert sorted(step["after"] for step in steps) == ["100", "200"]
    # The second one knew the first one's value: none was lost between them.
    assert steps[1]["before"] == steps[0]["after"]
    for session in sessions * 5:
        found = session.call("odooops.setting", "get_settings")
        assert {own["value"] for own in found if own["name"] == SETTING} == {int(steps[1]["after"])}


def test_two_that_apply_at_once_come_one_after_the_other(stack, clean):
    sessions = [stack.login(), stack.login()]

    results = at_once(
        *(
            lambda session=session, kind=kind: session.call(
                "odooops.configuration", "apply_configuration", configuration(kind)
            )
            for session, kind in zip(sessions, ("staging", "production"), strict=True)
        )
    )

    assert [result["changed"] for result in results] == [True, True], results
    [first, second] = sorted(results, key=lambda result: result["version"])
    assert first["counts"]["create"] == len(NAMES) + 1
    assert second["counts"] == {"create": 0, "update": len(NAMES), "delete": 0}
    assert len(kinds(clean)) == 1
    assert not clean.call("odooops.configuration", "check_drift")["drifted"]


def test_an_apply_whose_process_is_killed_in_the_middle_leaves_nothing(stack, clean, psql, wait_for):
    versions = clean.call("odooops.configuration.version", "search_count", [])
    session = stack.login()
    psql.ask("BEGIN")
    psql.ask("LOCK TABLE odooops_setting IN SHARE ROW EXCLUSIVE MODE")
    call = threading.Thread(target=at_once, args=[lambda: _apply(session)])
    call.start()
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'odoo'"
    wait_for(
        "the worker that made the environments waits for the settings",
        lambda: psql.ask(waiting) != "done",
    )

    for pid in stack.worker_pids():
        os.kill(pid, signal.SIGKILL)

    call.join()
    psql.ask("COMMIT")
    wait_for("the master has replaced its workers", stack.is_healthy)
    assert kinds(clean) == set()
    found = {own["name"]: own["value"] for own in clean.call("odooops.setting", "get_settings")}
    assert found[SETTING] == 90
    assert clean.call("odooops.configuration.version", "search_count", []) == versions
    assert _apply(stack.login())["changed"], "and nothing keeps the next one from working"


def _apply(session) -> dict:
    return session.call("odooops.configuration", "apply_configuration", configuration("staging"))


@pytest.fixture
def file(base) -> Iterator[Path]:
    """A file that the account of the stack can read."""
    path = base / "at-once.yaml"
    path.touch(mode=0o644)
    yield path
    path.unlink()


def test_the_command_line_applies_a_file(stack, clean, file):
    file.write_text(configuration("staging"))

    checked = stack.run("cli", "config", "validate", str(file))
    assert checked.returncode == 0, checked.stderr
    planned = stack.run("cli", "config", "plan", str(file))
    assert f"+   {NAMES[0]}:" in planned.stdout, planned.stderr
    applied = stack.run("cli", "config", "apply", str(file), "--yes")
    assert applied.returncode == 0, applied.stderr

    assert kinds(clean) == {"staging"}
    assert stack.run("cli", "config", "drift", "--check").returncode == 0


def test_the_command_line_tells_mistakes_with_their_place(stack, file):
    file.write_text("version: 1\nenviroments: {}\n")

    checked = stack.run("cli", "config", "validate", str(file))

    assert checked.returncode == 1
    assert f"{file}:2:1: " in checked.stdout + checked.stderr

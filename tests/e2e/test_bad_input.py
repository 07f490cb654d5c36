"""What a person may get wrong, or what may go wrong half way: one line that says what to do, and nothing broken."""

import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

NEEDED = ("addons", "monitoring", "setup", "requirements.txt")


def test_a_taken_port_is_named_with_its_owner(stack, second, refusal):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        line = refusal(second.run("up", "--core", "--port", str(port)))

    assert f"port {port} is taken by" in line
    assert "--port N" in line
    assert stack.is_healthy()


@pytest.mark.parametrize("port", ["eighty", "0", "80", "65536", "-1", "8069x"])
def test_a_malformed_port_is_refused(second, port, refusal):
    line = refusal(second.run("up", "--core", f"--port={port}"))

    assert port in line
    assert "1024" in line


def test_an_odoo_of_another_series_is_refused(second, readable, refusal):
    (readable / "odoo").mkdir()
    (readable / "odoo" / "release.py").write_text("version_info = (18, 0, 0, 'final', 0, '')\n")

    line = refusal(second.run("up", "--core", ODOO_HOME=str(readable)))

    assert "18.0" in line
    assert "19.0" in line


def test_an_odoo_home_without_odoo_is_refused(second, readable, refusal):
    assert "holds no Odoo" in refusal(second.run("up", "--core", ODOO_HOME=str(readable)))


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root hands over to another user that cannot read the checkout"
)
def test_a_checkout_that_the_unprivileged_user_cannot_read_is_refused(second, tmp_path, refusal):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for name in NEEDED:
        source = second.checkout / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, closed / name)
    command = ["sh", str(closed / "setup" / "up"), "--core", "--state", str(second.directory)]

    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    line = refusal(result)
    assert "cannot read the checkout" in line
    assert "chmod" in line


@pytest.mark.slow
def test_two_runs_at_once_and_one_that_is_killed_leave_nothing_broken(stack, second, wait_for, refusal):
    """The moments are spread over a run with a warm cache; each run goes on where the last one was cut."""
    for seconds in (1, 5, 12):
        process = second.start("up", "--core")
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    lock = second.directory / "lock"
    before = lock.read_text()
    # Everything anew: it is still at it when the second one comes.
    first = second.start("up", "--core", "--reset")
    wait_for("the first run has its lock", lambda: lock.read_text() not in ("", before))
    line = refusal(second.run("up", "--core"))
    output, errors = first.communicate(timeout=300)

    assert "another setup/up or setup/down" in line
    assert first.returncode == 0, output + errors
    assert second.is_healthy()
    assert stack.is_healthy()
    assert second.login().call("res.users", "search_count", [["login", "=", "admin"]]) == 1
    assert set(ports(stack)).isdisjoint(ports(second))


@pytest.mark.slow
def test_a_malformed_telemetry_setting_is_told_and_the_default_holds(second):
    output = second.up(OTEL_METRIC_EXPORT_INTERVAL="soon", OTEL_TRACES_SAMPLER_ARG="often")

    for variable, value in (
        ("OTEL_METRIC_EXPORT_INTERVAL", "soon"),
        ("OTEL_TRACES_SAMPLER_ARG", "often"),
    ):
        lines = [line for line in output.splitlines() if variable in line]
        assert len(lines) == 1, output
        assert value in lines[0]
    assert second.is_healthy()


@pytest.mark.slow
def test_an_option_that_odoo_cannot_read_is_refused_and_odoo_runs_on(second, refusal):
    second.up()
    before = second.processes()["odoo"]["pid"]
    file = second.directory / "odoo" / "odoo.local.conf"
    file.write_text("[options]\nworkers = many\n")
    file.chmod(0o644)

    line = refusal(second.run("up", "--core"))

    assert f'{file}: workers: expected a whole number, found "many"' in line
    assert second.processes()["odoo"]["pid"] == before
    assert second.is_healthy()
    file.write_text("[options]\nworkers = 3\nlimit_request = 5000\n")
    second.up()
    assert second.is_healthy()
    file.unlink()


@pytest.mark.slow
def test_a_receiver_that_nobody_can_reach_costs_no_request(second):
    second.up(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")

    assert second.login().call("res.users", "search_count", [["login", "=", "admin"]]) == 1
    assert second.is_healthy()


def ports(stack) -> list[str]:
    return [process["listen"].rpartition(":")[2] for process in stack.processes().values()]

"""The running stack: what it tells about itself, where it listens, and that it comes back."""

import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest

PROCESSES = {
    "alertmanager",
    "blackbox_exporter",
    "nginx",
    "odoo",
    "odoo-evented",
    "postgres_exporter",
    "postgresql",
    "prometheus",
}
TCP_LISTEN = "0A"
KEEPS_ITS_PORT = 4.0


def test_the_status_has_exactly_the_keys_of_its_interface(stack):
    status = stack.told_status()

    assert set(status) == {"database", "admin_login", "admin_password_file", "urls", "processes"}
    assert {"odoo", "prometheus", "alertmanager"} <= set(status["urls"])
    assert {frozenset(process) for process in status["processes"]} == {
        frozenset({"name", "pid", "state", "version", "listen"})
    }


def test_every_process_is_healthy(stack):
    processes = stack.processes()

    assert set(processes) == PROCESSES
    assert {process["state"] for process in processes.values()} == {"running"}
    assert all(process["version"] for process in processes.values())
    assert stack.is_healthy()
    assert stack.run("cli", "status").returncode == 0


def test_the_admin_password_is_for_the_owner_alone(stack):
    file = Path(stack.status()["admin_password_file"])

    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text().strip()) >= 20


def test_the_administrator_can_log_in_and_the_addons_are_installed(stack):
    names = ["odooops_base", "odooops_otel"]

    installed = stack.login().call(
        "ir.module.module", "search_count", [["name", "in", names], ["state", "=", "installed"]]
    )

    assert installed == len(names)


def test_every_listener_is_on_loopback(stack):
    listeners = [address for pid in stack.family() for address in listening(pid)]

    assert len(listeners) >= len(PROCESSES)
    assert [address for address in listeners if not address.startswith("127.")] == []


def test_nothing_runs_as_root(stack):
    uids = {os.stat(f"/proc/{pid}").st_uid for pid in stack.family()}

    assert 0 not in uids


def test_a_websocket_opens_through_nginx(stack):
    session = stack.login()
    host, port = session.address.removeprefix("http://").split(":")
    request = (
        "GET /websocket?version=19.0-1 HTTP/1.1\r\n"
        f"Host: {host}:{port}\r\nOrigin: {session.address}\r\n"
        f"Cookie: session_id={session.cookies['session_id']}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )

    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request.encode())
        answer = connection.recv(4096).decode()

    assert answer.startswith("HTTP/1.1 101 ")
    # RFC 6455 §1.3: the answer to this very key
    assert "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer


def test_static_files_come_from_nginx(stack):
    answer = stack.login().get(f"{stack.urls['odoo']}/web/static/img/logo2.png", timeout=10)

    assert answer.status_code == 200
    # Odoo's own static files have a validator of werkzeug's form: time-size-checksum.
    assert re.fullmatch(r'"[0-9a-f]+-[0-9a-f]+"', answer.headers["ETag"])


def test_prometheus_has_our_rules_and_every_target_is_up(stack, wait_for):
    def targets() -> dict[str, float]:
        return {labels["job"]: value for labels, value in stack.query("up")}

    expected = dict.fromkeys(("alertmanager", "blackbox", "postgres", "prometheus"), 1.0)

    wait_for("every target is up", lambda: targets() == expected)
    wait_for("the probe of Odoo succeeds", lambda: stack.query('probe_success{job="blackbox"} == 1'))
    wait_for("PostgreSQL is seen", lambda: stack.query('pg_up{job="postgres"} == 1'))


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_a_killed_process_comes_back(stack, wait_for, name):
    before = stack.pids()[name]

    os.kill(before, signal.SIGKILL)

    def is_back() -> bool:
        process = stack.processes()[name]
        return process["state"] == "running" and process["pid"] not in (None, before)

    wait_for(f"{name} runs again under another process id", is_back)
    wait_for("the whole stack is healthy", stack.is_healthy)


def test_none_of_them_keeps_dying_afterwards(stack, wait_for):
    # A process that cannot keep its port gives up after two or three seconds.
    wait_for("each has run for a while", lambda: min(map(age, stack.pids().values())) > KEEPS_ITS_PORT)

    assert stack.is_healthy()


def test_a_killed_worker_is_replaced(stack, wait_for):
    master, before = stack.pids()["odoo"], wait_for("two HTTP workers", lambda: two(stack.worker_pids()))

    os.kill(before[0], signal.SIGKILL)

    after = wait_for("two HTTP workers again", lambda: two(set(stack.worker_pids()) - {before[0]}))
    assert before[1] in after
    assert stack.pids()["odoo"] == master


def test_a_second_run_keeps_processes_and_data(stack):
    session = stack.login()
    partner = session.call("res.partner", "create", [{"name": "Kept"}])
    before = stack.pids()

    stack.up()

    assert stack.pids() == before
    assert session.call("res.partner", "search_count", [["id", "in", partner]]) == 1


@pytest.mark.slow
def test_down_leaves_no_process_and_up_brings_everything_back(stack):
    session = stack.login()
    count = session.call("res.partner", "search_count", [])

    stack.down()

    assert stack.running() == []
    assert stack.run("cli", "status").returncode == 3
    stack.up()
    assert stack.login().call("res.partner", "search_count", []) == count


def age(pid: int) -> float:
    """Seconds since a process was started (proc(5), /proc/PID/stat, field 22)."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def two(pids) -> list[int]:
    return sorted(pids) if len(pids) == 2 else []


def listening(pid: int) -> list[str]:
    """The addresses that a process listens on, by TCP of both families."""
    sockets = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == TCP_LISTEN and f"socket:[{fields[9]}]" in sockets:
                found.append(readable(fields[1]))
    return found


def readable(hexadecimal: str) -> str:
    """An address of /proc/net/tcp: bytes of each 32-bit word in host order."""
    host, port = hexadecimal.split(":")
    words = [bytes.fromhex(host[i : i + 8])[::-1] for i in range(0, len(host), 8)]
    family_ = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return f"{socket.inet_ntop(family_, b''.join(words))}:{int(port, 16)}"

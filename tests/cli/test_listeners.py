"""Who listens on a port."""

import os
import socket
import subprocess
import sys

import pytest

from odooops.stack import listeners

SERVER = """
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
time.sleep(60)
"""


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_who_listens_is_told_apart_from_who_does_not(server, other):
    assert listeners.listens(os.getpid(), server)
    assert not listeners.listens(other.pid, server)


def test_a_process_that_has_ended_listens_nowhere(server, other):
    other.kill()
    other.wait()

    assert not listeners.listens(other.pid, server)


def test_a_child_listens_for_its_master():
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as child:
        listens = listeners.listens(os.getpid(), int(child.stdout.readline()))
        child.kill()

    assert listens


def test_nobody_listens_where_a_connection_is_only_winding_down():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = listening.accept()
    accepted.close()

    assert listeners.has_old_connections(port)
    assert not listeners.listens(os.getpid(), port)
    client.close()

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


def test_who_listens_is_told_apart_from_who_does_not(server):
    with subprocess.Popen(["sleep", "60"]) as other:
        assert listeners.listens(os.getpid(), server)
        assert not listeners.listens(other.pid, server)
        other.kill()
    assert not listeners.listens(other.pid, server), "it has ended"


def test_a_child_listens_for_its_master():
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as child:
        port = int(child.stdout.readline())
        assert listeners.listens(os.getpid(), port)
        child.kill()


def test_nobody_listens_where_a_connection_is_only_winding_down():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = listening.accept()
    accepted.close()

    assert listeners.has_old_connections(port)
    assert not listeners.listens(os.getpid(), port)
    client.close()

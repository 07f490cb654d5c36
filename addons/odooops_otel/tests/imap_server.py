"""A real IMAP server for tests, in a process of its own: Twisted's, with one mailbox in memory.

::

    with ImapServer([b"Subject: …"]) as server:
        imaplib.IMAP4("127.0.0.1", server.port).login(USER, PASSWORD)
        server.kill()  # it is gone, in the middle of whatever it did

https://www.rfc-editor.org/rfc/rfc3501. Twisted is a package of the tests alone: :data:`IS_THERE` says whether it is.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

USER, PASSWORD = "odoo-in@mail.example", "s3sam-0pen-planted"
IS_THERE = importlib.util.find_spec("twisted") is not None


class ImapServer:
    """
    :param messages: what waits to be fetched
    :param dies_on: a command, such as "FETCH", that the server does not live to answer
    """

    def __init__(self, messages: list[bytes] = (), dies_on: str = ""):
        program = Path(__file__).with_name("imap_mailbox.py")
        self._process = subprocess.Popen(
            [sys.executable, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        texts = [message.decode() for message in messages]
        given = {"user": USER, "password": PASSWORD, "messages": texts, "dies_on": dies_on}
        self._process.stdin.write(json.dumps(given))
        self._process.stdin.close()
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> ImapServer:
        return self

    def __exit__(self, *_exc_info) -> None:
        self.kill()
        self._process.stdout.close()

    def kill(self) -> None:
        """As a server that fails: connections are cut, nobody listens any more."""
        self._process.kill()
        self._process.wait()

"""A real SMTP server for tests: it keeps what it is sent, and refuses whom it is told to."""

import contextlib
import socket
from collections.abc import Iterator

from aiosmtpd.controller import Controller

REFUSED = "nobody@"


class Inbox:
    """What has arrived, as aiosmtpd's handler; addresses that begin with ``nobody@`` are unknown here."""

    def __init__(self):
        self.port = 0
        self.messages: list[bytes] = []

    async def handle_RCPT(self, _server, _session, envelope, address: str, _options: list[str]) -> str:
        """https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.1.3"""
        if address.startswith(REFUSED):
            return "550 5.1.1 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:
        """Keeps the message."""
        self.messages.append(envelope.content)
        return "250 OK"


@contextlib.contextmanager
def receiving() -> Iterator[Inbox]:
    """A server on a free port of the loopback interface while this lasts."""
    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        inbox.port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()

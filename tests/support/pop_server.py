"""A real POP3 server for tests: it has the messages of one mailbox, and deletes what it is told to.

https://datatracker.ietf.org/doc/html/rfc1939
"""

import contextlib
import socketserver
import threading
from collections.abc import Iterator

USER, PASSWORD = "odoo@example.com", "open sesame"


class Mailbox(socketserver.ThreadingTCPServer):
    """Messages that wait to be fetched; ``broken``: it lets nobody see how many."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.port = self.server_address[1]
        self.messages: list[bytes] = []
        self.broken = False


class _Session(socketserver.StreamRequestHandler):
    """What one client says, from its greeting to QUIT."""

    server: Mailbox

    def handle(self) -> None:
        self.messages, self.deleted = list(self.server.messages), set()
        self.user = None
        self.say(b"+OK ready")
        while line := self.rfile.readline():
            verb, *arguments = line.decode().strip().split(" ", 1)
            answer = getattr(self, f"on_{verb.lower()}", None)
            self.say(answer(*arguments) if answer else b"-ERR unknown command")
            if verb.upper() == "QUIT":
                return

    def say(self, answer: bytes) -> None:
        self.wfile.write(answer + b"\r\n")

    def on_user(self, name: str) -> bytes:
        self.user = name
        return b"+OK"

    def on_pass(self, password: str) -> bytes:
        known = (self.user, password) == (USER, PASSWORD)
        return b"+OK" if known else b"-ERR [AUTH] nobody of that name"

    def on_stat(self) -> bytes:
        if self.server.broken:
            return b"-ERR [SYS/TEMP] the mailbox cannot be read"
        return b"+OK %d %d" % (len(self.messages), sum(map(len, self.messages)))

    def on_list(self) -> bytes:
        sizes = (b"%d %d" % (number, len(text)) for number, text in enumerate(self.messages, start=1))
        return b"\r\n".join([b"+OK", *sizes, b"."])

    def on_retr(self, number: str) -> bytes:
        lines = self.messages[int(number) - 1].split(b"\n")
        stuffed = (b"." + line if line.startswith(b".") else line for line in lines)
        return b"\r\n".join([b"+OK", *stuffed, b"."])

    def on_dele(self, number: str) -> bytes:
        self.deleted.add(self.messages[int(number) - 1])
        return b"+OK"

    def on_quit(self) -> bytes:
        self.server.messages = [text for text in self.server.messages if text not in self.deleted]
        return b"+OK"


@contextlib.contextmanager
def waiting(*messages: bytes) -> Iterator[Mailbox]:
    """A mailbox with these messages on a free port of the loopback interface while this lasts."""
    with Mailbox() as mailbox:
        mailbox.messages.extend(messages)
        thread = threading.Thread(target=mailbox.serve_forever, daemon=True)
        thread.start()
        try:
            yield mailbox
        finally:
            mailbox.shutdown()
            thread.join()

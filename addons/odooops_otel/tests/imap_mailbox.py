"""The program that :mod:`imap_server` runs: Twisted's IMAP server, told on standard input what its mailbox has."""

import email
import io
import json
import os
import sys

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import reactor
from twisted.internet.protocol import Factory
from twisted.mail import imap4
from zope.interface import implementer


@implementer(imap4.IMessage, imap4.IMessageFile)
class Message:
    """One message, with its flags."""

    def __init__(self, uid: int, text: str):
        self.uid, self.text, self.flags = uid, text.encode(), set()

    def getUID(self):
        return self.uid

    def getFlags(self):
        return list(self.flags)

    def getInternalDate(self):
        return "30-Nov-2026 12:00:00 +0000"

    def getSize(self):
        return len(self.text)

    def getHeaders(self, _negate, *_names):
        return {name.lower(): value for name, value in email.message_from_bytes(self.text).items()}

    def open(self):
        return io.BytesIO(self.text)


@implementer(imap4.IMailbox)
class Mailbox:
    """INBOX."""

    def __init__(self, texts: list[str]):
        self.messages = [Message(uid, text) for uid, text in enumerate(texts, start=1)]

    def getUIDValidity(self):
        return 1

    def getUIDNext(self):
        return len(self.messages) + 1

    def getMessageCount(self):
        return len(self.messages)

    def getRecentCount(self):
        return 0

    def getUnseenCount(self):
        return sum("\\Seen" not in message.flags for message in self.messages)

    def isWriteable(self):
        return True

    def getFlags(self):
        return ["\\Seen", "\\Deleted"]

    def getHierarchicalDelimiter(self):
        return "/"

    def addListener(self, _listener):
        """Nothing changes by itself."""

    removeListener = addListener

    def fetch(self, messages, uid):
        messages.last = len(self.messages)
        return [(number, self.messages[number - 1]) for number in messages]

    def store(self, messages, flags, mode, uid):
        changed = {}
        for number, message in self.fetch(messages, uid):
            message.flags = {-1: message.flags - set(flags), 1: message.flags | set(flags)}.get(
                mode, set(flags)
            )
            changed[number] = message.getFlags()
        return changed

    def expunge(self):
        gone = [message.uid for message in self.messages if "\\Deleted" in message.flags]
        self.messages = [message for message in self.messages if message.uid not in gone]
        return gone


@implementer(IRealm)
class Realm:
    """Whoever has the password has the mailbox."""

    def __init__(self, mailbox: Mailbox):
        self.account = imap4.MemoryAccount("test")
        self.account.addMailbox("INBOX", mailbox)

    def requestAvatar(self, _user, _mind, *_interfaces):
        return imap4.IAccount, self.account, lambda: None


class Mortal(imap4.IMAP4Server):
    """Dies of one command."""

    dies_on = ""

    def dispatchCommand(self, tag, command, *rest, **more):
        if command.decode() == self.dies_on:
            os._exit(1)
        return super().dispatchCommand(tag, command, *rest, **more)


def serve(given: dict) -> None:
    """Serves until the process is killed; says its port first."""
    checker = InMemoryUsernamePasswordDatabaseDontUse()
    checker.addUser(given["user"].encode(), given["password"].encode())
    portal, factory = Portal(Realm(Mailbox(given["messages"])), [checker]), Factory()
    factory.protocol = Mortal
    Mortal.dies_on, Mortal.portal = given["dies_on"], portal
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    sys.stdout.write(f"{port.getHost().port}\n")
    sys.stdout.flush()
    reactor.run()


if __name__ == "__main__":
    serve(json.load(sys.stdin))

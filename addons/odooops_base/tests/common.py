"""Parts that answer, keep silent or misbehave, for the tests of every addon that adds to the page.

``serving(behaviour)`` is a real server on a free port of the loopback; ``ComponentsCase.list_parts(…)`` makes the
page look at given parts::

    with serving(answer(b"HTTP/1.1 200 OK\\r\\n\\r\\n")) as address:
        self.list_parts(prometheus={"type": "http", "url": f"http://{address}/"})
        self.env["odooops.component"].get_status()
"""

import contextlib
import json
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase, new_test_user
from odoo.tools import file_path

from ..models.odooops_component import OdooopsComponent

# Seconds that a browser may take: bundles may have to be made first, on a busy machine.
PATIENCE = 240
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Behaviour = Callable[[socket.socket, threading.Event], None]


def answer(data: bytes) -> Behaviour:
    """Reads the request, sends ``data`` and closes."""

    def behave(connection: socket.socket, _end: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(data)

    return behave


def silence(_connection: socket.socket, end: threading.Event) -> None:
    """Takes the connection and says nothing until the test ends."""
    end.wait()


def drip(connection: socket.socket, end: threading.Event) -> None:
    """Sends a good status line, a byte every twentieth of a second."""
    for byte in b"HTTP/1.1 200 OK\r\n\r\n":
        connection.sendall(bytes([byte]))
        end.wait(0.05)


def flood(connection: socket.socket, end: threading.Event) -> None:
    """Answers 200 with more than anybody wants, and does not close."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000)
    end.wait()


@contextlib.contextmanager
def serving(behaviour: Behaviour) -> Iterator[str]:
    """A server on the loopback that behaves so to each connection; yields its "host:port"."""
    end = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                behaviour(connection, end)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=take, args=[server.accept()[0]], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield "{}:{}".format(*server.getsockname())
        finally:
            end.set()
            # Wakes the accept above; closing alone does not.
            server.shutdown(socket.SHUT_RDWR)


def free_address() -> str:
    """A "host:port" at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return "{}:{}".format(*server.getsockname())


# Debian leaves this library, which is not free, out of ``mail``; to the bundles it still belongs.
LEFT_OUT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def leave_out_what_debian_lacks(env):
    """Takes what is not there out of the backend's bundle: it is an error in the browser's console.

    ``setup/test`` does so in the database that it copies for the tests, and makes the bundles there.
    """
    values = {"bundle": "web.assets_backend", "directive": "remove", "path": LEFT_OUT}
    domain = [(name, "=", value) for name, value in values.items()]
    try:
        file_path(LEFT_OUT)
    except FileNotFoundError:
        if not env["ir.asset"].search_count(domain):
            env["ir.asset"].create(values | {"name": "Left out by Debian"})


# As in the tests of ``mail``: neither an invitation nor a note that a record was made.
QUIETLY = {
    "no_reset_password": True,
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
}


def new_user(env, login, **values):
    """``new_test_user`` without what Odoo writes to each user and of him."""
    user = new_test_user(env, login, context={**env.context, **QUIETLY}, **values)
    return user.with_env(env)


class BrowserCase(HttpCase):
    """For ``browser_js``, also with Debian's Odoo: an error in the console would fail every test."""

    def setUp(self):
        super().setUp()
        leave_out_what_debian_lacks(self.env)

    def browser_js(self, url_path, code, ready="", login=None, timeout=PATIENCE, **options):
        """With more patience than Odoo's minute, in which a busy machine has hardly begun."""
        return super().browser_js(url_path, code, ready, login, timeout, **options)

    def run_unit_tests(self, suite):
        """The unit tests that ``@<addon>`` has in JavaScript."""
        # The suite's id is a hash of its name, as web/tests/test_js.py computes it.
        number = 0
        for character in suite:
            number = (number * 31 + ord(character)) & 0xFFFFFFFF
        told = []

        def is_the_end(message):
            # HOOT goes on after a failure, and ends with how many there were.
            told.append(message)
            return "[HOOT]" not in message

        try:
            self.browser_js(
                f"/web/tests?headless&loglevel=2&preset=desktop&timeout={1000 * PATIENCE // 4}&id={number:08x}",
                "",
                login="admin",
                timeout=2 * PATIENCE,
                success_signal="[HOOT] Test suite succeeded",
                error_checker=is_the_end,
            )
        except AssertionError as failure:
            failure.add_note("\n".join(told))
            raise


class ComponentsCase(TransactionCase):
    """A list of parts of the test's own."""

    def setUp(self):
        super().setUp()
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.components_file = Path(folder, "components.json")
        self.enterContext(patch.dict(os.environ, ODOOOPS_COMPONENTS_FILE=str(self.components_file)))

    def list_parts(self, **checks):
        """Lists parts given as ``name=check``; the title is the capitalised name."""
        entries = [{"name": name, "title": name.title(), "check": check} for name, check in checks.items()]
        self.components_file.write_text(json.dumps({"version": 1, "components": entries}))

    def get_part(self, name):
        """The part of that name as the page shows it."""
        status = self.env["odooops.component"].get_status()
        return next(part for part in status["components"] if part["name"] == name)


class OwnPartsCase(ComponentsCase):
    """The parts of ``odooops_base`` alone, whatever other addons add to the page."""

    def setUp(self):
        super().setUp()
        installed = type(self.env["odooops.component"])
        own = OdooopsComponent._collect_components
        self.enterContext(patch.object(installed, "_collect_components", own))


class RolesCase(TransactionCase):
    """Users with roles, in environments of the test's own: ``production`` and ``staging``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Of other addons and of the process itself: a test counts its own.
        environments = cls.env["odooops.environment"]
        cls.production = environments.create({"name": "test-production", "kind": "production"})
        cls.staging = environments.create({"name": "test-staging", "kind": "staging"})

    def setUp(self):
        super().setUp()
        if not type(self)._registry_patched:
            # What is written by a connection of its own is seen by the test, and goes with it.
            self.registry_enter_test_mode()

    @classmethod
    def make_user(cls, role=None, environments=None, login=None, groups="base.group_user", **vals):
        """A user with that role, in all environments or in the given ones."""
        login = login or f"test_{role}_{'all' if environments is None else 'named'}"
        user = new_user(cls.env, login, groups=groups, **vals)
        if role:
            cls.assign(user, role, environments)
        return user

    @classmethod
    def assign(cls, user, role, environments=None):
        """Gives the role as the superuser does; returns the assignment."""
        vals = {"user_id": user.id, "role": role}
        if environments is not None:
            vals |= {"scope": "named", "environment_ids": [Command.set(environments.ids)]}
        return cls.env["odooops.role.assignment"].create(vals)

    def events(self, name, **values):
        """The events of that name that the test has made, newest first."""
        domain = [("name", "=", name), *((field, "=", value) for field, value in values.items())]
        return self.env["odooops.event"].search(domain)

"""Mail that comes in: fetched from a real POP3 or IMAP server by Odoo, and handed in by the script that Odoo ships."""

import contextlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import urlsplit

import pop_server
import pytest
import without_odoo
from counting import grown
from traced import Traced

without_odoo.register_addons()

from odooops_otel.tests import imap_server  # noqa: E402

ARRIVED = 60
NOBODY_OF_THAT_NAME = 67  # of sysexits.h, as the script tells the mail server
TAKEN_IN = "odoo_mail_receive_duration_seconds_count"
SERVERS = "odoo_mail_fetch_servers"


@pytest.fixture(scope="module")
def session(whole):
    return whole.login()


def message(of: str) -> bytes:
    """A mail, told apart by ``of``."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "customer@example.com", "sales@example.com", f"Test {of}"
    made["Message-Id"] = f"<{of}@example.com>"
    made.set_content("Planted in the text.\n")
    return made.as_bytes()


@pytest.fixture
def mailbox() -> Iterator[pop_server.Mailbox]:
    """One mail, that has come twice."""
    text = message(secrets.token_hex(8))
    with pop_server.waiting(text, text + b"twice\n") as mailbox:
        yield mailbox


@contextlib.contextmanager
def known(session, kind: str, port: int, user: str, password: str) -> Iterator[int]:
    """What Odoo knows of a mailbox while this lasts; it makes a partner of each mail."""
    [model] = session.call("ir.model", "search", [["model", "=", "res.partner"]])
    values = {"name": "Test", "server_type": kind, "server": "127.0.0.1", "port": port}
    login = {"user": user, "password": password, "object_id": model}
    [made] = session.call("fetchmail.server", "create", [values | login])
    session.call("fetchmail.server", "button_confirm_login", [made])
    yield made
    session.call("fetchmail.server", "unlink", [made])


@pytest.fixture
def server(session, mailbox) -> Iterator[int]:
    """What Odoo knows of the mailbox."""
    with known(session, "pop", mailbox.port, pop_server.USER, pop_server.PASSWORD) as made:
        yield made


@pytest.fixture
def imap(session) -> Iterator[int]:
    """A server of the other kind, with one mail, that has come twice."""
    text = message(secrets.token_hex(8))
    with (
        imap_server.ImapServer([text, text + b"twice\n"]) as own,
        known(session, "imap", own.port, imap_server.USER, imap_server.PASSWORD) as made,
    ):
        yield made


@pytest.fixture
def fetching(session) -> int:
    """The scheduled action that fetches."""
    named = [["name", "=", "ir_cron_mail_gateway_action"]]
    [found] = session.call("ir.model.data", "search_read", named, ["res_id"])
    return found["res_id"]


@pytest.fixture
def told(whole, wait_for):
    """``told(what, selector, since, by)``: waits until Prometheus has counted that many more."""

    def told_(what: str, selector: str, since: float, by: float = 1) -> None:
        wait_for(what, lambda: grown(whole, selector, since) >= by, ARRIVED)

    return told_


def test_mail_is_fetched_by_the_scheduled_action(whole, session, mailbox, server, fetching, told, wait_for):
    since = time.time()
    session.trigger(fetching)
    wait_for("the mailbox is empty", lambda: not mailbox.messages, ARRIVED)

    told("one was taken in", f'{TAKEN_IN}{{odoo_mail_protocol="pop", odoo_mail_result="taken"}}', since)
    told("one had come before", f'{TAKEN_IN}{{odoo_mail_protocol="pop", odoo_mail_result="ignored"}}', since)
    told("a connection", 'odoo_mail_connect_duration_seconds_count{error_type=""}', since)
    wait_for("its server", lambda: whole.query(f'{SERVERS}{{odoo_mail_fetch_state="ok"}} >= 1'), ARRIVED)
    assert whole.query("odoo_mail_fetch_age_seconds < 600")


def test_mail_is_fetched_by_imap(session, imap, fetching, told):
    since = time.time()
    session.trigger(fetching)

    for result in ("taken", "ignored"):
        told(
            f"one is {result}", f'{TAKEN_IN}{{odoo_mail_protocol="imap", odoo_mail_result="{result}"}}', since
        )
    connections = 'odoo_mail_connect_duration_seconds_count{odoo_mail_protocol="imap", error_type=""}'
    told("a connection", connections, since)


def test_mail_that_somebody_fetches_is_in_the_trace_without_what_it_says(
    whole, session, mailbox, server, wait_for
):
    traced = Traced()
    session.headers.update(traced.headers)
    session.call("fetchmail.server", "fetch_mail", [server])
    for name in traced.headers:
        del session.headers[name]
    assert not mailbox.messages

    def spans() -> list[dict]:
        found = whole.tempo_trace(traced.id)
        return found if "fetchmail.server.fetch_mail" in [span["name"] for span in found] else []

    trace = wait_for("the trace in Tempo", spans, ARRIVED)
    [connect] = [span for span in trace if span["name"] == "mail connect"]
    assert connect["kind"] == "SPAN_KIND_CLIENT"
    received = [span["attributes"] for span in trace if span["name"] == "mail receive"]
    assert [told["odoo.mail.result"] for told in received] == ["taken", "ignored"]
    for secret in ("example.com", "sesame", "Planted"):
        assert secret not in json.dumps(trace)


def test_a_server_that_lets_nobody_in_is_seen(whole, session, mailbox, server, fetching, wait_for):
    """After a connection that went well: what fails is asking how many mails there are."""
    failing = f'{SERVERS}{{odoo_mail_fetch_state="failing"}}'
    wait_for("none fails", lambda: whole.query(f"{failing} == 0"), ARRIVED)
    mailbox.broken = True
    session.trigger(fetching)
    wait_for("it fails", lambda: whole.query(f"{failing} >= 1"), ARRIVED)
    mailbox.broken = False
    session.trigger(fetching)
    wait_for("it fails no more", lambda: whole.query(f"{failing} == 0"), ARRIVED)


def hand_in(whole, session, script: bytes, text: bytes) -> subprocess.CompletedProcess:
    """As a mail server pipes a mail through Odoo's script."""
    status, address = whole.status(), urlsplit(session.address)
    uid = session.rpc("/web/session/get_session_info")["uid"]
    where = [f"--host={address.hostname}", f"--port={address.port}", f"--database={status['database']}"]
    who = [f"--userid={uid}", f"--password={whole.admin_password}"]
    return subprocess.run(
        [sys.executable, "-c", script, *where, *who], input=text, capture_output=True, check=False, timeout=60
    )


def test_mail_is_handed_in_by_the_script_of_odoo(whole, session, told):
    script = session.get(f"{session.address}/mail/static/scripts/odoo-mailgate.py", timeout=30).content
    original = secrets.token_hex(8)
    [partner] = session.call("res.partner", "create", [{"name": f"Test {original}"}])
    posted = {"body": "Hello", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
    session.call("res.partner", "message_post", [partner], **posted)
    [first] = session.call("res.partner", "read", [partner], ["message_ids"])
    [parent] = session.call("mail.message", "read", first["message_ids"][:1], ["message_id"])
    reply = f"In-Reply-To: {parent['message_id']}\n".encode() + message(original)
    since = time.time()
    done = hand_in(whole, session, script, reply)
    assert done.returncode == 0, done.stderr
    refused = hand_in(whole, session, script, message(secrets.token_hex(8)))
    assert refused.returncode == NOBODY_OF_THAT_NAME, refused.stderr

    local = 'odoo_mail_protocol="local"'
    told("one was taken in", f'{TAKEN_IN}{{{local}, odoo_mail_result="taken"}}', since)
    told("one is for nobody", f'{TAKEN_IN}{{{local}, error_type="ValueError"}}', since)
    session.call("res.partner", "unlink", [partner])

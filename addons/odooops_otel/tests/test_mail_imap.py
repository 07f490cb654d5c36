"""Mail that Odoo fetches from a real IMAP server: what is told of it, of what goes wrong, and what is not."""

import unittest
from email.message import EmailMessage

from odoo.tests import TransactionCase, mute_logger, tagged

from ..telemetry import mail
from ..tools import otlp
from . import imap_server
from .imap_server import PASSWORD, USER, ImapServer
from .test_logging import LogMixin

FETCHMAIL = "odoo.addons.mail.models.fetchmail"
ERROR = 2  # Status.StatusCode of OTLP
PLANTED = "planted-words"


def message(of: str) -> bytes:
    """A mail, told apart by ``of``."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "customer@example.com", USER, f"{PLANTED} {of}"
    made["Message-Id"] = f"<{of}@example.com>"
    made.set_content(f"{PLANTED}\n")
    return made.as_bytes()


@tagged("post_install", "-at_install")
@unittest.skipUnless(imap_server.IS_THERE, "needs Twisted (requirements-dev.txt)")
class TestMailImap(LogMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.env["fetchmail.server"].search([]).active = False
        self.start_logging(ODOOOPS_LOG_EXPORTER="otlp")

    def make_imap(self, *messages: bytes, **options) -> ImapServer:
        return self.enterContext(ImapServer([*messages], **options))

    def make_server(self, port: int, password: str = PASSWORD):
        """What Odoo knows of the server; it makes a partner of each mail."""
        where = {"name": "Inbox", "server_type": "imap", "server": "127.0.0.1", "port": port, "state": "done"}
        model = self.env["ir.model"]._get_id("res.partner")
        who = {"user": USER, "password": password, "object_id": model}
        return self.env["fetchmail.server"].create(where | who)

    def fetch(self) -> None:
        """By the scheduled action, and send what was recorded."""
        with self.enter_registry_test_mode():
            self.env.ref("mail.ir_cron_mail_gateway_action").method_direct_trigger()
        self.env.invalidate_all()
        self.flush()

    def assert_nothing_left(self, *secrets: str) -> None:
        """Neither who, nor by which password, nor what: in no signal."""
        told = self.receiver.everything()
        for secret in (USER, PASSWORD, "example.com", PLANTED, *secrets):
            self.assertNotIn(secret.encode(), told)

    def fetching(self) -> dict[str, int]:
        """Servers by whether Odoo can fetch from them, as the leader tells it."""
        self.env.flush_all()
        servers = list(mail.observe(self.env.cr))[2]
        return {state: count for (state, _database), count in servers.values.items()}

    def test_what_is_fetched_is_told_and_nothing_of_what_it_says(self):
        server = self.make_server(self.make_imap(message("a"), message("b"), message("a")).port)
        self.fetch()

        (own,) = [span for span in self.receiver.spans() if span.data.name.startswith("cron Mail")]
        (connect,), received = self.receiver.spans("mail connect"), self.receiver.spans("mail receive")
        for span in (connect, *received):
            self.assertEqual(span.data.parent_span_id, own.data.span_id)
            self.assertEqual(span.attributes["odoo.mail.protocol"], "imap")
        self.assertEqual((connect.data.kind, connect.data.status.code), (otlp.KIND_CLIENT, 0))
        results = sorted(span.attributes["odoo.mail.result"] for span in received)
        self.assertEqual(results, ["ignored", "taken", "taken"])
        told = self.point("odoo.mail.connect.duration")
        own = {"odoo.mail.protocol": "imap", "db.namespace": self.env.cr.dbname}
        self.assertEqual((told.value, told.attributes), (1, own))
        self.assertEqual(self.receiver.total("odoo.mail.receive.duration", **own), 3)
        self.assertEqual((self.fetching(), server.error_date), ({"ok": 1, "failing": 0}, False))
        self.assert_nothing_left()

    def test_mail_that_was_fetched_is_not_fetched_again(self):
        self.make_server(self.make_imap(message("c")).port)
        self.fetch()
        self.fetch()

        self.assertEqual(self.receiver.total("odoo.mail.connect.duration"), 2)
        self.assertEqual(self.receiver.total("odoo.mail.receive.duration"), 1)

    @mute_logger(FETCHMAIL)
    def test_a_wrong_password_is_an_error_that_names_neither_the_password_nor_the_user(self):
        self.make_server(self.make_imap(message("d")).port, password="wr0ng-planted")
        self.fetch()

        self.assert_connect_failed("imaplib.IMAP4.error")
        self.assertEqual(self.receiver.spans("mail receive"), [])
        self.assert_nothing_left("wr0ng-planted")

    @mute_logger(FETCHMAIL)
    def test_a_server_that_is_gone_is_an_error(self):
        imap = self.make_imap(message("e"))
        self.make_server(imap.port)
        imap.kill()
        self.fetch()

        self.assert_connect_failed("ConnectionRefusedError")
        self.assert_nothing_left()

    def assert_connect_failed(self, error: str) -> None:
        (span,) = self.receiver.spans("mail connect")
        self.assertEqual((span.data.status.code, span.attributes["error.type"]), (ERROR, error))
        self.assertEqual(self.point("odoo.mail.connect.duration").attributes["error.type"], error)
        self.assertEqual(self.fetching(), {"ok": 0, "failing": 1})

    @mute_logger(FETCHMAIL)
    def test_a_server_that_dies_of_a_command_is_told_as_one_that_odoo_cannot_fetch_from(self):
        for command, received in (("LOGIN", 0), ("SEARCH", 0), ("FETCH", 0), ("STORE", 0)):
            with self.subTest(command):
                server = self.make_server(self.make_imap(message(command), dies_on=command).port)
                self.fetch()
                self.assertEqual(len(self.receiver.spans("mail receive")), received)
                self.assertEqual(self.fetching(), {"ok": 0, "failing": 1})
                server.active = False
        failed = [span.attributes.get("error.type") for span in self.receiver.spans("mail connect")]
        self.assertEqual(failed, ["imaplib.IMAP4.abort", None, None, None])
        self.assert_nothing_left()

    def test_what_odoo_logs_of_a_failure_has_no_address_and_no_password(self):
        self.make_server(self.make_imap().port, password="wr0ng-planted")
        self.fetch()

        (logged,) = [
            log for log in self.receiver.logs(FETCHMAIL) if log.data.body.string_value.startswith("Gen")
        ]
        self.assertEqual(logged.attributes["exception.type"], "imaplib.IMAP4.error")
        self.assert_nothing_left("wr0ng-planted")

    def test_a_server_is_confirmed_by_the_same_connection(self):
        server = self.make_server(self.make_imap().port)
        server.state = "draft"
        server.button_confirm_login()
        self.flush()

        self.assertEqual((server.state, self.point("odoo.mail.connect.duration").value), ("done", 1))
        self.assert_nothing_left()

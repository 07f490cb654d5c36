"""Mail that is sent, taken in, and waits."""

import smtplib
from email.message import EmailMessage
from unittest import mock

from odoo.tests import TransactionCase, mute_logger, tagged

from odoo.addons.base.models.ir_mail_server import IrMail_Server, MailDeliveryException

from ..telemetry import mail, patch
from ..telemetry.record import current
from .common import TelemetryMixin
from .test_cron import make_job


@tagged("post_install", "-at_install")
class TestMail(TelemetryMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()
        self.startPatcher(mock.patch.object(IrMail_Server, "_disable_send", return_value=False))
        self.smtp = mock.Mock(smtp_from=None, from_filter=None, smtp_to_map=None)

    def send(self):
        message = EmailMessage()
        message["From"], message["To"], message["Message-Id"] = "a@example.com", "b@example.com", "<1@x>"
        message["Subject"] = "planted secret"
        return self.env["ir.mail_server"].send_email(message, smtp_session=self.smtp)

    def test_mail_that_was_sent_is_counted(self):
        self.assertEqual(self.send(), "<1@x>")
        self.flush()
        point = self.point("odoo.mail.send.duration")
        self.assertEqual(point.value, 1)
        self.assertEqual(point.attributes, {"db.namespace": self.env.cr.dbname})

    def test_failure_has_the_class_of_what_the_server_said_and_odoo_s_exception_passes_by(self):
        self.smtp.send_message.side_effect = smtplib.SMTPRecipientsRefused({})
        with self.assertRaises(MailDeliveryException), mute_logger("odoo.addons.base.models.ir_mail_server"):
            self.send()
        self.flush()
        told = self.point("odoo.mail.send.duration").attributes["error.type"]
        self.assertEqual(told, "smtplib.SMTPRecipientsRefused")

    def test_mail_of_a_job_is_a_span_without_its_addresses(self):
        self.smtp.send_message.side_effect = None
        job = make_job(self.env, "env['ir.mail_server'].search_count([])")
        server = type(self.env["ir.mail_server"])

        def search_count(records, domain):
            self.send()
            return 0

        self.startPatcher(mock.patch.object(server, "search_count", search_count, create=True))
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.flush()
        (own,) = self.receiver.spans("cron Test job")
        (span,) = self.receiver.spans("mail send")
        self.assertEqual(span.data.parent_span_id, own.data.span_id)
        self.assertNotIn("example.com", str(span.data))
        self.assertIsNone(current.get())

    def test_mail_that_has_arrived_is_counted(self):
        text = "From: a@example.com\nTo: nobody@example.com\nMessage-Id: <2@x>\nSubject: x\n\nx"
        with self.assertRaises(ValueError), mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(False, text)  # an address of nobody
        self.flush()
        told = self.point("odoo.mail.receive.duration").attributes
        self.assertEqual(told["error.type"], "ValueError")
        self.assertEqual(told["odoo.mail.protocol"], "local")
        self.assertNotIn("odoo.mail.result", told)

    def test_mail_that_came_before_is_ignored(self):
        text = "From: a@example.com\nTo: b@example.com\nMessage-Id: <3@x>\nSubject: x\n\nx"
        for _ in range(3):
            self.env["mail.thread"].message_process("res.partner", text)
        self.flush()
        points = self.receiver.points("odoo.mail.receive.duration")
        counts = {point.attributes["odoo.mail.result"]: point.value for point in points}
        self.assertEqual(counts, {"taken": 1, "ignored": 2})

    def test_mail_that_was_fetched_has_the_protocol_of_its_server(self):
        server = self.make_server(server_type="pop")
        fetched = self.env["mail.thread"].with_context(default_fetchmail_server_id=server.id)
        with self.assertRaises(OSError):
            server._connect__()
        text = "From: a@example.com\nTo: b@example.com\nMessage-Id: <4@x>\nSubject: x\n\nx"
        fetched.message_process("res.partner", text)
        self.flush()
        self.assertEqual(self.point("odoo.mail.receive.duration").attributes["odoo.mail.protocol"], "pop")

    def make_server(self, **values):
        listens = {"name": "x", "server_type": "imap", "server": "127.0.0.1", "port": 1, "state": "done"}
        return self.env["fetchmail.server"].create(listens | values)

    def test_server_of_incoming_mail_that_is_not_there_is_told(self):
        server = self.make_server()
        with self.assertRaises(OSError):
            server._connect__()
        self.flush()
        point = self.point("odoo.mail.connect.duration")
        self.assertEqual(point.attributes["odoo.mail.protocol"], "imap")
        self.assertEqual(point.attributes["error.type"], "ConnectionRefusedError")

    def test_queue_is_told_by_state(self):
        before = self.observed()
        values = [{"state": "outgoing"}, {"state": "outgoing"}, {"state": "exception"}, {"state": "sent"}]
        self.env["mail.mail"].create(values)
        self.env.flush_all()
        after = self.observed()
        grown = {state: after[state] - before[state] for state in after}
        self.assertEqual(grown, {"outgoing": 2, "exception": 1})

    def test_age_is_that_of_mail_that_may_be_sent(self):
        self.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()
        mails = self.env["mail.mail"].create([{"state": "outgoing"}, {"state": "outgoing"}])
        mails[0].scheduled_date = "2999-01-01"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_mail SET create_date = now() AT TIME ZONE 'UTC' - interval '1 hour' WHERE id IN %s",
            [mails._ids],
        )
        (_length, age, *_fetching) = mail.observe(self.env.cr)
        self.assertAlmostEqual(age.values[self.env.cr.dbname,], 3600, delta=60)
        mails.scheduled_date = "2999-01-01"
        self.env.flush_all()
        (_length, age, *_fetching) = mail.observe(self.env.cr)
        self.assertEqual(age.values[self.env.cr.dbname,], 0)

    def test_servers_are_told_by_whether_odoo_can_fetch(self):
        self.env["fetchmail.server"].search([]).active = False
        self.assertEqual(self.fetching(), ({"ok": 0, "failing": 0}, 0))
        self.make_server(date="2026-01-01 00:00:00")
        failing = self.make_server(error_date="2026-01-01 00:00:00")
        self.make_server(state="draft", error_date="2026-01-01 00:00:00")
        self.make_server(server_type="local")
        counts, age = self.fetching()
        self.assertEqual(counts, {"ok": 1, "failing": 1})
        self.assertGreater(age, 86_400)
        failing.error_date = False
        self.assertEqual(self.fetching()[0], {"ok": 2, "failing": 0})

    def fetching(self) -> tuple[dict, float]:
        self.env.flush_all()
        servers, age = list(mail.observe(self.env.cr))[2:]
        return {state: count for (state, _database), count in servers.values.items()}, *age.values.values()

    def test_without_telemetry_odoo_s_own_functions_are_back(self):
        patch.unwrap_all()
        self.assertFalse(hasattr(IrMail_Server.send_email, "__wrapped__"))

    def observed(self) -> dict:
        length, *_rest = mail.observe(self.env.cr)
        return {state: count for (state, _database), count in length.values.items()}

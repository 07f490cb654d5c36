"""From where something was done: by every way that Odoo offers, as it is in the event."""

import datetime
import threading
from unittest.mock import patch

from odoo import http
from odoo.tests import HttpCase, tagged

from .. import caller
from .common import RolesCase

PASSWORD = "a password for tests"
# 127.0.0.1 is where the tests' own client is.
HERE = "127.0.0.1"


@tagged("post_install", "-at_install", "odooops")
class TestCaller(RolesCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.admin = self.make_user("admin", login="test_admin", password=PASSWORD)
        self.database = self.env.cr.dbname
        self.vals = {"note": "changed"}

    def assert_changed_by(self, interface, address=HERE, user=None):
        event = self.events("environment.changed", environment_id=self.staging.id)
        self.assertEqual(
            (event.interface, event.address, event.user_id), (interface, address, user or self.admin)
        )

    def test_xmlrpc(self):
        self.xmlrpc_object.execute_kw(
            self.database,
            self.admin.id,
            PASSWORD,
            "odooops.environment",
            "write",
            [self.staging.ids, self.vals],
        )
        self.assert_changed_by("xmlrpc")

    def test_jsonrpc(self):
        arguments = [self.database, self.admin.id, PASSWORD, "odooops.environment", "write"]
        params = {
            "service": "object", "method": "execute_kw", "args": [*arguments, [self.staging.ids, self.vals]]
        }  # fmt: skip
        self.make_jsonrpc_request("/jsonrpc", params)
        self.assert_changed_by("jsonrpc")

    def test_json2(self):
        expires = datetime.datetime.now() + datetime.timedelta(hours=1)
        key = self.env["res.users.apikeys"].with_user(self.admin)._generate("rpc", "test", expires)
        answer = self.url_open(
            "/json/2/odooops.environment/write",
            json={"ids": self.staging.ids, "vals": self.vals},
            headers={"Authorization": f"bearer {key}"},
        )
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assert_changed_by("json2")

    def test_the_backend(self):
        self.authenticate("test_admin", PASSWORD)
        params = {
            "model": "odooops.environment", "method": "web_save",
            "args": [self.staging.ids, self.vals], "kwargs": {"specification": {}},
        }  # fmt: skip
        self.make_jsonrpc_request("/web/dataset/call_kw", params)
        self.assert_changed_by("ui")

    def make_cron(self):
        return self.env["ir.cron"].create(
            {
                "name": "Test",
                "model_id": self.env.ref("odooops_base.model_odooops_environment").id,
                "state": "code",
                "code": f"model.browse({self.staging.id}).write({self.vals})",
                "interval_number": 1,
                "interval_type": "days",
                "user_id": self.admin.id,
            }
        )

    def test_a_scheduled_action(self):
        cron = self.make_cron()
        with self.env.registry.cursor() as cr:
            own = cron.with_env(self.env(cr=cr, user=self.admin, su=True))
            own._callback(cron.name, cron.ir_actions_server_id.id)
        self.env.invalidate_all()
        self.assert_changed_by("cron", address=False)
        self.assertEqual(caller.current(), caller.Caller("shell"))

    def test_a_shell(self):
        self.staging.with_user(self.admin).write(self.vals)
        self.assert_changed_by("shell", address=False)

    def test_a_proxy_that_is_not_trusted_does_not_tell_the_address(self):
        self.authenticate("test_admin", PASSWORD)
        self.url_open(
            "/web/dataset/call_kw",
            json={
                "params": {
                    "model": "odooops.environment",
                    "method": "write",
                    "args": [self.staging.ids, self.vals],
                    "kwargs": {},
                }
            },
            headers={"X-Forwarded-For": "203.0.113.9"},
        )
        self.assert_changed_by("ui")

    def test_the_caller_of_one_call_is_not_that_of_the_next(self):
        self.test_xmlrpc()
        found = []
        thread = threading.Thread(target=lambda: found.append(caller.current()))
        thread.start()
        thread.join()
        self.assertEqual([caller.current(), *found], [caller.Caller("shell")] * 2)

    def test_noting_callers_twice_is_once(self):
        before = http.borrow_request
        with patch.object(http, "borrow_request", before):
            caller.instrument()
            self.assertIs(http.borrow_request, before)

    def test_a_sentinel_in_the_context_of_a_call_is_none(self):
        self.authenticate("test_admin", PASSWORD)
        vals = {"name": "a.b", "occurred_at": "2030-01-01", "outcome": "success", "interface": "ui"}
        for forged in (True, 1, "WRITER", {}, ["object"]):
            answer = self.url_open(
                "/web/dataset/call_kw",
                json={
                    "params": {
                        "model": "odooops.event",
                        "method": "create",
                        "args": [vals],
                        "kwargs": {"context": {"odooops_event_writer": forged}},
                    }
                },
            )
            self.assertIn("error", answer.json())
        self.assertFalse(self.events("a.b"))

    def test_an_event_by_a_role_that_may_create_nothing_else_is_still_written(self):
        self.env["odooops.event"].with_user(self.make_user("viewer"))._log("test.seen")
        self.assertTrue(self.events("test.seen"))


@tagged("post_install", "-at_install", "odooops")
class TestTrace(RolesCase):
    def test_an_event_leads_to_the_trace_it_was_done_in(self):
        from opentelemetry import trace

        context = trace.SpanContext(0xABC, 0xDEF, is_remote=False)
        with trace.use_span(trace.NonRecordingSpan(context)):
            self.env["odooops.event"]._log("test.traced")
        self.assertEqual(self.events("test.traced").trace_id, f"{0xABC:032x}")

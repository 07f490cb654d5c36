"""RPC requests: JSON-RPC, XML-RPC and /json/2. Their failures may be answered with status 200."""

import json
import xmlrpc.client

from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import HttpCase, JsonRpcException, tagged

from .common import RpcMixin

CALL_KW = "/web/dataset/call_kw/<path:path>"


@tagged("post_install", "-at_install")
class TestRequestsRpc(RpcMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()

    # --- JSON-RPC -------------------------------------------------------------------------

    def test_call_has_its_route_and_user(self):
        self.signed_in()
        self.call_kw("search_count", [[]])
        record = self.record()
        self.assertEqual((record.route, record.status, record.error_type), (CALL_KW, 200, None))
        self.assertEqual(record.user_id, self.env.ref("base.user_admin").id)
        self.assertEqual(record.statement_count, self.odoo_counts[0])

    def test_programming_error_answered_with_200_has_its_error_type(self):
        self.signed_in()
        self.failing(KeyError("x"))
        with self.assertRaises(JsonRpcException):
            self.call_kw("search_count", [[]])
        record = self.record()
        self.assertEqual((record.status, record.error_type), (200, "KeyError"))

    def test_error_type_is_qualified_by_its_module(self):
        self.signed_in()
        self.failing(json.JSONDecodeError("x", "y", 0))
        with self.assertRaises(JsonRpcException):
            self.call_kw("search_count", [[]])
        self.assertEqual(self.record().error_type, "json.decoder.JSONDecodeError")

    def test_what_odoo_tells_the_user_is_no_error(self):
        self.signed_in()
        for error in (
            UserError("no"),
            AccessError("no"),
            ValidationError("no"),
            RedirectWarning("go there", 1, "Go"),
        ):
            with self.subTest(type(error).__name__):
                self.records.clear()
                with self.failing(error), self.assertRaises(JsonRpcException):
                    self.call_kw("search_count", [[]])
                self.assertIsNone(self.record().error_type)

    def test_expired_session_is_no_error(self):
        with self.assertRaises(JsonRpcException):
            self.call_kw("search_count", [[]])
        self.assertIsNone(self.record().error_type)

    # --- XML-RPC --------------------------------------------------------------------------

    def test_xmlrpc_call_has_its_database_and_user(self):
        uid = self.env.ref("base.user_admin").id
        self.xmlrpc("res.partner", "search_count", [[]])
        record = self.record()
        self.assertEqual((record.route, record.status), ("/xmlrpc/2/<service>", 200))
        self.assertEqual((record.database, record.user_id), (self.env.cr.dbname, uid))
        self.assertEqual(record.statement_count, self.odoo_counts[0])

    def test_xmlrpc_fault_has_its_error_type(self):
        self.failing(KeyError("x"))
        with self.assertRaises(xmlrpc.client.Fault):
            self.xmlrpc("res.partner", "search_count", [[]])
        record = self.record()
        self.assertEqual((record.status, record.error_type), (200, "KeyError"))

    def test_xmlrpc_access_denied_is_no_error(self):
        with self.assertRaises(xmlrpc.client.Fault):
            self.xmlrpc("res.partner", "search_count", [[]], password="wrong")
        record = self.record()
        self.assertEqual((record.status, record.error_type), (200, None))

    def test_database_that_does_not_exist_does_not_become_a_label(self):
        with self.assertRaises(xmlrpc.client.Fault):
            self.xmlrpc("res.partner", "search_count", [[]], database="made-up-by-the-caller")
        self.flush()
        self.assertNotIn(b"made-up-by-the-caller", self.receiver.everything())

    def test_database_that_is_no_name_is_counted_all_the_same(self):
        for nonsense in (["a"], {"a": 1}, 7):
            with self.subTest(nonsense), self.assertRaises(xmlrpc.client.Fault):
                self.xmlrpc("res.partner", "search_count", [[]], database=nonsense)
        self.telemetry.recorder.drain()
        self.assertEqual([record.database for record in self.records], [None] * 3)

    # --- /json/2 --------------------------------------------------------------------------

    def test_json2_call_has_its_route_and_user(self):
        response = self.json2("res.partner", "search_count", domain=[])
        self.assertEqual(response.status_code, 200, response.text)
        record = self.record()
        self.assertEqual((record.route, record.status), ("/json/2/<__model__>/<__method__>", 200))
        self.assertEqual(record.user_id, self.env.ref("base.user_admin").id)
        self.assertEqual(record.statement_count, self.odoo_counts[0])

    def test_json2_unknown_model_is_404_and_no_error(self):
        self.assertEqual(self.json2("no.such.model", "search").status_code, 404)
        record = self.record()
        self.assertEqual((record.status, record.error_type), (404, None))

    def test_json2_programming_error_is_500_with_its_type(self):
        self.failing(ZeroDivisionError("x"))
        self.assertEqual(self.json2("res.partner", "search_count", domain=[]).status_code, 500)
        record = self.record()
        self.assertEqual((record.status, record.error_type), (500, "ZeroDivisionError"))

"""The state is reached by every way that Odoo offers to programs, and by viewers alone."""

import datetime
import xmlrpc.client

from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import OwnPartsCase, new_user

PASSWORD = "a password for tests"


@tagged("post_install", "-at_install", "odooops")
class TestRpc(OwnPartsCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        viewer = "odooops_base.group_odooops_viewer"
        cls.viewer = new_user(cls.env, "viewer", groups=viewer, password=PASSWORD)
        cls.plain = new_user(cls.env, "plain", groups="base.group_user", password=PASSWORD)

    def setUp(self):
        super().setUp()
        self.list_parts(nginx={"type": "none"})

    def assert_status(self, status):
        names = [part["name"] for part in status["components"]]
        self.assertEqual(names, ["nginx", "odoo", "postgresql"])

    def call_json2(self, user):
        expires = datetime.datetime.now() + datetime.timedelta(hours=1)
        key = self.env["res.users.apikeys"].with_user(user)._generate("rpc", "test", expires)
        return self.url_open(
            "/json/2/odooops.component/get_status",
            data="{}",
            headers={"Authorization": f"bearer {key}", "Content-Type": "application/json"},
        )

    def test_json2(self):
        self.assert_status(self.call_json2(self.viewer).json())

    @mute_logger("odoo.http")
    def test_json2_refuses_others(self):
        answer = self.call_json2(self.plain)

        self.assertEqual(answer.status_code, 403)
        self.assertIn("OdooOps role Viewer", answer.json()["message"])

    def call_xmlrpc(self, user):
        database = self.env.cr.dbname
        return self.xmlrpc_object.execute_kw(
            database, user.id, PASSWORD, "odooops.component", "get_status", []
        )

    def test_xmlrpc(self):
        self.assert_status(self.call_xmlrpc(self.viewer))

    @mute_logger("odoo.http")
    def test_xmlrpc_refuses_others(self):
        with self.assertRaisesRegex(xmlrpc.client.Fault, "OdooOps role Viewer"):
            self.call_xmlrpc(self.plain)

    def call_kw(self, method):
        params = {"model": "odooops.component", "method": method, "args": [], "kwargs": {}}
        return self.make_jsonrpc_request("/web/dataset/call_kw", params)

    def test_the_web_client(self):
        self.authenticate("viewer", PASSWORD)

        self.assert_status(self.call_kw("get_status"))

    @mute_logger("odoo.http")
    def test_what_is_not_public_cannot_be_called(self):
        self.authenticate("viewer", PASSWORD)
        for method in ("_collect_components", "_load_listed", "_prepare_component"):
            with self.assertRaisesRegex(JsonRpcException, "AccessError"):
                self.call_kw(method)

"""Deployments and backups by every way that Odoo offers to programs."""

import datetime
import xmlrpc.client

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .operations_common import OperationsCase

PASSWORD = "a password for tests"


@tagged("post_install", "-at_install", "odooops")
class TestOperationsRpc(OperationsCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.operator.password = PASSWORD
        self.env.flush_all()

    def json2(self, model, method, user=None, **arguments):
        expires = datetime.datetime.now() + datetime.timedelta(hours=1)
        key = self.env["res.users.apikeys"].with_user(user or self.operator)._generate("rpc", "test", expires)
        return self.url_open(
            f"/json/2/{model}/{method}", json=arguments, headers={"Authorization": f"bearer {key}"}
        )

    def test_json2(self):
        started = self.json2("odooops.deployment", "start_deployment", environment="shop", version="1").json()
        finished = self.json2("odooops.deployment", "finish_deployment", deployment=started["id"]).json()
        backup = self.json2("odooops.backup", "record_backup", environment="shop", size=7).json()

        self.assertEqual((finished["state"], finished["user"]), ("succeeded", "operator_all"))
        self.assertEqual(backup["size"], 7)
        event = self.env["odooops.event"].search([("name", "=", "deployment.started")], limit=1)
        self.assertEqual((event.interface, event.user_login), ("json2", "operator_all"))

    @mute_logger("odoo.http")
    def test_json2_refuses_who_may_not(self):
        answer = self.json2(
            "odooops.deployment", "start_deployment", self.viewer, environment="shop", version="1"
        )

        self.assertEqual(answer.status_code, 403)
        self.assertIn("needs the OdooOps role Operator", answer.json()["message"])

    def test_xmlrpc(self):
        def call(model, method, *arguments, **named):
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, self.operator.id, PASSWORD, model, method, list(arguments), named
            )

        started = call("odooops.deployment", "start_deployment", "shop", "1", key="job-1")
        again = call("odooops.deployment", "start_deployment", "shop", "1", key="job-1")
        failed = call("odooops.deployment", "finish_deployment", started["id"], "failed")
        backup = call("odooops.backup", "record_backup", "shop", kind="dump")
        call("odooops.backup", "record_restore_test", backup["id"], "success")

        self.assertEqual(again["id"], started["id"])
        self.assertEqual((failed["state"], failed["gates"]), ("failed", []))

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_what_is_wrong_is_one_sentence(self):
        with self.assertRaises(xmlrpc.client.Fault) as fault:
            self.xmlrpc_object.execute_kw(
                self.env.cr.dbname,
                self.operator.id,
                PASSWORD,
                "odooops.deployment",
                "start_deployment",
                ["shpo", "1"],
            )

        self.assertRegex(fault.exception.faultString, r"^Environment 'shpo' is not known\. Known are: ")

    def test_the_web_client(self):
        self.authenticate("operator_all", PASSWORD)
        params = {"model": "odooops.deployment", "method": "start_deployment"}
        params |= {"args": ["shop", "1"], "kwargs": {"source": "cli"}}
        started = self.make_jsonrpc_request("/web/dataset/call_kw", params)

        self.assertEqual(started["source"], "ui")

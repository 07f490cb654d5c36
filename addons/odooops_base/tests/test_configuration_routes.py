"""The schema and the export as files, the committed ones, and the configuration by every way that programs have."""

import datetime
import json
from pathlib import Path

import jsonschema

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..tools.configuration.document import parse
from .common import new_user
from .test_configuration import TEXT

CHECKOUT = Path(__file__).parents[3]
PASSWORD = "a password for tests"
AGAIN = "write it anew: python3 docs/configuration_page.py"


@tagged("post_install", "-at_install", "odooops")
class TestRoutes(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        viewer = "odooops_base.group_odooops_viewer"
        cls.viewer = new_user(cls.env, "viewer", groups=viewer, password=PASSWORD)
        new_user(cls.env, "plain", groups="base.group_user", password=PASSWORD)

    def test_a_viewer_gets_the_schema(self):
        self.authenticate("viewer", PASSWORD)
        answer = self.url_open("/odooops/config/schema.json")
        self.assertEqual(answer.status_code, 200)
        jsonschema.Draft202012Validator.check_schema(answer.json())

    def test_a_viewer_downloads_the_configuration(self):
        self.authenticate("viewer", PASSWORD)
        answer = self.url_open("/odooops/config/observability.yaml")
        self.assertIn("observability.yaml", answer.headers["Content-Disposition"])
        self.assertEqual(parse(answer.text).data["version"], 1)

    @mute_logger("odoo.http")
    def test_others_get_nothing(self):
        self.authenticate("plain", PASSWORD)
        for name in ("schema.json", "observability.yaml"):
            self.assertEqual(self.url_open(f"/odooops/config/{name}").status_code, 403)
        self.authenticate(None, None)
        answer = self.url_open("/odooops/config/schema.json", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)

    def call(self, model, method, **arguments):
        admin = new_user(self.env, "config_caller", groups="odooops_base.group_odooops_admin")
        new_user(self.env, "config_operator", groups="odooops_base.group_odooops_operator")
        expires = datetime.datetime.now() + datetime.timedelta(hours=1)
        key = self.env["res.users.apikeys"].with_user(admin)._generate("rpc", "test", expires)
        headers = {"Authorization": f"bearer {key}", "Content-Type": "application/json"}
        return self.url_open(f"/json/2/{model}/{method}", data=json.dumps(arguments), headers=headers)

    def test_json2_applies(self):
        answer = self.call("odooops.configuration", "apply_configuration", text=TEXT)
        self.assertEqual(answer.json()["counts"], {"create": 4, "update": 0, "delete": 0})

    @mute_logger("odoo.http")
    def test_json2_tells_mistakes_without_more(self):
        answer = self.call("odooops.configuration", "apply_configuration", text="version: 2\n")
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(answer.json()["message"], "line 1, column 10: version: expected 1, found 2")

    def test_json2_sets_a_setting(self):
        answer = self.call("odooops.setting", "set_setting", name="event.retention_days", value="30")
        self.assertEqual(answer.json()["value"], 30)

    def test_xmlrpc_gets_every_answer(self):
        self.viewer.group_ids += self.env.ref("odooops_base.group_odooops_admin")
        self.viewer.flush_recordset()

        def call(model, method, *arguments):
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, self.viewer.id, PASSWORD, model, method, list(arguments)
            )

        text = "version: 1\nsettings: {event.retention_days: 31}\n"
        self.assertEqual(call("odooops.configuration", "plan_configuration", text)["counts"]["create"], 1)
        self.assertTrue(call("odooops.configuration", "apply_configuration", text)["changed"])
        self.assertFalse(call("odooops.configuration", "check_drift")["drifted"])
        self.assertFalse(call("odooops.configuration", "validate_configuration", "version: 2")["valid"])
        self.assertIn("31", call("odooops.configuration", "export_configuration"))
        self.assertTrue(call("odooops.setting", "get_settings"))
        self.assertEqual(call("odooops.setting", "unset_setting", "event.retention_days")["value"], 90)


@tagged("post_install", "-at_install", "odooops")
class TestCommitted(HttpCase):
    def test_the_schema_is_the_one_that_is_served(self):
        committed = json.loads((CHECKOUT / "docs" / "observability.schema.json").read_text())
        self.assertEqual(committed, self.env["odooops.configuration"].get_schema(), AGAIN)

    def test_the_example_is_valid(self):
        text = (CHECKOUT / ".odoo-config" / "observability.yaml").read_text()
        found = self.env["odooops.configuration"].validate_configuration(text)
        self.assertEqual(found["messages"], [])

"""A secret of the platform that is set by a program, also in calls that fail, is in no signal."""

from unittest import mock

from cryptography.fernet import Fernet

from odoo.tests import HttpCase, JsonRpcException, mute_logger, tagged

from odoo.addons.odooops_base.secret_values import resolve

from .common import RpcMixin

PLANTED = "pl4nted-secret"
SECRET = "odooops.secret"


@tagged("post_install", "-at_install")
class TestSecrets(RpcMixin, HttpCase):
    def setUp(self):
        super().setUp()
        key = Fernet.generate_key().decode()
        variables = {"ODOOOPS_SECRET_KEY_FILE": "", "ODOOOPS_SECRET_KEY": key}
        self.startPatcher(mock.patch.dict("os.environ", variables))

    def test_it_is_in_no_signal(self):
        self.start_telemetry(ODOOOPS_SLOW_SECONDS="0")
        self.signed_in()
        with mute_logger("odoo.http"):
            self.call_kw("create", [{"name": "by-create", "value": PLANTED}], SECRET)
            for vals in (
                {"name": "a b", "value": PLANTED},
                {"value": PLANTED},
                {"name": "x", "value": [PLANTED]},
            ):
                with self.assertRaises(JsonRpcException):
                    self.call_kw("create", [vals], SECRET)
            made = self.json2(SECRET, "set_secret", name="by-json2", value=PLANTED)
            refused = self.json2(SECRET, "set_secret", name="by-json2", value=PLANTED, reference="$X")
        self.flush()

        self.assertEqual((made.status_code, refused.status_code), (200, 422))
        secrets = self.env[SECRET].search([("name", "like", "by-")])
        self.assertEqual(list(map(resolve, secrets)), [PLANTED] * 2)
        received = self.receiver.everything()
        self.assertIn(b"odooops.secret.create", received)
        self.assertNotIn(PLANTED.encode(), received)

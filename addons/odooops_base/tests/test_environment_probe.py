"""What Prometheus has probed: the addresses of environments, looked up and checked by us."""

import json
import os
import socket
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import outbound
from ..connection import NETWORK
from .common import RolesCase

LOGGER = "odoo.addons.odooops_base.models.odooops_environment_probe"
PUBLIC = "93.184.215.14"


@tagged("post_install", "-at_install", "odooops")
class TestEnvironmentProbe(RolesCase):
    def setUp(self):
        super().setUp()
        self.env["odooops.environment"].search([]).url = False
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.file = folder / "environments.json"
        self.enterContext(patch.dict(os.environ, ODOOOPS_PROBES_FILE=str(self.file)))
        self.known = {"shop.example.com": [PUBLIC], "inside.example.com": ["10.0.0.7"]}
        # The default is bound when the function is made.
        self.enterContext(
            patch.dict(outbound.locate.__kwdefaults__, network=NETWORK._replace(resolve=self.resolve))
        )

    def resolve(self, host, port):
        if host not in self.known:
            raise socket.gaierror
        return self.known[host]

    def renew(self):
        """The targets after the scheduled action: environment → where it is asked."""
        self.env["odooops.environment"]._cron_renew_probes()
        entries = json.loads(self.file.read_text())
        return {
            own["labels"]["deployment_environment_name"]: own["labels"]["__param_target"] for own in entries
        }

    def test_addresses_of_environments_are_written_with_what_they_lead_to(self):
        self.production.url = "https://shop.example.com/odoo"
        self.assertEqual(self.renew(), {"test-production": f"https://{PUBLIC}:443/web/health"})
        [entry] = json.loads(self.file.read_text())
        self.assertEqual(entry["targets"], ["https://shop.example.com"])
        self.assertEqual(entry["labels"]["odooops_environment_kind"], "production")
        self.assertEqual(oct(self.file.stat().st_mode & 0o777), "0o644")
        self.assertEqual(os.listdir(self.file.parent), [self.file.name])

    def test_what_is_archived_or_has_no_address_is_not_probed(self):
        self.production.url = self.staging.url = "https://shop.example.com"
        self.staging.active = False
        self.assertEqual(list(self.renew()), ["test-production"])
        self.production.url = False
        self.assertEqual(self.renew(), {})

    def test_what_only_this_machine_reaches_is_not_probed(self):
        for url in (
            "http://127.0.0.1:9090",
            "http://169.254.169.254/latest",
            "https://inside.example.com",
            "http://0x7f000001",
            "http://[::1]:9090",
        ):
            with self.subTest(url), self.assertLogs(LOGGER, "WARNING") as log:
                self.production.url = url
                self.assertEqual(self.renew(), {})
                self.assertIn("is not probed", log.output[0])

    def test_a_name_that_leads_to_another_place_by_now_is_refused(self):
        self.production.url = "https://shop.example.com"
        self.renew()
        self.known["shop.example.com"] = ["127.0.0.1"]
        with self.assertLogs(LOGGER, "WARNING"):
            self.assertEqual(self.renew(), {})

    def test_the_operator_of_the_server_can_allow_a_network(self):
        self.production.url = "https://inside.example.com"
        with patch.dict(os.environ, ODOOOPS_OUTBOUND_ALLOWED_NETWORKS="10.0.0.0/8"):
            self.assertEqual(self.renew(), {"test-production": "https://10.0.0.7:443/web/health"})

    def test_a_name_that_cannot_be_looked_up_is_probed_where_it_was(self):
        self.production.url = "https://shop.example.com"
        before = self.renew()
        self.known.clear()
        self.assertEqual(self.renew(), before)
        with self.assertLogs(LOGGER, "WARNING"):
            self.production.url = "https://new.example.com"
            self.assertEqual(self.renew(), {})

    def test_a_change_is_written_soon(self):
        action = self.env.ref("odooops_base.ir_cron_renew_probes")
        triggers = self.env["ir.cron.trigger"]

        def count():
            return triggers.search_count([("cron_id", "=", action.id)])

        before = count()
        admin = self.make_user("admin")
        made = (
            self.env["odooops.environment"]
            .with_user(admin)
            .create({"name": "new", "url": "https://a.example"})
        )
        self.assertEqual(count(), before + 1)
        made.note = "Somebody's."
        self.assertEqual(count(), before + 1)
        made.url = "https://b.example"
        made.unlink()
        self.assertEqual(count(), before + 3)

    def test_without_a_file_nothing_is_done(self):
        with patch.dict(os.environ, ODOOOPS_PROBES_FILE=""):
            self.production.url = "https://shop.example.com"
            self.env["odooops.environment"]._cron_renew_probes()
        self.assertFalse(self.file.exists())

    @mute_logger(LOGGER)
    def test_what_cannot_be_written_leaves_the_file_as_it_is(self):
        self.production.url = "https://shop.example.com"
        before = self.renew()
        self.production.url = False
        with patch(
            "odoo.addons.odooops_base.probe_file.os.replace", side_effect=OSError(28, "No space left")
        ):
            self.env["odooops.environment"]._cron_renew_probes()
        self.assertEqual(
            [own["labels"]["__param_target"] for own in json.loads(self.file.read_text())],
            list(before.values()),
        )
        self.assertEqual(os.listdir(self.file.parent), [self.file.name])

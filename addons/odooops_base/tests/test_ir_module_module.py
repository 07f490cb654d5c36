"""Modules that are installed, upgraded or removed are recorded by Odoo itself, once."""

import json
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..models import ir_module_module


@tagged("post_install", "-at_install", "odooops")
class TestIrModuleModule(TransactionCase):
    def setUp(self):
        super().setUp()
        self.modules = self.env["ir.module.module"]
        self.deployments = self.env["odooops.deployment"]
        self.deployments.search([("state", "=", "running")]).state = "failed"
        self.enterContext(patch.object(self.registry, "updated_modules", []))
        self.version = self.modules.search([("name", "=", "web")]).latest_version
        self.before = self.deployments.search([])

    def saw(self, **versions):
        """What was installed when somebody last looked: what is there now but for these."""
        installed = self.modules.search([("state", "=", "installed")])
        seen = {module.name: module.latest_version for module in installed} | versions
        seen = {name: version for name, version in seen.items() if version}
        self.env["ir.config_parameter"].set_param(ir_module_module.SEEN, json.dumps(seen))

    def load(self, *updated):
        """As Odoo does at the end of loading a registry."""
        self.registry.updated_modules[:] = updated
        self.modules._register_hook()
        return self.deployments.search([]) - self.before

    def changes(self, deployment):
        return [tuple(change.values()) for change in deployment.modules]

    def test_the_installation_of_this_database_is_there(self):
        installed = self.deployments.search([("source", "=", "module")])

        self.assertIn("odooops_base", installed.module_ids.mapped("name"))

    def test_a_process_that_changed_nothing_records_nothing(self):
        self.saw(web="18.0")

        self.assertFalse(self.load())

    def test_an_upgrade_is_recorded_with_both_versions(self):
        self.saw(web="18.0")
        deployment = self.load("web")

        self.assertEqual(self.changes(deployment), [("web", self.version, "18.0", "upgraded")])
        self.assertEqual((deployment.version, deployment.state), (f"web {self.version}", "succeeded"))
        self.assertEqual(deployment.source, "module")
        self.assertTrue(deployment.environment_id.is_current)
        self.assertEqual(deployment.duration_text, "")

    def test_an_upgrade_to_the_same_version_and_an_installation_are_recorded_as_one(self):
        self.saw(web=None)
        deployment = self.load("web", "base")

        self.assertEqual([change[3] for change in self.changes(deployment)], ["upgraded", "installed"])
        self.assertEqual(deployment.version, "2 modules")

    def test_what_was_removed_is_recorded(self):
        self.saw(gone="1.0")
        with patch.object(type(self.env["ir.model.data"]), "_module_data_uninstall"):
            self.modules.browse().module_uninstall()
        deployment = self.deployments.search([]) - self.before

        self.assertEqual(self.changes(deployment), [("gone", "", "1.0", "removed")])
        self.assertEqual(deployment.version, "gone removed")

    def test_modules_belong_to_the_deployment_that_runs(self):
        here = self.env["odooops.environment"]._get_current().name
        started = self.deployments.start_deployment(here, "1.4.2", modules=[{"name": "web"}])
        self.before += self.deployments.browse(started["id"])
        self.saw(web="18.0", base="18.0")

        self.assertFalse(self.load("web", "base"))
        running = self.deployments.get_deployment(started["id"])
        self.assertEqual([module["name"] for module in running["modules"]], ["base", "web"])
        self.assertEqual(running["modules"][1]["previous_version"], "18.0")

    @mute_logger("odoo.addons.odooops_base.models.ir_module_module")
    def test_what_goes_wrong_does_not_stop_a_registry_from_being_loaded(self):
        self.saw(web="18.0")
        with patch.object(type(self.deployments), "_record_modules", side_effect=ZeroDivisionError):
            self.assertFalse(self.load("web"))
        self.assertTrue(self.load("web"))

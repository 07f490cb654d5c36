"""Modules that are installed, upgraded or removed are recorded by Odoo itself, once."""

import json
from unittest.mock import patch

from odoo.modules import loading
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .. import module_failures
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


@tagged("post_install", "-at_install", "odooops")
class TestFailedModules(TransactionCase):
    """What fails is noted when there is no registry, and recorded by the next one that is loaded, once."""

    def setUp(self):
        super().setUp()
        self.modules = self.env["ir.module.module"]
        self.deployments = self.env["odooops.deployment"]
        self.deployments.search([("state", "=", "running")]).state = "failed"
        self.enterContext(patch.object(self.registry, "updated_modules", []))
        self.modules._register_hook()
        self.before = self.deployments.search([])

    def note(self, **noted):
        content = {
            "modules": [],
            "reason": "ParseError: x",
            "user": None,
            "at": "2026-11-25T10:00:00",
        } | noted
        parameter = {"key": module_failures.FAILED, "value": json.dumps(content)}
        self.env["ir.config_parameter"].create(parameter)
        self.env.flush_all()

    def load(self):
        self.modules._register_hook()
        return self.deployments.search([]) - self.before

    def test_it_is_a_deployment_that_failed_and_says_why(self):
        user = self.env.ref("base.user_admin")
        self.note(modules=[{"name": "sale", "change": "installed"}], user=user.id)
        deployment = self.load()

        self.assertEqual((deployment.state, deployment.source), ("failed", "module"))
        self.assertEqual((deployment.version, deployment.reason), ("sale not installed", "ParseError: x"))
        self.assertEqual(deployment.module_ids.mapped("name"), ["sale"])
        self.assertEqual(deployment.user_id, user)
        self.assertEqual(str(deployment.finished_at), "2026-11-25 10:00:00")
        event = self.env["odooops.event"].search([("name", "=", "deployment.failed")], limit=1)
        self.assertEqual((event.target_id, event.outcome), (deployment.id, "failure"))
        self.assertEqual(self.load(), deployment, "once")

    def test_a_deployment_that_runs_hears_of_it_and_goes_on(self):
        here = self.env["odooops.environment"]._get_current().name
        started = self.deployments.start_deployment(here, "1.4.2")
        self.before += self.deployments.browse(started["id"])
        self.note(modules=[{"name": "sale", "change": "upgraded"}])

        self.assertFalse(self.load())
        self.assertEqual(self.deployments.get_deployment(started["id"])["state"], "running")
        event = self.env["odooops.event"].search([("name", "=", "deployment.modules_failed")], limit=1)
        self.assertEqual(event.details["modules"], ["sale"])

    def test_what_was_installed_before_is_recorded_as_such(self):
        seen = json.loads(self.env["ir.config_parameter"].get_param(ir_module_module.SEEN))
        seen.pop("web")
        self.env["ir.config_parameter"].set_param(ir_module_module.SEEN, json.dumps(seen))
        self.note(modules=[{"name": "sale", "change": "installed"}])

        # The one that failed is the last one: the environment is not well.
        found = self.load().sorted("id")
        self.assertEqual(found.mapped("state"), ["succeeded", "failed"])
        self.assertEqual(found[0].module_ids.mapped("name"), ["web"])

    @mute_logger("odoo.addons.odooops_base.models.ir_module_module")
    def test_what_cannot_be_recorded_does_not_stop_a_registry_from_being_loaded(self):
        self.note(modules=[{"surname": "sale"}])

        self.assertFalse(self.load())
        self.assertIsNone(module_failures.take(self.env.cr), "nor is it tried again and again")

    def test_an_upgrade_that_fails_is_noted_and_a_load_that_fails_is_not(self):
        def fail(registry, **options):
            raise ValueError("no such view\nwith data")

        self.addCleanup(self.forget)
        load_modules = module_failures._noting(fail)
        options = {"update_module": True, "upgrade_modules": ["web"], "install_modules": []}
        with self.assertRaises(ValueError):
            load_modules(self.registry)
        self.assertIsNone(self.noted())
        with self.assertRaises(ValueError):
            load_modules(self.registry, **options)

        noted = self.noted()
        self.assertEqual([module["name"] for module in noted["modules"]], ["web"])
        self.assertEqual((noted["reason"], noted["user"]), ("ValueError: no such view", None))

    def test_odoo_s_own_function_is_wrapped_once(self):
        module_failures.instrument()
        wrapped = loading.load_modules
        module_failures.instrument()

        self.assertTrue(wrapped._odooops_notes_failures)
        self.assertIs(loading.load_modules, wrapped)

    def noted(self):
        """By a connection of its own, as it was written."""
        with self.env.registry.cursor() as cr:
            return module_failures.take(cr)

    def forget(self):
        self.noted()

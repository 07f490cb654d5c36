"""A restored or copied database is noticed, once, and by whatever way it was made."""

import json
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..models import odooops_database


@tagged("post_install", "-at_install", "odooops")
class TestDatabase(TransactionCase):
    def setUp(self):
        super().setUp()
        self.database = self.env["odooops.database"]
        self.parameters = self.env["ir.config_parameter"]

    def restored(self):
        return self.env["odooops.event"].search([("name", "=", "database.restored")])

    def came_from(self, identity, name="shop"):
        self.parameters.set_param(odooops_database.IDENTITY, json.dumps({"id": identity, "name": name}))

    def test_a_database_that_was_loaded_before_is_no_copy(self):
        self.database._register_hook()

        self.assertFalse(self.restored())
        self.assertTrue(json.loads(self.parameters.get_param(odooops_database.IDENTITY))["id"])

    def test_a_copy_says_so_once(self):
        self.came_from("7/16384")
        self.database._register_hook()
        self.database._register_hook()

        event = self.restored()
        self.assertEqual(len(event), 1)
        self.assertEqual(event.details, {"database": self.env.cr.dbname, "copy_of": "shop"})
        self.assertTrue(event.environment_id.is_current)

    def test_a_database_that_was_renamed_is_no_copy(self):
        own = self.database._get_identity()
        self.came_from(own["id"], "as it was called before")
        self.database._register_hook()

        self.assertFalse(self.restored())
        self.assertEqual(json.loads(self.parameters.get_param(odooops_database.IDENTITY)), own)

    @mute_logger("odoo.addons.odooops_base.models.odooops_database")
    def test_what_goes_wrong_does_not_stop_a_registry_from_being_loaded(self):
        self.came_from("7/16384")
        with patch.object(type(self.env["odooops.event"]), "_log", side_effect=ZeroDivisionError):
            self.database._register_hook()

        self.assertEqual(json.loads(self.parameters.get_param(odooops_database.IDENTITY))["id"], "7/16384")

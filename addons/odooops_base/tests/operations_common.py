"""Environments, users and gates for the tests of deployments and backups."""

import os
from unittest.mock import patch

from odoo.tests import TransactionCase

from .common import new_user
from .fake_prometheus import FakePrometheus


class OperationsCase(TransactionCase):
    """``shop`` and ``test`` are environments; ``self.operator`` operates both, ``self.other`` only ``test``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop, cls.test = cls.env["odooops.environment"].create(
            [{"name": "shop", "kind": "production"}, {"name": "test", "kind": "staging"}]
        )
        cls.viewer = cls.make_user("viewer")
        cls.operator = cls.make_user("operator")
        cls.auditor = cls.make_user("auditor")
        cls.admin = cls.make_user("admin")
        cls.other = cls.make_user("operator", cls.test)
        cls.plain = new_user(cls.env, "plain", groups="base.group_user")
        cls.env["odooops.gate"].search([]).active = False

    @classmethod
    def make_user(cls, role, environment=None):
        """Somebody with that role: in all environments, or in one."""
        login = f"{role}_{environment.name if environment else 'all'}"
        user = new_user(cls.env, login, groups=f"odooops_base.group_odooops_{role}")
        if environment:
            held = cls.env["odooops.role.assignment"].search([("user_id", "=", user.id)])
            held.write({"scope": "named", "environment_ids": environment.ids})
        return user

    def setUp(self):
        super().setUp()
        # What failed is said in a transaction of its own.
        if not self._registry_patched:  # HttpCase does it
            self.registry_enter_test_mode()

    def deployments(self, user=None):
        """The model, as somebody calls it."""
        return self.env["odooops.deployment"].with_user(user or self.operator)

    def backups(self, user=None):
        """The model, as somebody calls it."""
        return self.env["odooops.backup"].with_user(user or self.operator)

    def start(self, environment="shop", version="1.0", **more):
        """Starts a deployment as the operator, and returns what a program gets."""
        return self.deployments().start_deployment(environment, version, **more)

    def events(self, record):
        """Names of what was said about a record, in order."""
        found = self.env["odooops.event"].search(
            [("target_model", "=", record._name), ("target_id", "=", record.id)], order="id"
        )
        return found.mapped("name")

    def with_prometheus(self):
        """A Prometheus of the test's own, which Odoo asks."""
        prometheus = self.enterContext(FakePrometheus())
        self.enterContext(patch.dict(os.environ, ODOOOPS_PROMETHEUS_URL=prometheus.url))
        return prometheus

    def make_gate(self, name="errors", query='errors{e="$environment"}', **vals):
        """A gate that wants less than 0.1."""
        return self.env["odooops.gate"].create({"name": name, "query": query, "threshold": 0.1} | vals)

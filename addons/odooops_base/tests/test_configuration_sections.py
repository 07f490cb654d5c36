"""The sections whose records are more than names: gates and secrets."""

import os
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_configuration import ConfigurationCase

PLANTED = "planted-9f3a1c"


@tagged("post_install", "-at_install", "odooops")
class TestGates(ConfigurationCase):
    TEXT = """\
version: 1
environments:
  berlin: {kind: production}
gates:
  Few errors:
    query: sum(rate(http_server_request_duration_seconds_count[$window]))
    comparison: "<"
    threshold: 0.01
    environments: [berlin]
"""

    def gate(self, name="Few errors"):
        return self.env["odooops.gate"].with_context(active_test=False).search([("name", "=", name)])

    def test_a_gate_may_name_an_environment_of_the_same_file(self):
        self.apply(self.TEXT)
        gate = self.gate()
        self.assertEqual((gate.threshold, gate.environment_ids.mapped("name")), (0.01, ["berlin"]))
        self.assertEqual(self.get_changes(self.TEXT), [])

    def test_what_the_model_refuses_is_told_with_the_gate(self):
        wrong = self.TEXT.replace("$window", "$period")
        [message] = self.configuration.validate_configuration(wrong)["messages"]
        self.assertRegex(message, r"^line \d+, column \d+: gates.Few errors.query: .*\$period is not known")
        with self.assertRaisesRegex(UserError, r"gates.Few errors.query: .*\$period is not known"):
            self.apply(wrong)
        self.assertFalse(self.gate() or self.environment("berlin"))

    def test_gates_that_come_with_the_addon_are_exported_and_applied_again(self):
        text = self.configuration.export_configuration(["gates"])
        self.assertEqual(self.get_changes(text.replace("version: 1\n", "version: 1\nprune: [gates]\n")), [])

    def test_a_pruned_gate_is_archived_and_comes_back(self):
        self.apply(self.TEXT)
        kept = self.configuration.export_configuration(["gates"])
        self.apply("version: 1\nprune: [gates]\ngates: {}\n")
        self.assertFalse(self.gate().active)
        self.apply(kept)
        self.assertTrue(self.gate().active)


@tagged("post_install", "-at_install", "odooops")
class TestSecrets(ConfigurationCase):
    def setUp(self):
        super().setUp()
        key = "a2V5LW9mLXRoZS10ZXN0cy1hbmQtb2Ytbm90aGluZzE="
        self.enterContext(patch.dict(os.environ, ODOOOPS_SECRET_KEY=key, ODOOOPS_SECRET_OTHER=PLANTED))
        os.environ.pop("ODOOOPS_SECRET_KEY_FILE", None)

    def secret(self, name):
        return self.env["odooops.secret"].search([("name", "=", name)])

    def test_a_reference_is_applied_and_exported_and_its_value_is_not(self):
        text = "version: 1\nsecrets:\n  other: $ODOOOPS_SECRET_OTHER\n"
        self.apply(text)
        self.assertEqual(self.secret("other").reference, "$ODOOOPS_SECRET_OTHER")
        exported = self.configuration.with_user(self.admin).export_configuration(["secrets"])
        self.assertIn("other: $ODOOOPS_SECRET_OTHER", exported)
        self.assertNotIn(PLANTED, exported)

    def test_a_value_that_is_kept_stays_where_it_is(self):
        self.env["odooops.secret"].with_user(self.admin).set_secret("slack", value=PLANTED)
        text = self.configuration.with_user(self.admin).export_configuration(["secrets"])
        self.assertIn("slack: kept", text)
        self.assertNotIn(PLANTED, text)
        self.assertEqual(self.get_changes(text), [])
        self.assertTrue(self.secret("slack").has_value)

    def test_what_has_no_value_cannot_keep_it(self):
        with self.assertRaisesRegex(
            UserError, "line 3, column 10: secrets.slack: there is no value to be kept"
        ):
            self.apply("version: 1\nsecrets:\n  slack: kept\n")

    def test_a_plain_value_is_refused_everywhere_and_repeated_nowhere(self):
        for text in (
            f"version: 1\nsecrets:\n  slack: {PLANTED}\n",
            f"version: 1\nsecrets:\n  slack: {{value: {PLANTED}}}\n",
            f"version: 1\nsecrets: {PLANTED}\n",
            f"version: 1\nsecrets:\n  - {PLANTED}\n",
            f"version: 1\nsecrets:\n  slack: [{PLANTED}]\n",
            f"version: 1\nsecrets:\n  slack: '{PLANTED}\n",
        ):
            found = self.configuration.validate_configuration(text)
            self.assertFalse(found["valid"])
            self.assertNotIn(PLANTED, str(found))
            for method in ("plan_configuration", "apply_configuration"):
                with self.assertRaises(UserError) as caught:
                    getattr(self.configuration, method)(text)
                self.assertNotIn(PLANTED, str(caught.exception))

    def test_a_reference_outside_of_what_is_allowed_is_refused_by_the_model(self):
        with self.assertRaisesRegex(UserError, "^line 3, column 10: secrets.slack: Secret slack: "):
            self.apply("version: 1\nsecrets:\n  slack: $PGPASSWORD\n")

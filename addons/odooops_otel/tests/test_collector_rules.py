"""What the collector can have of the rules of redaction: said in the form, and to programs."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged

from odoo.addons.odooops_base.tests.common import new_user

NUMBERS = {"name": "Numbers", "kind": "pattern", "pattern": r"\bEMP-\d{6}\b"}
BEHIND = {"name": "Behind", "kind": "pattern", "pattern": r"(?<=PIN )\d{4}"}


@tagged("post_install", "-at_install", "odooops")
class TestCollectorRules(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["odooops.redaction.rule"]
        cls.rules.search([]).active = False
        cls.viewer = new_user(cls.env, "collector_viewer", groups="odooops_base.group_odooops_viewer")

    def test_the_form_says_whether_a_rule_can_reach_other_programs(self):
        form = Form(self.rules)
        self.assertFalse(form.is_for_collector or form.collector_problem)
        form.name, form.kind, form.pattern = "Behind", "pattern", BEHIND["pattern"]
        self.assertFalse(form.is_for_collector)
        self.assertIn("looks ahead or behind", form.collector_problem)
        form.pattern = NUMBERS["pattern"]
        self.assertTrue(form.is_for_collector)
        self.assertFalse(form.collector_problem)

    def test_programs_get_the_active_rules_and_the_names_of_those_that_are_left_out(self):
        self.rules.create([NUMBERS, BEHIND, NUMBERS | {"name": "Archived", "active": False}])
        found = self.rules.with_user(self.viewer).get_collector_rules()

        self.assertEqual(found["rules"], ["Numbers"])
        self.assertEqual((found["keys"], found["values"]), ([], [r"\bEMP\x{2d}[\p{Nd}]{6}\b"]))
        self.assertEqual([rule["name"] for rule in found["left_out"]], ["Behind"])

    def test_a_configuration_s_rules_are_taken_in_place_of_those_of_the_database(self):
        self.rules.create(NUMBERS)
        text = "version: 1\nredaction:\n  Fields: { kind: name, pattern: employee_no }\n"
        found = self.rules.with_user(self.viewer).get_collector_rules(text)

        self.assertEqual((found["rules"], found["keys"]), (["Fields"], [r"(?i)\A(?:employee_no)\z"]))
        self.assertEqual(self.rules.get_collector_rules("version: 1\n")["rules"], [])
        with self.assertRaisesRegex(UserError, "line 3, column"):
            self.rules.get_collector_rules(text.replace("kind: name", "kind: word"))

    def test_who_has_no_role_gets_none(self):
        plain = new_user(self.env, "collector_plain", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.rules.with_user(plain).get_collector_rules()

"""What applying a configuration would refuse is told when it is checked, each thing with its line and column."""

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from odoo.addons.odooops_base.tests.common import new_user

TEXT = """\
version: 1
settings:
  traces.sql_processes: foo;;
redaction:
  Employees:
    kind: pattern
    pattern: "("
  Nobody:
    kind: name
    pattern: " ,, "
sampling:
  Login:
    kind: route
    pattern: foo
    ratio: 1
  Orders:
    kind: method
    pattern: /web/login
    ratio: 1
gates:
  Few errors:
    query: sum(
gauges:
  users.odd:
    model: no.such
    domain: "[(1"
  users.wrong:
    model: res.users
    labels: nothing
    domain: "[('nothing', '=', 1)]"
  users.all:
    model: res.users
"""


@tagged("post_install", "-at_install", "odooops")
class TestConfigurationProblems(TransactionCase):
    def setUp(self):
        super().setUp()
        self.configuration = self.env["odooops.configuration"]

    def make_user(self, role):
        return new_user(self.env, f"problems_{role}", groups=f"odooops_base.group_odooops_{role}")

    def test_everything_that_would_be_refused_is_told_at_its_line(self):
        found = self.configuration.validate_configuration(TEXT)

        self.assertEqual(
            [(problem["line"], problem["column"], problem["path"]) for problem in found["problems"]],
            [
                (3, 25, "settings.traces.sql_processes"),
                (7, 14, "redaction.Employees.pattern"),
                (10, 14, "redaction.Nobody.pattern"),
                (14, 14, "sampling.Login.pattern"),
                (18, 14, "sampling.Orders.pattern"),
                (22, 12, "gates.Few errors.query"),
                (25, 12, "gauges.users.odd.model"),
                (26, 13, "gauges.users.odd.domain"),
                (29, 13, "gauges.users.wrong.labels"),
                (30, 13, "gauges.users.wrong.domain"),
            ],
        )
        for said in ("http-0, cron-0", "names nothing", "( is opened", "no model 'no.such'", "begins with /"):
            self.assertIn(said, "\n".join(found["messages"]))

    def test_a_plan_and_an_apply_refuse_the_same_and_nothing_is_made(self):
        for method in ("plan_configuration", "apply_configuration"):
            with self.assertRaisesRegex(UserError, "(?s)line 3, column 25: .*line 30, column 13: "):
                getattr(self.configuration, method)(TEXT)
        self.assertFalse(self.env["odooops.gauge"].search([("name", "=like", "users.%")]))

    def test_what_is_as_it_was_is_no_mistake_of_who_reads_it(self):
        gauge = self.env["odooops.gauge"].create({"name": "servers", "model": "ir.mail_server"})
        admin = self.configuration.with_user(self.make_user("admin"))
        text = "version: 1\ngauges:\n  servers:\n    model: ir.mail_server\n"

        self.assertEqual(admin.validate_configuration(text)["messages"], [])
        changed = text + "    domain: \"[('active', '=', True)]\"\n"
        [message] = admin.validate_configuration(changed)["messages"]
        self.assertRegex(message, "^line 3, column 3: gauges.servers: You are not allowed to access")
        viewer = self.configuration.with_user(self.make_user("viewer"))
        self.assertEqual(viewer.validate_configuration(changed)["messages"], [])
        self.assertEqual(gauge.domain, "[]")

"""Who may define gauges, and what they see: never more than their author."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .gauge_common import CITY, GaugeCase


@tagged("post_install", "-at_install", "odooops")
class TestGaugeAccess(GaugeCase):
    def test_administrators_of_all_environments_define_them(self):
        gauge = self.make()
        limited = self.make_user("admin", self.staging)
        for user in (self.viewer, self.operator, limited):
            self.assertEqual(gauge.with_user(user).name, "test.partners")
            with self.assertRaises(AccessError):
                gauge.with_user(user).domain = "[]"
            with self.assertRaises(AccessError):
                self.make("test.mine", user)
            with self.assertRaises(AccessError):
                gauge.with_user(user).unlink()

    def test_operators_try_them_and_viewers_do_not(self):
        gauge = self.make()
        self.compute(gauge)
        with self.assertRaises(AccessError):
            gauge.with_user(self.viewer).try_gauge(gauge.id)
        with self.assertRaises(AccessError):
            gauge.with_user(self.viewer).action_try()
        with self.assertRaisesRegex(UserError, "no gauge nothing"):
            gauge.with_user(self.operator).try_gauge("nothing")

    def test_nobody_writes_what_was_found(self):
        self.compute(self.make())
        for user in (self.operator, self.admin):
            result = self.env["odooops.gauge.result"].with_user(user).search([])[:1]
            with self.assertRaises(AccessError):
                result.values_found = [[[], 1]]

    def test_a_model_that_its_author_may_not_read_is_refused(self):
        with self.assertRaises(AccessError):
            self.make(model="ir.config_parameter", domain="[]")

    def hidden(self, name):
        """Within it a field of partners is for Odoo's administrators alone."""
        return patch.object(self.env["res.partner"]._fields[name], "groups", "base.group_system")

    def test_a_field_that_its_author_may_not_read_is_refused_in_every_place(self):
        """A gauge that counts users whose password begins with a letter would tell the password."""
        for number, (field, vals) in enumerate(
            (
                ("city", {}),
                ("city", {"model": "res.users", "domain": "[('partner_id.city', 'like', 'a%')]"}),
                ("type", {"labels": "type"}),
                ("color", {"aggregate": "max", "field_name": "color"}),
            )
        ):
            with (
                self.subTest(vals),
                self.hidden(field),
                # AccessError or ValidationError
                self.assertRaises(UserError),
            ):
                self.make(f"test.hidden{number}", **vals)

    def test_a_field_that_is_hidden_later_is_an_error(self):
        gauge = self.make(labels="type")
        with self.hidden("type"):
            answer = gauge.with_user(self.operator).try_gauge(gauge.id)
        self.assertTrue(answer["error"])
        self.assertEqual(answer["values"], [])

    def test_records_that_its_author_may_not_see_do_not_count(self):
        self.env["ir.rule"].create(
            {
                "name": "No invoices",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": "[('type', '!=', 'invoice')]",
            }
        )
        gauge = self.make()
        self.assertEqual(self.compute(gauge), {(): 4})
        # Whoever tries it sees no more.
        self.assertEqual(gauge.sudo().try_gauge(gauge.id)["values"][0]["value"], 4)

    def test_it_sees_what_its_last_author_sees(self):
        gauge = self.make()
        other = self.make_user("admin", login="test_other_admin")
        self.assertEqual(gauge.user_id, self.admin)
        gauge.with_user(other).description = "Partners."
        self.assertEqual(gauge.user_id, self.admin)
        gauge.with_user(other).labels = "type"
        self.assertEqual(gauge.user_id, other)

    def test_nobody_makes_it_see_what_another_sees(self):
        gauge = self.make(user_id=self.env.ref("base.user_root").id)
        self.assertEqual(gauge.user_id, self.admin)
        gauge.write({"user_id": self.env.ref("base.user_root").id})
        self.assertEqual(gauge.user_id, self.admin)

    def test_a_right_that_was_taken_away_is_an_error(self):
        gauge = self.make()
        self.admin.sudo().active = False
        answer = gauge.with_user(self.operator).try_gauge(gauge.id)
        self.assertIn("somebody has to save it again", answer["error"])
        self.assertEqual(answer["values"], [])

    def test_nothing_is_written_whatever_code_it_passes_through(self):
        gauge = self.make(labels="country_id")
        country = self.env.ref("base.be")
        self.env["res.partner"].search([("city", "=", CITY)]).country_id = country
        model = type(self.env["res.partner"])
        read_group = model._read_group

        def writes(records, *args, **kwargs):
            records.env.cr.execute("UPDATE res_country SET name = name WHERE id = %s", [country.id])
            return read_group(records, *args, **kwargs)

        with patch.object(model, "_read_group", writes), mute_logger("odoo.sql_db"):
            answer = gauge.with_user(self.operator).try_gauge(gauge.id)
        self.assertIn("read-only transaction", answer["error"])
        # And what comes after may write again.
        country.with_user(self.env.ref("base.user_admin")).sudo().code = "BE"
        self.env.flush_all()
        self.assertEqual(self.compute(gauge), {("Belgium",): 5})

"""Business gauges: what may be defined, and what is found."""

from unittest.mock import patch

import psycopg2
from lxml import etree

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models import odooops_gauge, odooops_gauge_computation
from ..tools import gauges
from .gauge_common import CITY, DOMAIN, GaugeCase


@tagged("post_install", "-at_install", "odooops")
class TestGauge(GaugeCase):
    def test_the_form_asks_for_records_of_a_model_that_is_there_alone(self):
        with Form(self.env["odooops.gauge"].with_user(self.admin)) as form:
            form.name = "test.form"
            form.model = "no.such"
            self.assertFalse(form.known_model)
            form.model = "res.partner"
            self.assertEqual(form.known_model, "res.partner")
        view = self.env["odooops.gauge"].get_view(view_type="form")["arch"]
        [widget] = etree.fromstring(view).iterfind(".//field[@name='domain']")
        self.assertEqual(widget.get("options"), "{'model': 'known_model'}")

    def test_records_are_counted(self):
        self.assertEqual(self.compute(self.make()), {(): 5})

    def test_records_are_counted_by_labels(self):
        gauge = self.make(labels="type, is_company")
        self.assertEqual(
            self.compute(gauge), {("contact", "false"): 3, ("invoice", "true"): 1, ("delivery", "false"): 1}
        )

    def test_a_field_is_added_up_and_averaged(self):
        for aggregate, value in (("sum", 10), ("avg", 2), ("min", 0), ("max", 4)):
            gauge = self.make(f"test.{aggregate}", aggregate=aggregate, field_name="color")
            self.assertEqual(self.compute(gauge), {(): value}, aggregate)

    def test_no_record_is_zero(self):
        self.assertEqual(self.compute(self.make(domain="[('city', '=', 'Nowhere at all')]")), {(): 0})

    def test_what_is_beyond_the_series_is_told_as_other(self):
        gauge = self.make(labels="type")
        with patch.object(gauges.fold, "__defaults__", (1,)):
            self.assertEqual(self.compute(gauge), {("contact",): 3, ("other",): 2})

    def test_a_reference_is_told_by_its_name(self):
        country = self.env.ref("base.be")
        self.env["res.partner"].search([("city", "=", CITY), ("type", "=", "contact")]).country_id = country
        self.assertEqual(self.compute(self.make(labels="country_id")), {("Belgium",): 3, ("none",): 2})

    def test_too_many_different_values_are_an_error(self):
        gauge = self.make(labels="name")
        with patch.object(odooops_gauge_computation, "MAX_GROUPS", 4):
            answer = self.env["odooops.gauge"].try_gauge(gauge.id)
        self.assertIn("more than 4 different values", answer["error"])

    def test_who_computes_it_first_beside_somebody_else_takes_the_result_of_the_other(self):
        gauge = self.make()
        self.assertFalse(gauge.result_ids)
        # Another one has made it since; what was read before says that there is none.
        self.env.cr.execute("INSERT INTO odooops_gauge_result (gauge_id) VALUES (%s)", (gauge.id,))
        self.assertEqual(self.env["odooops.gauge"].try_gauge(gauge.id)["error"], "")
        self.assertEqual((len(gauge.result_ids), gauge.value), (1, 5))

    def test_the_leader_goes_on_when_somebody_tries_a_gauge_at_the_same_moment(self):
        gauges = self.make() + self.make("test.second")
        conflict = psycopg2.errors.SerializationFailure("could not serialize access")
        original, tried = type(gauges)._compute_and_store, []

        def compute(gauge):
            tried.append(gauge.name)
            if len(tried) == 1:
                raise conflict
            original(gauge)

        with (
            patch.object(type(gauges), "_compute_and_store", compute),
            patch.object(self.env.cr, "rollback"),
            patch.object(self.env.cr, "commit"),
            patch.object(type(gauges), "_get_due", lambda _model: gauges),
        ):
            told = self.env["odooops.gauge"]._observe()
        self.assertEqual(tried, ["test.partners", "test.second"])
        self.assertIn("odoo.business.test.second", [observation.metric.name for observation in told])

    def test_it_knows_what_prometheus_calls_it(self):
        self.assertEqual(self.make("test.delay", unit="s").series, "odoo_business_test_delay_seconds")

    def test_what_cannot_be_used_is_refused_when_it_is_saved(self):
        for number, (vals, message) in enumerate(
            (
                ({"name": "Not A Name"}, "sale.open_orders"),
                ({"unit": "EUR"}, r"\{order\}"),
                ({"model": "no.such.model"}, "no model 'no.such.model'"),
                ({"model": "mail.thread"}, "no model 'mail.thread' with records"),
                ({"domain": "[('id', '=', uid)]"}, "plain values"),
                ({"domain": "[('no_such_field', '=', 1)]"}, "no_such_field"),
                ({"domain": "[('id', 'resembles', 1)]"}, "resembles"),
                ({"labels": "a,b,c,d"}, "at most 3"),
                ({"labels": "no_such_field"}, "no stored field"),
                ({"labels": "create_date"}, "no stored field"),
                ({"labels": "category_id"}, "no stored field"),
                ({"aggregate": "sum"}, "field is missing: name the number that sum is of"),
                ({"aggregate": "sum", "field_name": "name"}, "float, integer, monetary"),
                ({"interval_seconds": 59}, "60 to 86400"),
            )
        ):
            with self.subTest(vals), self.assertRaisesRegex(ValidationError, message):
                self.make(**({"name": f"test.refused{number}"} | vals))

    @mute_logger("odoo.sql_db")
    def test_two_gauges_that_prometheus_calls_the_same_are_refused(self):
        self.make("test.a_b")
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            self.make("test.a.b")

    def test_there_are_not_too_many(self):
        self.make()
        limit = patch.object(odooops_gauge, "MAX_ACTIVE", self.env["odooops.gauge"].search_count([]))
        with limit, self.assertRaisesRegex(ValidationError, "at most"):
            self.make("test.another")

    def test_what_is_done_to_gauges_is_said(self):
        gauge = self.make()
        gauge.labels = "type"
        gauge.unlink()
        for event in ("gauge.created", "gauge.changed", "gauge.deleted"):
            self.assertEqual(len(self.events(event, user_id=self.admin.id)), 1, event)
        [deleted] = self.events("gauge.deleted")
        said = {"model": "res.partner", "domain": DOMAIN, "labels": "type", "aggregate": "count"}
        self.assertEqual(deleted.details, {**said, "unit": "{record}"})

    def test_another_definition_forgets_what_the_old_one_found(self):
        gauge = self.make()
        self.compute(gauge)
        gauge.description = "Partners."
        self.assertEqual((gauge.state, gauge.value), ("good", 5))
        gauge.labels = "type"
        self.assertEqual((gauge.state, gauge.value), ("waiting", 0))

    def test_the_form_shows_what_was_found(self):
        gauge = self.make(labels="type")
        self.compute(gauge)
        self.assertIn("<td>contact</td><td>3</td>", str(gauge.result_table))
        shown = gauge.with_user(self.operator).action_try()
        self.assertEqual((shown["params"]["type"], shown["params"]["title"]), ("success", "Computed"))

    def test_a_label_is_no_markup(self):
        self.env["res.partner"].search([("city", "=", CITY)])[0].name = "<script>alert(1)</script>"
        gauge = self.make(labels="name")
        self.compute(gauge)
        self.assertNotIn("<script>", str(gauge.result_table))

    def test_it_is_configured_by_yaml(self):
        text = f"""\
version: 1
gauges:
  test.partners:
    model: res.partner
    domain: "{DOMAIN}"
    aggregate: sum
    field: color
    labels: type
    unit: "{{point}}"
    interval_seconds: 120
"""
        configuration = self.env["odooops.configuration"].with_user(self.admin)
        self.assertEqual(configuration.apply_configuration(text)["changed"], 1)
        self.assertEqual(configuration.apply_configuration(text)["changed"], 0)
        gauge = self.env["odooops.gauge"].search([("name", "=", "test.partners")])
        self.assertEqual((gauge.user_id, gauge.interval_seconds, gauge.unit), (self.admin, 120, "{point}"))
        self.assertEqual(self.compute(gauge), {("contact",): 3, ("invoice",): 3, ("delivery",): 4})
        self.assertIn("field: color", configuration.export_configuration(["gauges"]))
        problems = configuration.validate_configuration("version: 1\ngauges:\n  Bad Name:\n    model: x\n")
        self.assertFalse(problems["valid"])

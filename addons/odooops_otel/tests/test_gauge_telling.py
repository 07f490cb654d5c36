"""What the leader of a database tells of its gauges, and when they are computed."""

from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.service.model import retrying
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import odooops_gauge_computation
from ..telemetry import gauges as telling
from .common import TelemetryMixin
from .gauge_common import CITY, GaugeCase


@tagged("post_install", "-at_install", "odooops")
class TestGaugeTelling(TelemetryMixin, GaugeCase):
    def setUp(self):
        super().setUp()
        self.env["odooops.gauge"].search([]).active = False

    def test_the_leader_tells_what_gauges_find(self):
        self.make(labels="type", description="Partners.")
        found = self.observe()
        self.assertEqual(
            found["odoo.business.test.partners"], {("contact",): 3, ("delivery",): 1, ("invoice",): 1}
        )
        self.assertEqual(found["odooops.gauge.failures"], {("test.partners",): 0})
        self.assertGreater(found["odooops.gauge.duration"]["test.partners",], 0)

    def test_it_is_computed_again_when_the_interval_is_over(self):
        gauge = self.make(interval_seconds=60)
        self.observe()
        self.env["res.partner"].search([("city", "=", CITY)])[0].unlink()
        with self.later(seconds=50):
            self.assertEqual(self.observe()["odoo.business.test.partners"], {(): 5})
        with self.later(seconds=61):
            self.assertEqual(self.observe()["odoo.business.test.partners"], {(): 4})
        self.assertEqual(gauge.value, 4)

    def test_another_process_goes_on_with_what_was_found(self):
        self.make()
        self.observe()
        with patch.object(type(self.env["odooops.gauge"]), "_measure", side_effect=AssertionError("again")):
            self.assertEqual(self.observe()["odoo.business.test.partners"], {(): 5})

    def test_a_value_that_is_too_old_is_not_told(self):
        gauge = self.make(interval_seconds=60)
        self.observe()
        with self.later(minutes=10), patch.object(type(gauge), "_get_due", lambda records: records.browse()):
            self.assertNotIn("odoo.business.test.partners", self.observe())

    def test_what_is_archived_is_not_told(self):
        gauge = self.make()
        self.observe()
        gauge.active = False
        self.assertEqual(self.observe(), {"odooops.gauge.duration": {}, "odooops.gauge.failures": {}})

    def test_a_gauge_that_fails_is_told_as_such_and_the_others_go_on(self):
        self.make("test.a", labels="name", interval_seconds=3600)
        self.make("test.b")
        with patch.object(odooops_gauge_computation, "MAX_GROUPS", 4):
            found = self.observe()
        self.assertEqual(found["odooops.gauge.failures"], {("test.a",): 1, ("test.b",): 0})
        self.assertNotIn("odoo.business.test.a", found)
        self.assertEqual(found["odoo.business.test.b"], {(): 5})

    def test_a_gauge_that_is_slow_is_given_up_after_five_times_and_comes_back_when_it_works(self):
        gauge = self.make(interval_seconds=60)
        model = type(self.env["res.partner"])

        def slow(records, *args, **kwargs):
            records.env.cr.execute("SELECT pg_sleep(60)")

        with (
            patch.object(odooops_gauge_computation, "STATEMENT_TIMEOUT", "10ms"),
            patch.object(model, "_read_group", slow),
            mute_logger("odoo.sql_db"),
        ):
            for minute in range(7):
                with self.later(minutes=2 * minute):
                    found = self.observe()
        self.assertEqual((gauge.state, gauge.failures), ("suspended", 5))
        self.assertIn("statement timeout", gauge.error)
        self.assertEqual(found["odooops.gauge.failures"], {("test.partners",): 5})
        [event] = self.events("gauge.suspended")
        self.assertEqual((event.outcome, event.target_name), ("failure", "test.partners"))
        self.assertIn("statement timeout", event.details["error"])

        self.assertEqual(self.compute(gauge), {(): 5})
        self.assertEqual((gauge.state, gauge.failures, gauge.error), ("good", 0, False))
        self.assertEqual(self.observe()["odoo.business.test.partners"], {(): 5})

    def test_a_mistake_of_an_addon_is_an_error_of_the_gauge(self):
        gauge = self.make()
        model = type(self.env["res.partner"])
        with patch.object(model, "_read_group", side_effect=ZeroDivisionError("password=hunter2")):
            self.observe()
        self.assertIn("ZeroDivisionError", gauge.error)
        self.assertNotIn("hunter2", gauge.error)

    def test_who_tries_a_gauge_while_the_leader_computes_it_finds_the_same(self):
        """By two connections, as two processes have."""
        tried, leader = (db_connect(self.env.cr.dbname).cursor() for _ in range(2))
        self.addCleanup(tried.close)
        self.addCleanup(leader.close)
        mine, its = (api.Environment(cr, SUPERUSER_ID, {}) for cr in (tried, leader))
        gauge = mine["odooops.gauge"].create({"name": "test.both", "model": "res.country"})
        self.addCleanup(self.remove, gauge.name)
        tried.commit()
        its["odooops.gauge"].search_count([])  # its view of the database begins
        mine["odooops.gauge"].try_gauge("test.both")
        tried.commit()

        with mute_logger("odoo.service.model", "odoo.sql_db"), patch("odoo.service.model.time.sleep"):
            answer = retrying(lambda: its["odooops.gauge"].try_gauge("test.both"), its)
        self.assertEqual((answer["error"], len(answer["values"])), ("", 1))

    def test_the_leader_goes_on_when_somebody_was_quicker(self):
        self.make()
        error = psycopg2.errors.SerializationFailure
        with patch.object(type(self.env["odooops.gauge"]), "_store", side_effect=error):
            self.assertIn("odooops.gauge.failures", self.observe())
        self.assertEqual(self.observe()["odoo.business.test.partners"], {(): 5})

    def remove(self, name):
        with db_connect(self.env.cr.dbname).cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["odooops.gauge"].search([("name", "=", name)]).unlink()

    def test_one_look_does_not_take_for_ever(self):
        for letter in "abc":
            self.make(f"test.{letter}")
        with patch.object(odooops_gauge_computation, "BUDGET", 0):
            self.assertEqual(len(self.observe()["odooops.gauge.failures"]), 1)
            self.assertEqual(len(self.observe()["odooops.gauge.failures"]), 2)
        self.assertEqual(len(self.observe()["odooops.gauge.failures"]), 3)

    def test_a_database_without_the_addon_is_left_alone(self):
        self.env.flush_all()
        with self.registry.cursor() as cr, patch.object(telling, "MODEL", "odooops.none"):
            self.assertEqual(list(telling.observe(cr)), [])
        with self.registry.cursor() as cr, patch.object(telling, "TABLE", "no_such_table"):
            self.assertEqual(list(telling.observe(cr)), [])

    def test_what_is_told_is_sent(self):
        self.make(labels="type")
        self.start_telemetry()
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.telemetry.recorder.measurements.states["test"] = list(telling.observe(cr))
        self.flush()
        point = self.point("odoo.business.test.partners", **{"odoo.field.type": "contact"})
        self.assertEqual((point.value, point.attributes["db.namespace"]), (3, self.env.cr.dbname))

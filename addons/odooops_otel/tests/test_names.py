"""Names: what is declared is sent, and what is sent is declared."""

import contextlib
from unittest import mock

import requests

from odoo import sql_db
from odoo.exceptions import ConcurrencyError
from odoo.service import model as service_model
from odoo.tests import HttpCase, tagged

from ..tools import metrics, otlp, semconv
from ..tools.observation import Observation, export
from ..tools.semconv import browser, coverage, sql
from ..tools.settings import SIGNALS
from .common import TelemetryMixin
from .test_cron import make_job


@tagged("post_install", "-at_install")
class TestNames(TelemetryMixin, HttpCase):
    def test_every_metric_that_is_declared_is_sent(self):
        self.startPatcher(mock.patch.object(metrics, "MAX_VALUES", 1))  # so that a limit is reached
        self.start_telemetry()
        self.call_that_is_retried_with_an_export_inside()
        self.run_job_with_an_export_inside()
        with sql_db.db_connect("postgres").cursor():
            pass
        self.measure_what_happens_now_and_then()
        self.flush()
        sent = {metric.name for _resource, metric in self.receiver._metrics()}
        self.assertEqual(sent, {metric.name for metric in semconv.METRICS})

    def measure_what_happens_now_and_then(self):
        """What has tests of its own that let it happen (mail, reports, websockets, registry, what a leader tells)."""
        measurements = self.telemetry.recorder.measurements
        types = {attribute.name: attribute.type for attribute in semconv.ATTRIBUTES}
        for metric in (*vars(browser).values(), *vars(coverage).values(), *vars(sql).values()):
            seen = ("odoo.orm.", "odoo.cache.", "odoo.sql.table.")
            if not isinstance(metric, semconv.Metric) or metric.name.startswith(seen):
                continue
            key = tuple(2 if types[name] == "int" else "x" for name in metric.attributes)
            if metric.kind == "gauge" or metric is semconv.TELEMETRY_LEADER:
                measurements.states[metric.name] = [Observation(metric, {key: 1})]
            elif metric.kind != "updowncounter":
                measurements.add(metric, key, 1)

    def call_that_is_retried_with_an_export_inside(self):
        conflicts = [ConcurrencyError("of the test")]

        def controller(cr):
            if conflicts:
                raise conflicts.pop()
            with contextlib.suppress(requests.ConnectionError):
                requests.get("http://127.0.0.1:1", timeout=5)  # nobody listens there
            self.flush()
            return ""

        self.authenticate("admin", "admin")
        self.startPatcher(mock.patch.object(service_model.time, "sleep"))
        self.serve(controller)
        params = {"model": "res.partner", "method": "write", "args": [[], {}], "kwargs": {}}
        self.url_open("/web/dataset/call_kw/res.partner/write", json={"params": params})

    def run_job_with_an_export_inside(self):
        model = type(self.env["res.partner"])
        self.startPatcher(mock.patch.object(model, "search_count", side_effect=self.flush, return_value=0))
        make_job(self.env, "env['res.partner'].search_count()").method_direct_trigger()

    def test_a_name_that_is_not_declared_fails_the_test_of_its_receiver(self):
        telemetry = self.start_telemetry()
        metric = semconv.Metric("odoo.unheard.of", "counter", "{call}", "Calls.", ("odoo.caller",))
        renamed = semconv.Metric("odoo.cron.job.active", "counter", "{job}", "Jobs.", ("odoo.job",))
        bodies = [self.body(metric, "somebody"), self.body(renamed, "nobody")]
        resource = otlp.resource({"service.name": "odoo", "host.colour": "grey", "process.pid": "one"})
        telemetry.transports[SIGNALS.index("metrics")].post(
            otlp.export_request(resource, otlp.scope("odooops_otel"), bodies), 5.0
        )
        with self.assertRaises(AssertionError) as failure:
            self.receiver.stop()
        for name in (
            "metric odoo.unheard.of",
            "odoo.cron.job.active as a sum",
            "odoo.job",
            "host.colour",
            "process.pid is of type string",
        ):
            self.assertIn(name, str(failure.exception))
        self.assertNotIn("service.name", str(failure.exception))

    def body(self, metric, value):
        return otlp.message(2, export(Observation(metric, {(value,): 1}), 1).body)

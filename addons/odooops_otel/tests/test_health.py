"""How telemetry itself is, as a viewer is told."""

import json
import os
import time
import xmlrpc.client
from unittest import mock

import opentelemetry.metrics

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, mute_logger, tagged

from odoo.addons.odooops_base.tests.common import new_user
from odoo.addons.odooops_base.tests.fake_prometheus import FakePrometheus

from ..models import odooops_telemetry
from ..telemetry import health as own_health, runtime, slot
from ..tools import health, health_findings, health_store, metrics
from .common import TelemetryMixin

ROUTE = "http.route"


@tagged("post_install", "-at_install")
class TestHealth(TelemetryMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.enterContext(mock.patch.dict(os.environ, ODOOOPS_PROMETHEUS_URL=""))
        viewer = new_user(self.env, "health_viewer", groups="odooops_base.group_odooops_viewer")
        self.model = self.env["odooops.telemetry"].with_user(viewer)

    def get_health(self) -> dict:
        """What a viewer is told after this process has told."""
        self.telemetry.drain()
        self.telemetry.health._written = -own_health.INTERVAL
        self.telemetry.health.publish()
        return self.model.get_health()

    def codes(self) -> list[str]:
        return [finding["code"] for finding in self.get_health()["findings"]]

    def record_requests(self, *routes: str) -> None:
        requests = self.telemetry.recorder.aggregator.requests
        for route in routes:
            requests.record(("GET", route, 200, "http", None, self.env.cr.dbname), 0.1)

    # --- one process ----------------------------------------------------------------------

    def test_a_process_that_delivers_is_well(self):
        self.start_telemetry()
        self.url_open("/web/login")
        self.flush()
        found = self.get_health()
        [process] = found["processes"]
        self.assertEqual((found["summary"]["state"], found["findings"]), ("healthy", []))
        self.assertEqual((process["name"], process["pid"]), ("test-0", os.getpid()))
        self.assertEqual((process["records"], process["state"]), (1, "recording"))
        self.assertEqual((process["completeness"], process["waiting"]), (1.0, 0))
        self.assertEqual(process["signals"]["traces"]["endpoint"], f"{self.receiver.url}/v1/traces")
        self.assertGreater(process["signals"]["traces"]["sent"], 0)
        self.assertGreater(process["signals"]["traces"]["attempt_ms"], 0)
        self.assertGreater(process["memory"], 10_000_000)
        self.assertRegex(process["delivered_at"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
        self.assertEqual(found["totals"]["counted"], 1.0)

    def test_what_it_tells_goes_by_every_way_of_calling(self):
        self.start_telemetry()
        self.flush()
        for directory_is_empty in (False, True):
            if directory_is_empty:
                for path in self.telemetry.directory.iterdir():
                    path.unlink()
            found = self.model.get_health()
            self.assertIn("summary", xmlrpc.client.loads(xmlrpc.client.dumps((found,)))[0][0])
            self.assertEqual(json.loads(json.dumps(found)), found)

    def test_others_than_viewers_are_refused(self):
        self.start_telemetry()
        nobody = new_user(self.env, "health_nobody", groups="base.group_system")
        with self.assertRaises(AccessError):
            self.env["odooops.telemetry"].with_user(nobody).get_health()

    def test_a_receiver_that_is_down_is_told_with_its_address_and_what_waits(self):
        self.start_telemetry()
        self.receiver.stop()
        self.url_open("/web/login")
        self.flush()
        found = self.get_health()
        self.assertEqual(found["summary"]["state"], "failing")
        told = {finding["title"]: finding["advice"] for finding in found["findings"]}
        endpoint = f"{self.receiver.url}/v1/traces"
        self.assertIn("Connection refused", told[f"traces cannot be delivered to {endpoint}"])
        self.assertTrue(found["findings"][0]["runbook"].endswith("/OdooTelemetryExportFailing.md"))
        [process] = found["processes"]
        self.assertGreater(process["signals"]["traces"]["waiting"], 0)
        self.assertEqual(process["waiting"], found["totals"]["waiting"])

    def test_a_key_in_an_address_is_not_told(self):
        self.start_telemetry(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="http://127.0.0.1:1/v1/traces?key=planted")
        self.url_open("/web/login")
        self.flush()
        found = self.get_health()
        self.assertEqual([finding["code"] for finding in found["findings"]], ["undelivered"])
        self.assertNotIn("planted", json.dumps(found))

    def test_drops_are_told_with_their_reason_and_what_to_do(self):
        self.start_telemetry()
        self.telemetry.slot.add("traces", "dropped", "queue_full", amount=3)
        [finding] = self.get_health()["findings"]
        self.assertEqual(finding["title"], "test-0: 3 items of traces have been dropped")
        self.assertIn("OTEL_TRACES_SAMPLER_ARG", finding["advice"])

    def test_where_no_metrics_are_sent_nobody_waits_for_what_is_recorded(self):
        self.start_telemetry(OTEL_METRICS_EXPORTER="none")
        self.url_open("/web/login")
        states = self.telemetry.slot.states()
        self.assertEqual((states["process", "records"], slot.undelivered(states)), (1, 0))

    def succeed(self, *, lost: int, is_killed: bool = False) -> None:
        """The process of slot test-0 ends with so many requests that it has not delivered; another takes its place."""
        telemetry = self.telemetry
        telemetry.slot.set("process", "records", value=lost)
        if is_killed:
            telemetry.slot._has_ended = True  # it says nothing
        telemetry.release()
        settings, directory = telemetry.settings, telemetry.directory
        self.telemetry = runtime.Telemetry(settings, "test", "test", directory, "1")
        self.assertEqual(self.telemetry.slot.name, "test-0")

    def release(self) -> None:
        self.telemetry.release()

    def losses(self) -> list[tuple]:
        found = [each for each in self.get_health()["findings"] if each["code"] == "losing"]
        return [(each["title"], each["advice"][:20], bool(each["last_at"])) for each in found]

    def test_each_loss_is_told_with_its_own_reason_whoever_was_killed_before(self):
        self.start_telemetry()
        directory = self.telemetry.directory
        self.startPatcher(mock.patch.object(odooops_telemetry, "current_directory", return_value=directory))
        runtime.active = None
        self.addCleanup(self.release)
        self.telemetry.slot.add("worker", "exit", "killed")
        text = "test-0: %s requests and jobs are in no metrics that arrived"
        ended, killed = "Processes ended as t", "Processes took along"
        self.succeed(lost=5)
        self.assertEqual(self.losses(), [(text % 5, ended, True)])
        self.succeed(lost=2, is_killed=True)
        self.succeed(lost=1)
        self.assertEqual(self.losses(), [(text % 2, killed, True), (text % 6, ended, True)])
        [process] = self.get_health()["processes"]
        self.assertEqual({loss["reason"] for loss in process["losses"]}, {"killed", "shutdown"})

    def test_a_loss_that_no_report_explains_is_told_without_a_reason(self):
        self.start_telemetry()
        own = self.telemetry.slot
        own.add("process", "lost", amount=5)
        own.set("process", "lost_at", value=time.time_ns())
        [finding] = self.get_health()["findings"]
        self.assertEqual(finding["title"], "test-0: 5 requests and jobs are in no metrics that arrived")
        self.assertIn("Why is not known", finding["advice"])
        self.assertRegex(finding["last_at"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")

    def test_losses_in_a_report_that_is_foreign_are_none(self):
        self.start_telemetry()
        self.get_health()
        path = self.telemetry.directory / "test-0.json"
        for foreign in (7, [7], [{"at": 1}], [{"at": "x", "items": 1, "reason": "killed"}]):
            path.write_text(json.dumps({"losses": foreign}))
            self.assertEqual(own_health.Health(self.telemetry).report()["losses"], [])

    def test_rules_that_are_not_in_force_are_told(self):
        self.start_telemetry()
        patterns = [{"kind": "pattern", "pattern": f"x{number:02}"} for number in range(61)]
        with mute_logger("odoo.addons.odooops_otel.telemetry.redaction"):
            self.telemetry.redaction.follow("shop", patterns)
        [finding] = self.get_health()["findings"]
        self.assertEqual(finding["title"], "test-0: rules of redaction or sampling are not in force")
        self.assertIn("1 names, patterns and rules", finding["advice"])
        self.assertTrue(finding["runbook"].endswith("/main/docs/redaction.md"))

    def test_rules_of_redaction_that_are_refused_are_named(self):
        self.start_telemetry()
        names = [f"Slow {at}" for at in range(odooops_telemetry.MAX_NAMES + 2)]
        values = [{"name": name, "kind": "pattern", "pattern": f"x{name}"} for name in names]
        rules = self.env["odooops.redaction.rule"].create(values)
        self.env.cr.execute(
            "UPDATE odooops_redaction_rule SET pattern = '.*x' WHERE id = ANY(%s)", [rules[1:].ids]
        )
        rules.invalidate_recordset()
        with mute_logger("odoo.addons.odooops_otel.telemetry.redaction"):
            self.telemetry.redaction.follow(self.env.cr.dbname, rules._get_rule_values())
        [finding] = self.get_health()["findings"]
        self.assertEqual((finding["code"], finding["severity"]), ("rules_refused", "failing"))
        self.assertEqual(
            finding["title"],
            "Rules of redaction are not in force: Slow 1, Slow 2, Slow 3, Slow 4, Slow 5, and 1 more",
        )
        self.assertIn("correct it, or archive it", finding["advice"])
        rules.active = False
        self.telemetry.redaction.follow(self.env.cr.dbname, [])
        self.assertEqual(self.codes(), [])

    def test_every_reason_of_a_drop_has_its_words(self):
        self.start_telemetry()
        for reason in slot.REASONS:
            self.telemetry.slot.add("logs", "dropped", reason)
        self.assertEqual(self.codes(), ["dropping"] * len(slot.REASONS))

    def test_a_process_that_hangs_is_told(self):
        self.start_telemetry()
        self.telemetry.slot.set("process", "started", value=time.time_ns() - 61_000_000_000)
        [finding] = self.model.get_health()["findings"]
        self.assertEqual((finding["code"], finding["processes"]), ("stuck", ["test-0"]))
        self.assertEqual(self.codes(), [])

    def test_without_any_process_it_says_how_to_begin(self):
        self.start_telemetry()
        with mock.patch.object(own_health, "survey", return_value=[]):
            [finding] = self.model.get_health()["findings"]
        self.assertEqual(finding["code"], "nothing_records")
        self.assertIn("server_wide_modules", finding["advice"])

    # --- cardinality ----------------------------------------------------------------------

    def test_an_attribute_over_its_limit_is_named_with_an_example_and_logged_once(self):
        self.startPatcher(mock.patch.object(metrics, "MAX_VALUES", 2))
        self.start_telemetry()
        self.record_requests("/a", "/b", "/c?token=planted", "/d")
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING") as log:
            found = self.get_health()
            self.get_health()
        [finding] = found["findings"]
        self.assertEqual(finding["title"], "http.route of http.server.request.duration has too many values")
        self.assertIn("/c?", finding["advice"])
        self.assertTrue(finding["runbook"].endswith("/OdooTelemetryCardinalityLimited.md"))
        [line] = [line for line in log.output if "further ones are counted" in line]
        self.assertIn("http.route of http.server.request.duration", line)
        self.assertNotIn("planted", line + json.dumps(found))
        self.flush()
        attributes = {
            "odooops.telemetry.metric": "http.server.request.duration",
            "odooops.telemetry.attribute": "http.route",
        }
        self.assertEqual(self.point("odooops.telemetry.cardinality_overflow", **attributes).data.as_int, 2)

    def test_an_attribute_over_its_limit_is_named_after_its_process_has_ended(self):
        self.startPatcher(mock.patch.object(metrics, "MAX_VALUES", 2))
        self.start_telemetry()
        self.record_requests("/a", "/b", "/c", "/d")
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING"):
            self.get_health()
        directory = self.telemetry.directory
        self.startPatcher(mock.patch.object(odooops_telemetry, "current_directory", return_value=directory))
        runtime.stop()
        self.assertIn("overflow", [finding["code"] for finding in self.model.get_health()["findings"]])

        for _successor in range(2):
            with self.assertNoLogs("odoo.addons.odooops_otel", "WARNING"):
                successor = runtime.Telemetry(self.telemetry.settings, "test", "test", directory, "1")
                successor.health.publish()
            self.assertEqual(successor.slot.name, "test-0")
            successor.release()
            [row] = [row for row in self.model.get_health()["cardinality"] if row["example"]]
            self.assertEqual((row["attribute"], row["example"]), (ROUTE, "/c"))
            self.assertEqual(sorted(row), sorted(health.CARDINALITY))

        later = time.time_ns() + health_findings.REMEMBERED
        self.startPatcher(mock.patch.object(own_health.time, "time_ns", return_value=later))
        self.assertEqual(own_health._inherit(directory / "test-0.json")[0]["attribute"], ROUTE)
        self.assertEqual(self.model.get_health()["cardinality"], [])

    def test_an_attribute_of_another_library_over_its_limit_is_named_as_well(self):
        self.startPatcher(mock.patch.object(metrics, "MAX_VALUES", 2))
        self.start_telemetry()

        def order(cr):
            counter = opentelemetry.metrics.get_meter("a.library").create_counter("shop.orders")
            for customer in "abcdd":
                counter.add(1, {"shop.customer": customer})
            return "done"

        self.serve(order)
        self.url_open("/web/login")
        self.flush()
        points = self.receiver.points("shop.orders")
        arrived = {point.attributes["shop.customer"]: point.data.as_int for point in points}
        self.assertEqual(arrived, {"a": 1, "b": 1, "other": 3})
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING"):
            findings = self.get_health()["findings"]
        self.assertIn(
            "shop.customer of shop.orders has too many values", [finding["title"] for finding in findings]
        )

    def test_the_attributes_with_most_values_are_told_before_anything_is_lost(self):
        self.start_telemetry()
        self.record_requests(*(f"/page/{number}" for number in range(7)))
        found = self.get_health()
        [row] = [row for row in found["cardinality"] if row["attribute"] == ROUTE and row["values"] == 7]
        self.assertEqual(
            (row["metric"], row["limit"], row["example"]), ("http.server.request.duration", 1000, "")
        )
        self.assertEqual(found["cardinality"][0], row)

    # --- reports --------------------------------------------------------------------------

    def test_the_report_of_a_predecessor_is_not_its_successor_s(self):
        self.start_telemetry()
        self.get_health()
        path = self.telemetry.directory / "test-0.json"
        report = json.loads(path.read_text())
        self.assertEqual(path.stat().st_mode & 0o007, 0)
        path.write_text(json.dumps(report | {"pid": 1, "problems": {"traces": "of another"}}))
        [found] = own_health.survey(self.telemetry.directory)
        self.assertEqual(found["report"], {})

    def test_a_report_that_is_torn_or_foreign_is_none(self):
        self.start_telemetry()
        for text in ("", "{", "[]", "7", "x" * 200_000):
            (self.telemetry.directory / "test-0.json").write_text(text)
            [found] = own_health.survey(self.telemetry.directory)
            self.assertEqual(found["report"], {})

    def test_a_disk_without_room_costs_the_report_and_nothing_else(self):
        self.start_telemetry()
        with mock.patch.object(
            own_health.json_file.os, "open", side_effect=OSError(28, "No space left on device")
        ):
            [process] = self.get_health()["processes"]
        self.assertEqual(process["state"], "recording")

    def test_a_report_is_written_each_ten_seconds(self):
        self.start_telemetry()
        now = self.startPatcher(mock.patch.object(own_health.time, "monotonic", return_value=1000.0))
        write = self.startPatcher(mock.patch.object(own_health.json_file, "write"))
        for moment in (1000.0, 1009.9, 1010.0):
            now.return_value = moment
            self.telemetry.health.publish()
        self.assertEqual(write.call_count, 2)

    # --- Prometheus -----------------------------------------------------------------------

    def answering(self, *series: tuple[dict, str]) -> FakePrometheus:
        prometheus = self.enterContext(FakePrometheus())
        result = [{"metric": labels, "value": [0, value]} for labels, value in series]
        data = {"resultType": "vector", "result": result}
        prometheus.answer = 200, json.dumps({"status": "success", "data": data})
        self.enterContext(mock.patch.dict(os.environ, ODOOOPS_PROMETHEUS_URL=prometheus.url))
        return prometheus

    def test_prometheus_tells_of_other_machines_and_what_was_stored(self):
        self.start_telemetry()
        figure = health_store.FIGURE
        own = self.telemetry.resource["service.instance.id"]
        prometheus = self.answering(
            ({figure: "stored"}, "995"),
            ({figure: "expected"}, "1000"),
            ({figure: "sent", "instance": own}, "7"),
            ({figure: "sent", "instance": "there/http-0"}, "5"),
        )
        store = self.get_health()["store"]
        self.assertEqual((store["state"], store["completeness"]), ("known", 0.995))
        self.assertEqual([process["instance"] for process in store["processes"]], ["there/http-0"])
        self.assertIn('deployment_environment_name="local"', prometheus.queries[0])

    def test_a_prometheus_that_cannot_be_asked_is_told_and_the_rest_is_there(self):
        self.start_telemetry()
        with self.answering():
            pass  # it has ended
        found = self.get_health()
        self.assertEqual(found["store"]["state"], "failing")
        self.assertIn("Prometheus could not be asked", found["store"]["message"])
        self.assertEqual(len(found["processes"]), 1)

    def test_without_prometheus_it_says_what_to_set(self):
        self.start_telemetry()
        store = self.get_health()["store"]
        self.assertEqual(store["state"], "unset")
        self.assertIn("prometheus.url", store["message"])

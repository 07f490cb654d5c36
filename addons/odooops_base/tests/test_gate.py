"""Health gates: what Prometheus says decides, and what it does not say counts for nothing good."""

import os
from unittest.mock import patch

from odoo.exceptions import AccessError, ConcurrencyError, LockError, UserError, ValidationError
from odoo.tests import tagged

from .common import free_address
from .operations_common import OperationsCase


@tagged("post_install", "-at_install", "odooops")
class TestGate(OperationsCase):
    def setUp(self):
        super().setUp()
        self.prometheus = self.with_prometheus()

    def finish(self, **arguments):
        started = self.start()
        return self.deployments().finish_deployment(started["id"], **arguments)

    def test_a_deployment_succeeds_when_its_gates_are_passed(self):
        self.make_gate()
        self.prometheus.values["errors"] = [0.01, 0.02]
        finished = self.finish(outcome="success")

        [gate] = finished["gates"]
        self.assertEqual((finished["state"], gate["outcome"], gate["value"]), ("succeeded", "passed", 0.02))
        self.assertEqual(self.prometheus.queries, ['errors{e="shop"}'])

    def test_a_claimed_success_is_a_failure_when_a_gate_is_not_passed(self):
        self.make_gate()
        self.make_gate("latency", "latency")
        self.prometheus.values.update(errors=[0.01, 0.5], latency=[0.01])
        finished = self.finish(outcome="success")

        outcomes = {
            gate["name"]: (gate["outcome"], gate["value"], gate["message"]) for gate in finished["gates"]
        }
        self.assertEqual(finished["state"], "failed")
        self.assertEqual(finished["reason"], "Health gates not passed: errors.")
        self.assertEqual(outcomes["errors"], ("failed", 0.5, '{series="1"}'))
        self.assertEqual(outcomes["latency"], ("passed", 0.01, ""))

    def test_without_an_outcome_the_gates_decide(self):
        self.make_gate()
        self.prometheus.values["errors"] = [0.5]

        self.assertEqual(self.finish()["state"], "failed")

    def test_a_failure_needs_no_gate(self):
        self.make_gate()

        self.assertEqual(self.finish(outcome="failed")["gates"], [])
        self.assertEqual(self.prometheus.queries, [])

    def test_what_no_data_means_is_said_by_the_gate(self):
        self.make_gate("idle", "idle", on_missing="pass")
        self.make_gate("silent", "silent", on_missing="fail")
        finished = self.finish()

        found = {
            gate["name"]: (gate["outcome"], gate["message"], gate["value"]) for gate in finished["gates"]
        }
        self.assertEqual(found["idle"], ("passed", "No data, which this gate takes for good.", False))
        self.assertEqual(found["silent"], ("failed", "No data.", False))

    def test_a_gate_is_for_its_environments(self):
        self.make_gate("test alone", "errors", environment_ids=self.test.ids)
        self.prometheus.values["errors"] = [0.5]

        self.assertEqual(self.finish()["gates"], [])
        started = self.start("test")
        self.assertEqual(self.deployments().finish_deployment(started["id"])["state"], "failed")

    def test_gates_can_be_asked_again_until_they_are_passed(self):
        self.make_gate()
        self.prometheus.values["errors"] = [0.5]
        started = self.start()
        first = self.deployments().run_gates(started["id"])
        self.prometheus.values["errors"] = [0.05]
        second = self.deployments().run_gates(started["id"])

        self.assertEqual([first["state"], second["state"]], ["running", "running"])
        self.assertEqual([first["gates"][0]["outcome"], second["gates"][0]["outcome"]], ["failed", "passed"])
        self.assertEqual([gate["attempts"] for gate in second["gates"]], [2])
        self.assertEqual(self.deployments().finish_deployment(started["id"])["state"], "succeeded")

    def test_who_asks_while_another_does_is_asked_to_wait(self):
        self.make_gate()
        started = self.start()
        locked = patch.object(
            type(self.deployments()), "lock_for_update", side_effect=LockError("another call")
        )
        with locked, self.assertRaises(ConcurrencyError):
            self.deployments().run_gates(started["id"])

    def test_a_gate_that_was_archived_meanwhile_does_not_count(self):
        gate = self.make_gate()
        self.prometheus.values["errors"] = [0.5]
        started = self.start()
        self.deployments().run_gates(started["id"])
        gate.active = False

        finished = self.deployments().finish_deployment(started["id"])
        self.assertEqual((finished["state"], finished["gates"]), ("succeeded", []))

    def test_with_force_and_a_reason_the_gates_do_not_count(self):
        self.make_gate()
        started = self.start()
        with self.assertRaisesRegex(UserError, "Write a note that says why"):
            self.deployments().finish_deployment(started["id"], force=True, note=" ")
        finished = self.deployments().finish_deployment(started["id"], force=True, note="Prometheus is down")

        event = self.env["odooops.event"].search([("name", "=", "deployment.finished")], limit=1)
        self.assertEqual((finished["state"], finished["note"]), ("succeeded", "Prometheus is down"))
        self.assertEqual(event.details["gates"], "not asked")

    def test_a_prometheus_that_is_away_passes_no_gate(self):
        self.make_gate(on_missing="pass")
        with patch.dict(os.environ, ODOOOPS_PROMETHEUS_URL=f"http://{free_address()}"):
            finished = self.finish()

        self.assertEqual((finished["state"], finished["gates"][0]["outcome"]), ("failed", "error"))
        self.assertRegex(finished["gates"][0]["message"], r"^Prometheus: .*127\.0\.0\.1")

    def test_an_answer_that_is_none_passes_no_gate(self):
        self.make_gate(on_missing="pass")
        refused = '{"status": "error", "errorType": "bad_data", "error": "1:1: parse error"}'
        for answer, message in (
            ((200, "<html>"), "Prometheus: It answered 200 and no JSON."),
            ((500, ""), "Prometheus: It answered 500 and no JSON."),
            ((200, "[]"), "The query cannot be used: this is no answer of Prometheus."),
            ((400, refused), "The query cannot be used: 1:1: parse error."),
        ):
            self.prometheus.answer = answer
            [gate] = self.finish()["gates"]
            self.assertEqual((gate["outcome"], gate["message"]), ("error", message))

    def test_a_redirect_is_not_followed(self):
        self.make_gate(on_missing="pass")
        self.prometheus.answer = (302, "")
        [gate] = self.finish()["gates"]

        self.assertEqual(gate["outcome"], "error")
        self.assertIn("redirect", gate["message"])

    def test_an_address_from_a_record_may_not_be_a_private_one(self):
        self.make_gate(on_missing="pass")
        with patch.dict(os.environ):
            del os.environ["ODOOOPS_PROMETHEUS_URL"]
            settings = self.env["odooops.setting"].with_user(self.admin)
            settings.set_setting("prometheus.url", self.prometheus.url)
            [gate] = self.finish()["gates"]

        self.assertEqual(gate["outcome"], "error")
        self.assertIn("is refused: its address is this machine", gate["message"])
        self.assertEqual(self.prometheus.queries, [])

    def test_without_an_address_the_deployment_goes_on_until_somebody_sets_one(self):
        self.make_gate()
        started = self.start()
        with (
            patch.dict(os.environ, ODOOOPS_PROMETHEUS_URL=""),
            self.assertRaisesRegex(
                UserError, "There are 1 health gates and no Prometheus to ask. Set prometheus.url"
            ),
        ):
            self.deployments().finish_deployment(started["id"])

        self.assertEqual(self.deployments().get_deployment(started["id"])["state"], "running")

    def test_a_gate_that_cannot_be_used_is_refused(self):
        for number, (vals, message) in enumerate(
            (
                (
                    {"query": "x{e='$enviroment'}"},
                    r"line 1, column 6: \$enviroment is not known; use \$environment and \$window",
                ),
                ({"query": "sum("}, r"PromQL: line 1, column 4: \( is opened and not closed: write \)"),
                ({"window_seconds": 30}, "Longest window: write seconds from 60 to 86400"),
                ({"threshold": float("nan")}, "Threshold: write a number"),
            )
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self.make_gate(f"refused {number}", **vals)
        for name in ("", "  "):
            with self.assertRaisesRegex(ValidationError, "Name: write what the gate"):
                self.make_gate(name)

    def test_gates_are_changed_by_administrators_of_all_environments(self):
        gate = self.make_gate()
        for user in (self.viewer, self.operator, self.auditor, self.make_user("admin", self.test)):
            self.assertEqual(gate.with_user(user).name, "errors")
            with self.assertRaises(AccessError):
                gate.with_user(user).threshold = 9
            with self.assertRaises(AccessError):
                gate.with_user(user).create({"name": "mine", "query": "vector(1)"})
        gate.with_user(self.admin).threshold = 0.2

    def test_a_gate_is_tried_without_a_deployment(self):
        gate = self.make_gate()
        self.prometheus.values["errors"] = [0.5]
        calls = self.env["odooops.gate"].with_user(self.operator)

        answer = calls.try_gate("errors", "shop")
        self.assertEqual((answer["outcome"], answer["value"], answer["environment"]), ("failed", 0.5, "shop"))
        self.assertEqual(calls.try_gate(gate.id, "test")["query"], 'errors{e="test"}')
        shown = gate.with_user(self.operator).action_try()["params"]
        self.assertIn("Not passed now", shown["title"])
        with self.assertRaisesRegex(UserError, "There is no gate nothing"):
            calls.try_gate("nothing")
        for user in (self.viewer, self.plain):
            with self.assertRaises(AccessError):
                calls.with_user(user).try_gate("errors", "shop")
        for environment in ("shop", None):
            with self.assertRaises(AccessError):
                calls.with_user(self.other).try_gate("errors", environment)

    def test_the_gates_that_come_with_the_addon_can_be_rendered(self):
        names = self.env["ir.model.data"].search(
            [("model", "=", "odooops.gate"), ("module", "=", "odooops_base")]
        )
        gates = self.env["odooops.gate"].with_context(active_test=False).browse(names.mapped("res_id"))

        self.assertGreaterEqual(len(gates), 5)
        gates._check_query()

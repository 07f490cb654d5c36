"""Deployments: one at a time in an environment, each state after the one before, and seen by those who may."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .operations_common import OperationsCase


@tagged("post_install", "-at_install", "odooops")
class TestDeployment(OperationsCase):
    def browse(self, answer):
        return self.env["odooops.deployment"].browse(answer["id"])

    def test_a_deployment_is_started_and_finished(self):
        modules = [{"name": "sale", "version": "19.0.1.1", "previous_version": "19.0.1.0"}]
        started = self.start(
            version=" 1.4.2 ", commit="a1b2", modules=modules, url="https://ci/1", note="why"
        )
        finished = self.deployments().finish_deployment(started["id"], "success", note="done")

        self.assertEqual((started["state"], started["finished_at"]), ("running", ""))
        self.assertRegex(started["started_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual((started["environment"], started["version"]), ("shop", "1.4.2"))
        self.assertEqual((started["user"], started["source"]), ("operator_all", "ci"))
        self.assertEqual(started["modules"], [modules[0] | {"change": "upgraded"}])
        self.assertEqual(
            (finished["state"], finished["note"], finished["gates"]), ("succeeded", "why\ndone", [])
        )
        self.assertTrue(finished["finished_at"])
        self.assertEqual(self.events(self.browse(started)), ["deployment.started", "deployment.finished"])

    def test_a_deployment_that_failed_says_so(self):
        started = self.start()
        failed = self.deployments().finish_deployment(started["id"], "failed")

        self.assertEqual((failed["state"], failed["reason"]), ("failed", "Whoever deployed it says so."))
        self.assertEqual((failed["modules"], failed["gates"]), ([], []))
        self.assertEqual(self.events(self.browse(started)), ["deployment.started", "deployment.failed"])

    def test_a_failure_is_told_by_the_transaction_that_records_it(self):
        started = self.start()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.deployments().finish_deployment(started["id"], "failed")
            raise ZeroDivisionError

        self.assertEqual(self.events(self.browse(started)), ["deployment.started"])
        self.deployments().finish_deployment(started["id"])
        self.assertEqual(self.events(self.browse(started)), ["deployment.started", "deployment.finished"])

    def test_a_second_one_in_the_environment_is_refused_and_told_how_to_end_the_first(self):
        first = self.start(version="1.0")
        with self.assertRaises(UserError) as refused:
            self.start(version="1.1")

        self.assertIn(
            f"Deployment {first['id']} (1.0) has been running in shop since", str(refused.exception)
        )
        self.assertIn(f"odooops deployment finish {first['id']}", str(refused.exception))
        self.start("test", "1.1")

    def test_with_force_the_one_that_runs_ends_as_failed(self):
        first = self.start(version="1.0")
        second = self.start(version="1.1", force=True)

        self.assertEqual(self.browse(first).state, "failed")
        self.assertEqual(self.events(self.browse(first))[-1], "deployment.abandoned")
        self.assertEqual(second["state"], "running")

    def test_the_same_key_is_the_same_deployment(self):
        first = self.start(key="job-7")
        again = self.start(version="other", key="job-7")
        self.deployments().finish_deployment(first["id"])
        after = self.start(key="job-7")

        self.assertEqual([again["id"], after["id"]], [first["id"]] * 2)
        self.assertEqual(after["state"], "succeeded")
        self.assertNotEqual(self.start("test", key="job-7")["id"], first["id"])

    def test_what_cannot_be_used_is_named(self):
        for arguments, message in (
            ({"environment": "shpo"}, "Environment 'shpo' is not known. Known are: .*shop"),
            ({"version": "  "}, "Version: write what is deployed"),
            ({"version": 14}, "Version: write what is deployed"),
            ({"modules": "sale"}, "modules: write a list"),
            ({"source": "module"}, "Source 'module': write ci or cli"),
            ({"rollback_of": 999999999}, "There is no deployment 999999999"),
            ({"rollback_of": "1"}, "There is no deployment '1'"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self.start(**arguments)
        self.assertFalse(self.env["odooops.deployment"].search([("environment_id", "=", self.shop.id)]))

    def test_an_outcome_that_is_none_is_refused_and_changes_nothing(self):
        started = self.start()
        with self.assertRaisesRegex(UserError, "Outcome 'ok': write success or failed"):
            self.deployments().finish_deployment(started["id"], "ok")
        self.assertEqual(self.browse(started).state, "running")

    def test_what_ended_does_not_end_again(self):
        started = self.start()
        self.deployments().finish_deployment(started["id"])
        for call in ("finish_deployment", "run_gates"):
            with self.assertRaisesRegex(UserError, "It is Succeeded: it ended; start another one"):
                getattr(self.deployments(), call)(started["id"])

    def test_a_rollback_that_succeeds_rolls_the_other_one_back(self):
        bad = self.start(version="1.1")
        self.deployments().finish_deployment(bad["id"])
        rollback = self.start(version="1.0", rollback_of=bad["id"])
        self.assertEqual(self.browse(bad).state, "succeeded")
        finished = self.deployments().finish_deployment(rollback["id"])

        self.assertEqual(finished["rollback_of"], bad["id"])
        self.assertEqual(self.browse(bad).state, "rolled_back")
        self.assertEqual(self.events(self.browse(bad))[-1], "deployment.rolled_back")

    def test_a_rollback_that_fails_rolls_nothing_back(self):
        bad = self.start(version="1.1")
        self.deployments().finish_deployment(bad["id"], "failed")
        rollback = self.start(version="1.0", rollback_of=bad["id"])
        self.deployments().finish_deployment(rollback["id"], "failed")

        self.assertEqual(self.browse(bad).state, "failed")

    def test_what_runs_elsewhere_or_still_or_is_rolled_back_is_not_rolled_back(self):
        running = self.start("test")
        with self.assertRaisesRegex(UserError, "is of another environment"):
            self.start(rollback_of=running["id"])
        with self.assertRaisesRegex(UserError, "It is Running: finish it first"):
            self.deployments().mark_rolled_back(running["id"])
        self.deployments().finish_deployment(running["id"])
        self.deployments().mark_rolled_back(running["id"])
        with self.assertRaisesRegex(UserError, "the last thing that can become of it"):
            self.deployments().mark_rolled_back(running["id"])

    def test_a_forgotten_deployment_ends_as_failed(self):
        forgotten, fresh = self.start(), self.start("test")
        self.browse(forgotten).started_at = fields.Datetime.now() - timedelta(hours=7)
        self.env["odooops.deployment"]._cron_watch()

        self.assertEqual(self.browse(forgotten).state, "failed")
        self.assertEqual(self.browse(forgotten).reason, "Nobody finished it within 6 hours.")
        self.assertEqual(self.events(self.browse(forgotten))[-1], "deployment.abandoned")
        self.assertEqual(self.browse(fresh).state, "running")

    def test_roles_decide_who_does_what(self):
        started = self.start()
        for user in (self.viewer, self.auditor, self.plain, self.other):
            for call in (
                lambda calls: calls.start_deployment("shop", "2"),
                lambda calls: calls.finish_deployment(started["id"]),
                lambda calls: calls.run_gates(started["id"]),
                lambda calls: calls.mark_rolled_back(started["id"]),
            ):
                with self.assertRaises(UserError):
                    call(self.deployments(user))
        self.assertEqual(self.browse(started).state, "running")
        self.deployments(self.admin).finish_deployment(started["id"])

    def test_a_deployment_is_seen_by_those_with_a_role_in_its_environment(self):
        shop, test = self.start(), self.start("test")
        for user, seen in (
            (self.viewer, {shop["id"], test["id"]}),
            (self.auditor, {shop["id"], test["id"]}),
            (self.other, {test["id"]}),
        ):
            found = self.deployments(user).search([("environment_id", "in", (self.shop + self.test).ids)])
            self.assertEqual(set(found.ids), seen)
        with self.assertRaises(AccessError):
            self.deployments(self.plain).search([])
        self.assertEqual(self.deployments(self.viewer).get_deployment(shop["id"])["version"], "1.0")
        with self.assertRaisesRegex(UserError, "There is no deployment"):
            self.deployments(self.other).get_deployment(shop["id"])

    def test_modules_and_results_are_seen_as_their_deployment(self):
        gate = self.make_gate()
        self.with_prometheus()
        started = self.start(modules=[{"name": "sale"}])
        self.deployments().run_gates(started["id"])

        for model in ("odooops.deployment.module", "odooops.gate.result"):
            found = [("deployment_id", "=", started["id"])]
            self.assertTrue(self.env[model].with_user(self.viewer).search(found))
            self.assertFalse(self.env[model].with_user(self.other).search(found))
        self.assertTrue(gate)

    def test_nobody_writes_a_deployment_past_its_methods(self):
        started = self.start()
        for user in (self.operator, self.admin):
            records = self.deployments(user)
            for attempt in (
                lambda records=records: records.browse(started["id"]).write({"state": "succeeded"}),
                lambda records=records: records.browse(started["id"]).unlink(),
                lambda records=records: records.create({"environment_id": self.shop.id, "version": "x"}),
                lambda records=records: records.browse(started["id"]).copy(),
            ):
                with self.assertRaises(AccessError):
                    attempt()

    def test_the_timeline_is_for_those_who_read_events(self):
        started = self.start()
        own = self.deployments().browse(started["id"])

        self.assertEqual(own.event_ids.mapped("name"), ["deployment.started"])
        with self.assertRaises(AccessError):
            own.with_user(self.viewer).read(["event_ids"])

    def test_the_form_by_hand_starts_one(self):
        form = Form(self.env["odooops.deployment.start"].with_user(self.operator))
        form.environment_id, form.version = self.shop, "2.0"
        action = form.save().action_start()

        self.assertEqual(self.deployments().browse(action["res_id"]).version, "2.0")

    def test_buttons_do_what_programs_do(self):
        first = self.deployments().browse(self.start()["id"])
        first.action_finish()
        first.action_mark_rolled_back()
        second = self.deployments().browse(self.start()["id"])
        second.action_run_gates()
        second.action_fail()

        self.assertEqual((first.state, second.state), ("rolled_back", "failed"))
        with self.assertRaises(AccessError):
            first.with_user(self.viewer).action_mark_rolled_back()

    def test_an_environment_says_how_many_there_are_for_those_who_see_them(self):
        self.start()
        self.backups().record_backup("shop")
        for user in (self.viewer, self.operator):
            shop = self.shop.with_user(user)
            self.assertEqual((shop.deployment_count, shop.backup_count), (1, 1))

"""Events: written by what happens, seen by who may, and changed by nobody."""

import functools
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ..models import odooops_event
from .common import RolesCase

FORGED = {"odooops_event_writer": True}


@tagged("post_install", "-at_install", "odooops")
class TestEvent(RolesCase):
    def log(self, name="test.done", **options):
        self.env["odooops.event"]._log(name, **options)
        return self.events(name)[0]

    def test_an_event_says_what_was_done_by_whom_and_on_what(self):
        operator = self.make_user("operator")
        environment = self.staging.with_user(operator)
        environment.env["odooops.event"]._log(
            "test.done",
            target=environment,
            environment=environment,
            details={"version": "1.2", "modules": ["a", "b"], "again": False},
        )
        event = self.events("test.done")

        self.assertEqual((event.user_id, event.user_login), (operator, operator.login))
        self.assertEqual((event.target_model, event.target_id), ("odooops.environment", self.staging.id))
        self.assertEqual((event.target_name, event.environment_name), ("test-staging", "test-staging"))
        self.assertEqual(event.environment_id, self.staging)
        self.assertEqual(event.details_text, "version: 1.2\nmodules: a b")
        self.assertEqual(event.details_line, "version: 1.2, modules: a b")
        self.assertEqual((event.outcome, event.interface, event.address), ("success", "shell", False))

    def test_a_name_is_a_noun_and_what_happened_to_it(self):
        for name in ("done", "Test.Done", "test done", "test."):
            with self.subTest(name), self.assertRaises(AssertionError):
                self.log(name)

    def test_what_was_done_is_forgotten_with_a_transaction_that_is_rolled_back(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.log()
            raise ZeroDivisionError
        self.assertFalse(self.events("test.done"))

    def test_who_did_it_stays_known_when_the_user_is_deleted(self):
        user = self.make_user("operator", login="test_leaver")
        self.env["odooops.event"].with_user(user)._log("test.done")
        user.unlink()
        event = self.events("test.done")
        event.invalidate_recordset()

        self.assertFalse(event.user_id)
        self.assertEqual(event.user_login, "test_leaver")

    def test_where_it_was_done_stays_known_when_the_environment_is_deleted(self):
        event = self.log(environment=self.staging)
        self.staging.unlink()
        event.invalidate_recordset()

        self.assertFalse(event.environment_id)
        self.assertEqual(event.environment_name, "test-staging")

    def test_nobody_writes_changes_or_deletes_one(self):
        event = self.log()
        groups = ("base.group_system", "base.group_portal", "base.group_user")
        users = [self.make_user(role) for role in ("viewer", "operator", "auditor", "admin")]
        users += [self.make_user(login=f"test_{group}", groups=group) for group in groups]
        vals = {
            "name": "a.b", "occurred_at": fields.Datetime.now(), "outcome": "success", "interface": "ui"
        }  # fmt: skip
        for user in users:
            own = event.with_user(user).with_context(**FORGED)
            for change in (
                lambda own=own: own.create(vals),
                lambda own=own: own.write({"user_login": "somebody.else"}),
                own.unlink,
                own.copy,
                lambda own=own: own.name_create("a.b"),
            ):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    change()
            result = own.load(
                ["name", "outcome", "interface", "occurred_at"], [["a.b", "x", "ui", "2030-01-01"]]
            )
            self.assertFalse(result["ids"])
        self.assertEqual(len(self.events("test.done")), 1)

    def test_not_even_the_superuser_by_accident(self):
        logged = self.log()
        for context in ({}, FORGED, {"odooops_event_writer": str(odooops_event.WRITER)}):
            event = logged.with_context(**context)
            for change in (functools.partial(event.write, {"name": "a.b"}), event.unlink, event.copy):
                with self.assertRaisesRegex(UserError, "not changed"):
                    change()

    def test_an_event_is_not_written_by_way_of_another_record(self):
        admin = self.make_user("admin")
        staging = self.staging.with_user(admin)
        with self.assertRaisesRegex(ValueError, "event_ids"):
            staging.write({"event_ids": [Command.create({"name": "a.b"})]})
        with self.assertRaises(UserError):
            staging.env["res.users"].create({"event_ids": [Command.create({"name": "a.b"})]})

    def assert_sees(self, user, *names):
        found = self.env["odooops.event"].with_user(user).search([("name", "like", "test.")])
        self.assertEqual(set(found.mapped("name")), set(names))

    def make_three(self):
        self.log("test.common")
        self.log("test.production", environment=self.production)
        self.log("test.staging", environment=self.staging)

    def test_operators_auditors_and_administrators_of_all_see_all(self):
        self.make_three()
        for role in ("operator", "auditor", "admin"):
            self.assert_sees(self.make_user(role), "test.common", "test.production", "test.staging")

    def test_a_limited_role_sees_the_events_of_its_environments_alone(self):
        self.make_three()
        for role in ("operator", "auditor", "admin"):
            self.assert_sees(self.make_user(role, self.staging), "test.staging")

    def test_events_of_a_deleted_environment_are_not_everybody_s(self):
        self.make_three()
        self.production.unlink()
        self.env.invalidate_all()
        self.assert_sees(self.make_user("operator", self.staging), "test.staging")

    def test_a_limited_role_reads_no_other_by_grouping_export_or_number(self):
        self.make_three()
        operator = self.make_user("operator", self.staging)
        events, other = self.env["odooops.event"].with_user(operator), self.events("test.production")

        groups = events._read_group([("name", "like", "test.")], ["name"], ["__count"])
        self.assertEqual(groups, [("test.staging", 1)])
        for peek in (
            lambda: other.with_user(operator).read(["details"]),
            lambda: other.with_user(operator).export_data(["name"]),
            lambda: other.with_user(operator).display_name,
            lambda: other.with_user(operator).action_open_target(),
        ):
            other.invalidate_recordset()
            with self.assertRaises(UserError):
                peek()
        self.assertFalse(events.search([("environment_id.name", "=", "test-production")]))

    def test_viewers_and_others_see_none(self):
        self.make_three()
        for user in (
            self.make_user("viewer"),
            self.make_user(login="test_plain", groups="base.group_system"),
        ):
            with self.assertRaises(AccessError):
                self.env["odooops.event"].with_user(user).search([])

    def test_what_it_was_done_to_is_opened(self):
        action = self.log(target=self.staging).action_open_target()
        self.assertEqual((action["res_model"], action["res_id"]), ("odooops.environment", self.staging.id))

    def test_what_is_gone_is_said_to_be_gone(self):
        event = self.log(target=self.staging)
        self.staging.unlink()
        with self.assertRaisesRegex(UserError, "test-staging is no longer there"):
            event.action_open_target()

    def test_events_go_after_ninety_days(self):
        old, young = self.log("test.old"), self.log("test.young")
        writer = old.with_context(odooops_event_writer=odooops_event.WRITER)
        writer.occurred_at = fields.Datetime.now() - timedelta(days=91)
        self.env["odooops.event"]._gc_events()

        self.assertFalse(old.exists())
        self.assertTrue(young.exists())


@tagged("post_install", "-at_install", "odooops")
class TestFailureEvent(TransactionCase):
    """A failure is written by a connection of its own, which the test's transaction neither sees nor undoes."""

    def test_a_failure_stays_when_the_transaction_is_rolled_back(self):
        self.addCleanup(self.forget)
        with self.real_cursor() as cr:
            self.env(cr=cr)["odooops.event"]._log("test.refused", outcome="failure")
            cr.rollback()

        self.assertEqual(self.written(), [("test.refused", "failure", True)])

    def test_a_failure_that_the_transaction_records_is_forgotten_with_it(self):
        """Odoo runs a call again after a conflict: what failed once must not be told twice."""
        with self.real_cursor() as cr:
            self.env(cr=cr)["odooops.event"]._log("test.refused", outcome="failure", apart=False)
            cr.rollback()

        self.assertEqual(self.written(), [])

    def test_an_environment_that_is_made_and_undone_does_not_hide_the_failure(self):
        self.addCleanup(self.forget)
        with self.real_cursor() as cr:
            environment = self.env(cr=cr)["odooops.environment"].create({"name": "test-undone"})
            environment.env["odooops.event"]._log("test.refused", environment=environment, outcome="failure")
            cr.rollback()

        self.assertEqual(self.written(), [("test.refused", "failure", False)])

    def test_a_locked_row_that_it_refers_to_is_not_waited_for(self):
        self.addCleanup(self.forget)
        with self.real_cursor() as cr:
            env = self.env(cr=cr)
            cr.execute("SELECT 1 FROM res_users WHERE id = %s FOR UPDATE", [env.uid])
            env["odooops.event"]._log("test.refused", outcome="failure")
            cr.rollback()

        self.assertEqual(self.written(), [("test.refused", "failure", False)])

    def real_cursor(self):
        """A connection of its own, as a request has it."""
        return self.env.registry.cursor()

    def written(self):
        with self.env.registry.cursor() as cr:
            cr.execute(
                "SELECT name, outcome, user_id IS NOT NULL FROM odooops_event WHERE name = 'test.refused'"
            )
            return cr.fetchall()

    def forget(self):
        with self.env.registry.cursor() as cr:
            cr.execute("DELETE FROM odooops_event WHERE name = 'test.refused'")

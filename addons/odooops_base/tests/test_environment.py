"""Environments: their names, this one, and who sees and changes which."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from .common import RolesCase


@tagged("post_install", "-at_install", "odooops")
class TestEnvironment(RolesCase):
    def told(self, attributes):
        """What the process was told when it was started."""
        return patch.dict("os.environ", OTEL_RESOURCE_ATTRIBUTES=attributes)

    def test_a_name_is_one_that_telemetry_takes(self):
        for name in ("a b", "-a", "a/b", "ä", "a" * 64, ".", "a\n"):
            with self.subTest(name), self.assertRaisesRegex(ValidationError, "^Name "):
                self.env["odooops.environment"].create({"name": name})

    @mute_logger("odoo.sql_db")
    def test_a_name_is_there_once(self):
        with self.assertRaisesRegex(Exception, "name_uniq"):
            self.env["odooops.environment"].create({"name": "test-staging"})

    def test_numbers_out_of_range_are_refused_by_the_field_s_name(self):
        for vals, message in (
            ({"retention_days": 0}, "Retention"),
            ({"retention_days": 3651}, "Retention"),
            ({"sampling_ratio": 1.1}, "Sampling ratio: write a percentage from 0 to 100, not 110 %;"),
            ({"sampling_ratio": -0.1}, "from 0 to 100, not -10 %;"),
        ):
            with (
                self.subTest(vals),
                self.assertRaisesRegex(ValidationError, message),
                self.env.cr.savepoint(),
            ):
                self.staging.write(vals)

    def test_a_url_is_http_and_bears_no_password(self):
        self.staging.url = "https://staging.example.com/odoo"
        for url in ("javascript:alert(1)", "https://me:secret@example.com", "example.com", "https://a b"):
            with self.subTest(url), self.assertRaisesRegex(ValidationError, "^URL "):
                self.staging.url = url

    def test_the_process_is_in_the_environment_it_was_told(self):
        with self.told("service.name=odoo,deployment.environment.name=test-staging"):
            self.staging.invalidate_recordset(["is_current"])
            self.assertTrue(self.staging.is_current)
            self.assertFalse(self.production.is_current)
            self.assertEqual(self.env["odooops.environment"]._get_current(), self.staging)
            found = self.env["odooops.environment"].search([("is_current", "=", True)])
            self.assertEqual(found, self.staging)
            self.assertNotIn(self.staging, found.search([("is_current", "=", False)]))

    def test_an_environment_that_nobody_made_is_made_for_the_process(self):
        with self.told("deployment.environment.name=test%2Dnew"):
            environment = self.env["odooops.environment"]._get_current()

            self.assertEqual((environment.name, environment.kind), ("test-new", "development"))
            self.assertEqual(environment.databases, self.env.cr.dbname)
            self.assertEqual(environment._get_current(), environment)

    def test_a_process_that_was_told_nothing_is_local(self):
        with self.told("service.name=odoo"):
            self.assertEqual(self.env["odooops.environment"]._get_current().name, "local")

    def test_the_own_environment_is_neither_renamed_nor_archived_nor_deleted(self):
        with self.told("deployment.environment.name=test-staging"):
            self.staging.write({"name": "test-staging", "note": "stays"})
            # A context comes with each call by RPC, and may say anything.
            forged = self.staging.with_context(module_uninstall=True, **{MODULE_UNINSTALL_FLAG: True})
            for change in (
                forged.action_archive,
                forged.unlink,
                lambda: self.staging.write({"name": "other"}),
                self.staging.action_archive,
                self.staging.unlink,
            ):
                with self.assertRaisesRegex(UserError, "runs in environment test-staging"):
                    change()

    def test_what_is_done_to_an_environment_is_an_event(self):
        self.staging.kind = "development"
        self.staging.unlink()
        for name, count in (("created", 1), ("changed", 1), ("deleted", 1)):
            events = self.events(f"environment.{name}", environment_name="test-staging")
            self.assertEqual(len(events), count, name)

    def test_moving_one_up_in_the_list_is_no_event(self):
        self.staging.sequence = 3
        self.assertFalse(self.events("environment.changed", environment_name="test-staging"))

    def test_a_user_sees_the_environments_of_his_roles(self):
        viewer = self.make_user("viewer", self.staging)
        seen = self.env["odooops.environment"].with_user(viewer).search([])

        self.assertEqual(seen, self.staging)
        with self.assertRaises(AccessError):
            self.production.with_user(viewer).read(["url"])

    def test_who_has_a_role_in_all_sees_those_made_later_too(self):
        viewer = self.make_user("viewer")
        later = self.env["odooops.environment"].create({"name": "test-later"})

        self.assertEqual(later.with_user(viewer).name, "test-later")

    def test_a_role_in_an_archived_environment_keeps_its_limits(self):
        viewer = self.make_user("viewer", self.staging)
        self.staging.action_archive()
        self.env.invalidate_all()

        self.assertEqual(viewer._get_odooops_environment_ids("viewer"), self.staging.ids)
        self.assertFalse(viewer._has_odooops_role("viewer", self.production))

    def test_others_than_administrators_of_all_change_none(self):
        users = [self.make_user(role) for role in ("viewer", "operator", "auditor")]
        users.append(self.make_user("admin", self.staging))
        users.append(self.make_user(login="test_system", groups="base.group_system"))
        for user in users:
            staging = self.staging.with_user(user)
            for change in (
                lambda staging=staging: staging.write({"note": "x"}),
                lambda staging=staging: staging.create({"name": "test-own"}),
                lambda staging=staging: staging.copy({"name": "test-own"}),
                staging.unlink,
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    change()

    def test_administrators_of_all_change_them(self):
        admin = self.make_user("admin")
        staging = self.staging.with_user(admin)
        staging.note = "x"
        staging.unlink()
        self.assertEqual(self.events("environment.deleted").user_id, admin)

    def test_a_role_in_a_deleted_environment_alone_is_gone(self):
        user = self.make_user("operator", self.staging)
        self.assign(user, "viewer", self.staging | self.production)
        self.staging.unlink()

        self.assertFalse(user.has_group("odooops_base.group_odooops_operator"))
        self.assertEqual(user._get_odooops_environment_ids("viewer"), self.production.ids)
        self.assertEqual(len(self.events("role.revoked", target_id=user.id)), 1)

    def test_a_name_is_found_by_who_holds_the_role_there(self):
        operator = self.make_user("operator", self.staging)
        find = self.env["odooops.environment"].with_user(operator)._find

        self.assertEqual(find("test-staging", "operator"), self.staging)
        with self.assertRaisesRegex(AccessError, "Operator.*test-production"):
            find("test-production", "operator")
        with self.assertRaisesRegex(AccessError, "Administrator"):
            find("test-staging", "admin")
        with self.assertRaisesRegex(UserError, "'nowhere' is not known. Known are: test-staging"):
            find("nowhere", "operator")

    def test_of_many_that_are_known_ten_are_named(self):
        environments = self.env["odooops.environment"]
        environments.create([{"name": f"test-{number:02}", "sequence": 0} for number in range(12)])
        left = environments.search_count([]) - 10
        with self.assertRaisesRegex(UserError, f"Known are: test-00, .*test-09, and {left} more\\.$"):
            environments._find("nowhere", "operator")

    def test_a_refused_url_is_not_repeated(self):
        with self.assertRaisesRegex(
            ValidationError, "^URL of test-staging: .*without user and password"
        ) as caught:
            self.staging.url = "https://user:pl4nted@x/"
        self.assertNotIn("pl4nted", str(caught.exception))

    def test_events_of_an_environment_are_counted_for_who_may_see_them(self):
        self.staging.note = "x"
        auditor, viewer = self.make_user("auditor", self.staging), self.make_user("viewer")

        done = self.env["odooops.event"].search_count([("environment_id", "=", self.staging.id)])
        self.assertEqual(self.staging.with_user(auditor).event_count, done)
        self.assertGreater(done, 1)
        self.env.invalidate_all()
        self.assertEqual(self.staging.with_user(viewer).event_count, 0)

    def test_limits_follow_when_environments_are_added_to_a_role(self):
        viewer = self.make_user("viewer", self.staging)
        environments = self.env["odooops.environment"].with_user(viewer)
        self.assertEqual(environments.search([]), self.staging)

        assignment = self.env["odooops.role.assignment"].search([("user_id", "=", viewer.id)])
        assignment.environment_ids = [Command.link(self.production.id)]
        self.assertEqual(environments.search([]), self.staging | self.production)

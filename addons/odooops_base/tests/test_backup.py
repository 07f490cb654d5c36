"""Backups: recorded by whatever makes them, and only believed with what can be checked."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .operations_common import OperationsCase

CHECKSUM = "sha256:" + "ab" * 32


@tagged("post_install", "-at_install", "odooops")
class TestBackup(OperationsCase):
    def record(self, environment="shop", user=None, **arguments):
        return self.backups(user).record_backup(environment, **arguments)

    def browse(self, answer):
        return self.env["odooops.backup"].browse(answer["id"])

    def test_a_backup_is_recorded_with_all_that_is_known(self):
        answer = self.record(
            kind="dump",
            size=5_000_000_000,
            checksum=CHECKSUM,
            location="s3://bucket/shop.dump",
            started_at="2026-01-02T03:00:00Z",
            finished_at="2026-01-02T04:02:05+01:00",
            tool="pg_dump",
            note="nightly",
            database="shop",
        )
        backup = self.browse(answer)

        self.assertEqual((answer["size"], answer["environment"]), (5_000_000_000, "shop"))
        self.assertEqual(answer["started_at"], "2026-01-02T03:00:00Z")
        self.assertEqual(answer["finished_at"], "2026-01-02T03:02:05Z")
        self.assertEqual((backup.size_text, backup.duration_text), ("5.0 GB", "2 min 5 s"))
        self.assertEqual((backup.user_id, backup.source), (self.operator, "recorded"))
        self.assertEqual(self.events(backup), ["backup.recorded"])

    def test_little_needs_to_be_known(self):
        answer = self.record()

        self.assertEqual((answer["kind"], answer["outcome"], answer["size"]), ("full", "success", 0))
        self.assertTrue(answer["finished_at"])

    def test_what_cannot_be_true_is_refused_by_name(self):
        for arguments, message in (
            ({"environment": "shpo"}, "Environment 'shpo' is not known"),
            ({"kind": "tape"}, "kind 'tape': write one of dump, filestore, full, other"),
            ({"outcome": "ok"}, "outcome 'ok': write one of success, failure"),
            ({"checksum": "md5:1"}, "Checksum: write sha256:"),
            ({"size": -1}, "Size: write a number of bytes"),
            ({"size": "5 GB"}, "size '5 GB': write a number of bytes"),
            ({"size": 1e300}, "Size: write a number of bytes"),
            ({"location": "s3://key:secret@bucket/x"}, "Location: leave the password out"),
            ({"started_at": "yesterday"}, "started_at 'yesterday': write it as 2026-11-25T03:42:00Z"),
            ({"finished_at": 5}, "finished_at 5: write it as"),
            ({"finished_at": "2999-01-01T00:00:00Z"}, "End: write a time in UTC that is not in the future"),
            (
                {"started_at": "2026-01-02T00:00:00Z", "finished_at": "2026-01-01T00:00:00Z"},
                "A backup ends after it began",
            ),
        ):
            with self.assertRaisesRegex(UserError, message):
                self.record(**arguments)

    def test_no_password_of_a_refused_location_is_told(self):
        with self.assertRaises(UserError) as refused:
            self.record(location="s3://key:verysecret@bucket/x")

        self.assertNotIn("verysecret", str(refused.exception))

    def test_a_restore_that_worked_is_said_of_the_backup(self):
        answer = self.record()
        tested = self.backups().record_restore_test(answer["id"], "success", note="staging, 12 min")
        backup = self.browse(answer)

        self.assertEqual((tested["restore_outcome"], backup.restore_note), ("success", "staging, 12 min"))
        self.assertTrue(tested["restore_tested_at"])
        self.assertEqual(self.events(backup), ["backup.recorded", "backup.restore_tested"])
        backup.with_user(self.operator).action_restore_failed()
        self.assertEqual(backup.restore_outcome, "failure")
        backup.with_user(self.operator).action_restore_worked()
        self.assertEqual(backup.restore_outcome, "success")

    def test_what_failed_or_is_not_there_is_not_restored(self):
        failed = self.record(outcome="failure")
        for backup, message in (
            (failed["id"], "failed: there is nothing to restore"),
            (999999999, "There is no backup 999999999"),
            (True, "There is no backup True"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self.backups().record_restore_test(backup)

    def test_the_last_good_one_of_each_kind_is_found(self):
        old = self.record(finished_at="2026-01-01T00:00:00Z")
        new = self.record(finished_at="2026-01-02T00:00:00Z")
        failed = self.record(finished_at="2026-01-03T00:00:00Z", outcome="failure")
        files = self.record(finished_at="2026-01-01T00:00:00Z", kind="filestore")
        test = self.record("test", finished_at="2026-01-01T00:00:00Z")
        ours = (
            self.browse(old) + self.browse(new) + self.browse(failed) + self.browse(files) + self.browse(test)
        )

        latest = self.browse(new) + self.browse(files) + self.browse(test)
        self.assertEqual(ours.filtered("is_latest"), latest)
        self.assertEqual(ours.search([("is_latest", "=", True), ("id", "in", ours.ids)]), latest.sorted())
        self.assertEqual(
            ours.search([("is_latest", "=", False), ("id", "in", ours.ids)]), (ours - latest).sorted()
        )

    def test_the_filter_finds_what_is_late(self):
        late = fields.Datetime.now() - timedelta(days=2)
        old = self.record(finished_at=late.isoformat())
        self.record("test")
        arch = self.env.ref("odooops_base.odooops_backup_view_search").arch

        self.assertIn("('finished_at', '&lt;', 'now -1d')", arch)
        domain = [("is_latest", "=", True), ("finished_at", "<", "now -1d")]
        found = self.backups().search([*domain, ("environment_id", "in", (self.shop + self.test).ids)])
        self.assertEqual(found, self.browse(old))

    def test_roles_decide_who_does_what(self):
        answer = self.record()
        for user in (self.viewer, self.auditor, self.plain, self.other):
            with self.assertRaises(AccessError):
                self.record(user=user)
            with self.assertRaises(UserError):
                self.backups(user).record_restore_test(answer["id"])
        self.assertEqual(self.backups(self.viewer).search([("id", "=", answer["id"])]).id, answer["id"])
        self.assertFalse(self.backups(self.other).search([("id", "=", answer["id"])]))
        with self.assertRaises(AccessError):
            self.backups(self.plain).search([])

    def test_nobody_writes_a_backup_past_its_methods(self):
        answer = self.record()
        for user in (self.operator, self.admin):
            backup = self.backups(user).browse(answer["id"])
            with self.assertRaises(AccessError):
                backup.write({"checksum": CHECKSUM})
            with self.assertRaises(AccessError):
                backup.unlink()
            with self.assertRaises(AccessError):
                backup.create({"environment_id": self.shop.id})

    def test_the_form_by_hand_records_one(self):
        form = Form(self.env["odooops.backup.record"].with_user(self.operator))
        form.environment_id, form.size, form.checksum = self.shop, 3_000_000_000, CHECKSUM
        action = form.save().action_record()

        backup = self.env["odooops.backup"].browse(action["res_id"])
        self.assertEqual((backup.size, backup.checksum), (3_000_000_000, CHECKSUM))

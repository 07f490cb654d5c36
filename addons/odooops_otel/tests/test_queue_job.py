"""What the leader tells of jobs that are not done; jobs that run are tested with queue_job itself (tests/e2e)."""

from odoo.tests import TransactionCase, tagged

from ..telemetry import queue_job

NOW = "now() AT TIME ZONE 'UTC'"
TABLE = f"""
    CREATE TEMP TABLE queue_job (state varchar, channel varchar, date_created timestamp, eta timestamp);
    INSERT INTO queue_job VALUES
        ('pending', 'root', {NOW} - interval '10 minutes', NULL),
        ('enqueued', 'root', {NOW} - interval '2 minutes', NULL),
        ('pending', 'root.mail', {NOW} - interval '2 days', {NOW} + interval '1 day'),
        ('pending', NULL, {NOW} - interval '2 days', {NOW} - interval '1 minute'),
        ('failed', 'root', {NOW} - interval '9 days', NULL),
        ('done', 'root', {NOW} - interval '9 days', NULL)
"""


@tagged("post_install", "-at_install")
class TestQueueJob(TransactionCase):
    def test_a_database_without_it_has_nothing_to_tell(self):
        self.assertEqual(list(queue_job.observe(self.env.cr)), [])

    def test_jobs_that_are_not_done_are_told_by_state_and_channel(self):
        self.env.cr.execute(TABLE)
        counts, ages = queue_job.observe(self.env.cr)
        database = self.env.cr.dbname
        self.assertEqual(
            counts.values,
            {
                ("pending", "root", database): 2,
                ("enqueued", "root", database): 1,
                ("pending", "root.mail", database): 1,
                ("failed", "root", database): 1,
            },
        )
        self.assertAlmostEqual(ages.values["root", database], 600, delta=30)
        # What may not begin yet does not wait.
        self.assertEqual(ages.values["root.mail", database], 0)

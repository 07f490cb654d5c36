"""When batches are due, with a clock of the test's own."""

from odoo.tests import BaseCase, tagged

from ..telemetry.schedule import Schedule

SECOND = 10**9


@tagged("post_install", "-at_install")
class TestSchedule(BaseCase):
    def setUp(self):
        super().setUp()
        self.now = 1000 * SECOND
        self.schedule = Schedule(10.0, lambda: self.now)

    def take(self, seconds: float, **how: bool) -> bool:
        """Whether there is a batch that much later."""
        self.now += int(seconds * SECOND)
        return self.schedule.take(**how)

    def test_batch_is_due_after_its_delay_and_then_after_another(self):
        self.assertEqual([self.take(4) for _ in range(6)], [False, False, True, False, False, True])

    def test_full_batch_is_due_at_once_and_the_next_waits(self):
        self.assertTrue(self.take(1, at_once=True))
        self.assertFalse(self.take(9.9))
        self.assertTrue(self.take(0.1))

    def test_clock_that_is_slowed_down_costs_no_batch_its_turn(self):
        self.assertTrue(self.take(9.995))

    def test_clock_that_is_set_back_does_not_stop_the_batches(self):
        self.assertTrue(self.take(-3600))
        self.assertFalse(self.take(5))
        self.assertTrue(self.take(5))

"""What the metrics are told: counters once it is committed, gauges without a look at the database."""

from unittest.mock import patch

from odoo.tests import tagged

from .. import meter
from ..tools import semconv
from .operations_common import OperationsCase


@tagged("post_install", "-at_install", "odooops")
class TestMeter(OperationsCase):
    def setUp(self):
        super().setUp()
        self.counted, self.shown = [], {}
        self.enterContext(patch.object(meter, "count", self.note_count))
        self.enterContext(patch.object(meter, "show", self.shown.__setitem__))

    def note_count(self, metric, amount, attributes):
        self.assertEqual(set(attributes) - set(metric.attributes), set())
        self.counted.append((metric.name, amount, attributes))

    def commit(self):
        self.env.cr.flush()
        self.env.cr.postcommit.run()

    def counts(self, metric):
        return [attributes for name, _amount, attributes in self.counted if name == metric.name]

    def value(self, metric, environment):
        [found] = [
            value
            for key, value in self.shown[metric].items()
            if ("odooops.environment.name", environment) in key
        ]
        return found

    def test_a_deployment_is_counted_when_it_ends_and_is_committed(self):
        started = self.start()
        self.deployments().finish_deployment(started["id"], "failed")
        self.assertFalse(self.counts(semconv.DEPLOYMENT_COUNT))
        self.commit()

        [counted] = self.counts(semconv.DEPLOYMENT_COUNT)
        self.assertEqual(
            counted,
            {
                "odooops.environment.name": "shop",
                "odooops.deployment.outcome": "failed",
                "odooops.deployment.source": "ci",
            },
        )
        self.assertEqual(len(self.counts(semconv.DEPLOYMENT_DURATION)), 1)

    def test_whether_one_runs_and_whether_the_last_one_failed_is_shown(self):
        started = self.start()
        self.commit()
        running = (
            self.value(semconv.DEPLOYMENT_ACTIVE, "shop"),
            self.value(semconv.DEPLOYMENT_FAILING, "shop"),
        )
        self.deployments().finish_deployment(started["id"], "failed")
        self.commit()
        failed = self.value(semconv.DEPLOYMENT_ACTIVE, "shop"), self.value(semconv.DEPLOYMENT_FAILING, "shop")
        self.deployments().mark_rolled_back(started["id"])
        self.commit()

        self.assertEqual((running, failed), ((1, 0), (0, 1)))
        self.assertEqual(self.value(semconv.DEPLOYMENT_FAILING, "shop"), 0)
        self.assertEqual(
            self.counts(semconv.DEPLOYMENT_COUNT)[-1]["odooops.deployment.outcome"], "rolled_back"
        )

    def test_the_last_good_backup_is_shown_and_each_is_counted(self):
        self.backups().record_backup("shop", finished_at="2026-01-01T00:00:00Z", size=7)
        self.backups().record_backup("shop", finished_at="2026-01-02T00:00:00Z", outcome="failure")
        self.commit()

        self.assertEqual(self.value(semconv.BACKUP_LAST_SUCCESS, "shop"), 1767225600)
        self.assertEqual(self.value(semconv.BACKUP_SIZE, "shop"), 7)
        outcomes = [attributes["odooops.backup.outcome"] for attributes in self.counts(semconv.BACKUP_COUNT)]
        self.assertEqual(outcomes, ["success", "failure"])

    def test_an_archived_environment_is_shown_no_more(self):
        self.backups().record_backup("shop")
        self.shop.active = False
        self.env["odooops.deployment"]._cron_watch()
        self.commit()

        for metric in (semconv.BACKUP_LAST_SUCCESS, semconv.DEPLOYMENT_ACTIVE):
            self.assertFalse(
                [key for key in self.shown[metric] if ("odooops.environment.name", "shop") in key]
            )


@tagged("post_install", "-at_install", "odooops")
class TestGauges(OperationsCase):
    """The gauges themselves, with a clock of the test's own."""

    KEY = (("odooops.environment.name", "shop"),)

    def setUp(self):
        super().setUp()
        self.now = 1000.0
        self.enterContext(patch.object(meter.time, "monotonic", lambda: self.now))
        self.enterContext(patch.dict(meter._states, clear=True))

    def observed(self):
        metric = semconv.DEPLOYMENT_ACTIVE
        return [(seen.value, dict(seen.attributes)) for seen in meter._observe(metric, None)]

    def test_a_state_is_told_until_it_is_too_old(self):
        meter.show(semconv.DEPLOYMENT_ACTIVE, {self.KEY: 1})
        self.now += meter.SHOWN_FOR
        self.assertEqual(self.observed(), [(1, {"odooops.environment.name": "shop"})])
        self.now += 1
        self.assertEqual(self.observed(), [])

    def test_a_later_state_takes_the_place_of_the_one_before(self):
        meter.show(semconv.DEPLOYMENT_ACTIVE, {self.KEY: 1})
        meter.show(semconv.DEPLOYMENT_ACTIVE, {self.KEY: 0})

        self.assertEqual([value for value, _attributes in self.observed()], [0])

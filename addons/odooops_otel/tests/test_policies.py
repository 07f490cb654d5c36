"""What is read of the rules of a database when, what is done when that fails, and that nothing else suffers."""

from unittest import mock

import psycopg2

from odoo.tests import mute_logger, tagged

from .. import policy_source
from ..models import ir_http
from ..telemetry import intake, policies
from ..telemetry.redaction import KEEP, Redaction
from ..tools.redact import Policy
from .test_sampling_rule import RATIO, FollowingCase

POLICY = {
    "ratio": 0.5,
    "slow_threshold_ms": 1,
    "statement_limit": 1,
    "sql": "hooks",
    "sql_processes": "",
}


class Follower:
    """Notes whose rules of redaction it is told."""

    def __init__(self):
        self.databases = []

    def follow(self, database, rules):
        self.databases.append(database)

    def serve(self, databases):
        """All databases are the same to it."""
        return ()


class DriverSource:
    """A database with a rule that chooses the driver."""

    def version(self, registry):
        return 1

    def read_redaction(self, registry):
        return None

    def read_policy(self, registry):
        rule = {"name": "Driver", "kind": "route", "pattern": "/web", "sql": "driver", "ratio": 1.0}
        rule |= {"slow_threshold_ms": 0, "statement_limit": 0, "http_method": ""}
        return {**POLICY, "rules": [rule]}


@tagged("post_install", "-at_install")
class TestPolicies(FollowingCase):
    """What is read when: as often as something changes, and never more than it must."""

    def setUp(self):
        super().setUp()
        self.start_telemetry(**RATIO)
        self.registry_enter_test_mode()
        self.policies = self.telemetry.policies
        self.read = self.startPatcher(
            mock.patch.object(policy_source.RuleSource, "read_policy", autospec=True, return_value=None)
        )

    def change(self) -> None:
        """As Odoo notes it when another process has invalidated its caches."""
        self.registry.cache_sequences["default"] = self.registry.cache_sequences.get("default", 0) + 1

    def test_it_is_read_once_and_again_after_a_change(self):
        for _ in range(3):
            self.policies.refresh()
        self.assertEqual(self.read.call_count, 1)
        self.change()
        for _ in range(3):
            self.policies.refresh()
        self.assertEqual(self.read.call_count, 2)

    def test_it_is_read_again_when_models_have_changed_with_it(self):
        """Odoo signals then that the registry has changed, and not its caches."""
        self.policies.refresh()
        with mock.patch.object(self.registry, "registry_sequence", self.registry.registry_sequence + 1):
            self.policies.refresh()
        self.assertEqual(self.read.call_count, 2)

    def test_what_cannot_be_read_stays_as_it_is_until_it_can(self):
        now = [0.0]
        self.policies = policies.Policies(self.telemetry.settings, clock=lambda: now[0])
        self.read.side_effect = lambda source, registry: {**POLICY, "rules": []}
        self.policies.refresh()
        self.assertEqual(self.policies.find(self.env.cr.dbname).default.ratio, 0.5)
        self.read.side_effect = psycopg2.OperationalError("it restarts")
        self.change()
        for now[0] in (0.0, 1.0, policies.RETRY_AWAY - 1):
            self.policies.refresh()
        self.assertEqual((self.read.call_count, self.policies.unread), (2, set()))
        self.assertEqual(self.policies.find(self.env.cr.dbname).default.ratio, 0.5)
        self.read.side_effect = None
        now[0] = policies.RETRY_AWAY
        self.policies.refresh()
        self.assertEqual(self.policies.find(self.env.cr.dbname).default.ratio, 0.01)

    def test_what_fails_is_read_again_in_a_while_and_keeps_nothing_else(self):
        now, followed = [0.0], Follower()
        self.policies = policies.Policies(self.telemetry.settings, clock=lambda: now[0])
        self.policies.redaction = followed
        self.read.side_effect = psycopg2.errors.UndefinedColumn("an upgrade has only begun")
        with mute_logger("odoo.addons.odooops_otel.telemetry.faults"):
            for now[0] in (0.0, 1.0, policies.RETRY - 1):
                self.policies.refresh()
            self.assertEqual((self.read.call_count, followed.databases), (1, [self.env.cr.dbname]))
            now[0] = policies.RETRY
            self.policies.refresh()
            self.change()
            self.policies.refresh()
        self.assertEqual(self.read.call_count, 3)
        self.assertEqual(self.policies.unread, {("sampling", self.env.cr.dbname)})
        self.read.side_effect = None
        now[0] = 2 * policies.RETRY
        for _ in range(2):
            self.policies.refresh()
        self.assertEqual((self.read.call_count, self.policies.unread), (4, set()))

    def test_rules_that_are_locked_are_read_again_in_a_while_and_told(self):
        """Each attempt keeps the drainer waiting."""
        now = [0.0]
        self.policies = policies.Policies(self.telemetry.settings, clock=lambda: now[0])
        for error in (psycopg2.errors.QueryCanceled, psycopg2.errors.LockNotAvailable):
            with self.subTest(error.__name__), mute_logger("odoo.addons.odooops_otel.telemetry.faults"):
                self.policies.forget()
                before, self.read.side_effect = self.read.call_count, error("an upgrade holds them")
                for now[0] in (0.0, policies.RETRY_AWAY, policies.RETRY - 1):
                    self.policies.refresh()
                self.assertEqual(self.read.call_count - before, 1)
                self.assertEqual(self.policies.unread, {("sampling", self.env.cr.dbname)})

    def test_rules_that_could_not_be_followed_are_followed_in_a_while(self):
        now, followed = [0.0], Follower()
        self.policies = policies.Policies(self.telemetry.settings, clock=lambda: now[0])
        self.policies.redaction = followed
        with (
            mock.patch.object(followed, "follow", side_effect=ValueError("a bug")),
            mute_logger("odoo.addons.odooops_otel.telemetry.faults"),
        ):
            self.policies.refresh()
        self.assertEqual(self.policies.unread, {("redaction", self.env.cr.dbname)})
        self.assertEqual(self.read.call_count, 1, "the rules of sampling are read all the same")
        now[0] = policies.RETRY
        self.policies.refresh()
        self.assertEqual((followed.databases, self.policies.unread), ([self.env.cr.dbname], set()))
        self.assertEqual(self.read.call_count, 1)

    def test_a_bug_of_ours_is_told_and_ends_nothing(self):
        self.read.side_effect = ValueError("a bug")
        with self.assertLogs("odoo.addons.odooops_otel.telemetry.faults", "ERROR"):
            self.telemetry.drain()
        self.assertEqual(self.policies.find(self.env.cr.dbname), self.policies.default)

    def test_changing_what_decides_invalidates_the_cache_by_which_processes_know(self):
        rule = self.make_rule()
        place = self.env["odooops.environment"]._get_current()
        for change in (
            lambda: self.make_rule("Another"),
            lambda: rule.write({"ratio": 0.5}),
            rule.unlink,
            lambda: place.write({"sampling_ratio": 0.5}),
            lambda: self.env["odooops.setting"].set_setting("traces.slow_threshold", 77),
        ):
            with mock.patch.object(type(self.registry), "clear_cache", autospec=True) as cleared:
                change()
            self.assertTrue(cleared.called)

    def test_nothing_is_kept_of_a_database_that_has_been_gone_for_a_while(self):
        recorder, told = self.telemetry.recorder, []
        now = [0.0]
        self.policies.redaction = Redaction(Policy(), recorder, lambda: now[0])
        self.startPatcher(mock.patch.object(policies, "forgetters", [*policies.forgetters, told.append]))
        gone = mock.Mock(db_name="gone", ready=True, models={})
        ir_http._answers["gone"] = (0.0, True)
        intake._databases.add("gone")
        served = {**dict(policies.Registry.registries.items()), "gone": gone}
        entries = {("read", "res.partner"): [1, 1, 1.0, 0.0, 1.0]}
        with (
            mock.patch.dict(policies.sources, {"gone": DriverSource()}),
            mock.patch.object(policies.Registry, "registries", mock.Mock(snapshot=served, get=served.get)),
        ):
            self.policies.refresh()
            recorder.aggregator.count_statements([("SELECT 1 FROM a", 0.0, 1.0)], "gone")
            recorder.aggregator.orm._count(entries, "gone")
            self.assertTrue(self.policies.has_driver_rules)
            del served["gone"]
            for now[0], kept in ((KEEP, True), (KEEP + 1, False)):
                self.policies.refresh()
                holders = (
                    policies.sources,
                    self.policies._policies,
                    ir_http._answers,
                    intake._databases,
                    recorder.aggregator.statements._series,
                    recorder.aggregator.orm._points,
                )
                self.assertEqual({"gone" in holder for holder in holders}, {kept})
                self.assertEqual(self.policies.has_driver_rules, kept)
        self.assertEqual(told, ["gone"])

    def test_a_database_without_the_addon_is_not_asked(self):
        with mock.patch.dict(policies.sources, clear=True):
            self.policies.refresh()
        self.assertEqual(self.read.call_count, 0)

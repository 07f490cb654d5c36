"""Rules of sampling: who may change them, what they refuse, which decides; and that telemetry follows them."""

import os
import threading
import time
from unittest import mock

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, TransactionCase, mute_logger, tagged

from odoo.addons.odooops_base import process
from odoo.addons.odooops_base.tests.common import new_user

from ..telemetry.record import current
from .common import RpcMixin, TelemetryMixin
from .test_cron import make_job

RATIO = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio"}
NONE = RATIO | {"OTEL_TRACES_SAMPLER_ARG": "0"}
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE_ID}-b7ad6b7169203331"
ROUTE = "/web/manifest.webmanifest"


class RuleCase(TransactionCase):
    def make_rule(self, name="Manifest", **vals):
        defaults = {"kind": "route", "pattern": ROUTE, "ratio": 1.0, "sequence": 5}
        return self.env["odooops.sampling.rule"].create({"name": name, **defaults, **vals})

    def explain(self, **asked):
        return self.env["odooops.sampling.rule"].explain_sampling(**asked)


@tagged("post_install", "-at_install", "odooops")
class TestSamplingRule(RuleCase):
    def make_user(self, role):
        return new_user(self.env, f"sampling_{role}", groups=f"odooops_base.group_odooops_{role}")

    def test_viewers_read_and_administrators_change(self):
        rule = self.make_rule()
        for role in ("viewer", "operator", "auditor"):
            user = self.make_user(role)
            self.assertEqual(rule.with_user(user).read(["ratio"])[0]["ratio"], 1.0)
            for change in (
                lambda own: own.write({"ratio": 0}),
                lambda own: own.unlink(),
                lambda own: own.copy({"name": "x"}),
            ):
                with self.assertRaises(AccessError):
                    change(rule.with_user(user))
        rule.with_user(self.make_user("admin")).write({"ratio": 0.5})
        self.assertEqual(rule.ratio, 0.5)

    def test_an_administrator_of_one_environment_changes_what_holds_in_all_of_them_not(self):
        admin = new_user(self.env, "sampling_named")
        place = self.env["odooops.environment"].create({"name": "test-named"})
        self.env["odooops.role.assignment"].create(
            {"user_id": admin.id, "role": "admin", "scope": "named", "environment_ids": [(6, 0, place.ids)]}
        )
        with self.assertRaises(AccessError):
            self.make_rule().with_user(admin).write({"ratio": 0})

    def test_what_cannot_be_meant_is_refused(self):
        for wrong in (
            {"ratio": 1.01},
            {"ratio": -0.1},
            {"pattern": False},
            {"pattern": "  "},
            {"slow_threshold_ms": -1},
            {"statement_limit": 10_001},
            {"name": ""},
            {"name": "  "},
            {"pattern": "foo"},
            {"kind": "method", "pattern": "/web/login"},
            {"kind": "method", "pattern": "sale.order.*", "http_method": "POST"},
            {"kind": "job", "http_method": "GET"},
            {"kind": "any", "pattern": False, "http_method": "GET"},
            {"http_method": "post"},
        ):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                self.make_rule(**wrong)

    def test_what_is_no_share_is_told_in_per_cent_as_the_form_has_it(self):
        rule = self.make_rule()
        for ratio, said in ((2.5, "from 0 to 100, not 250 %;"), (-0.1, "from 0 to 100, not -10 %;")):
            with (
                self.subTest(ratio),
                self.assertRaisesRegex(ValidationError, f"Kept: write a percentage {said}"),
            ):
                rule.write({"ratio": ratio})

    def test_what_is_wrong_with_an_http_method_is_told_with_what_to_do(self):
        rule = self.make_rule(http_method="POST")
        for wrong, said in (
            ({"kind": "any"}, "leave HTTP Method empty, or have the rule be for an HTTP route"),
            ({"http_method": "FETCH"}, "HTTP Method: FETCH is none; write one of CONNECT, DELETE, GET"),
        ):
            with self.subTest(wrong), self.assertRaisesRegex(ValidationError, said):
                rule.write(wrong)
        text = "version: 1\nsampling:\n  X: {kind: any, ratio: 1, http_method: GET}\n"
        [message] = self.env["odooops.configuration"].validate_configuration(text)["messages"]
        self.assertRegex(message, "sampling.X.http_method: .*leave HTTP Method empty")

    def test_the_form_forgets_the_http_method_of_what_is_no_route(self):
        form = Form(self.make_rule(http_method="POST"))
        form.kind, form.pattern = "method", "sale.order.*"
        self.assertFalse(form.save().http_method)

    def test_two_rules_have_not_the_same_name(self):
        self.make_rule()
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger("odoo.sql_db"):
            self.make_rule()

    def test_what_is_done_to_a_rule_is_an_event(self):
        rule = self.make_rule()
        rule.ratio = 0.5
        rule.unlink()
        events = self.env["odooops.event"].search([("target_name", "=", "Manifest")], order="id")
        self.assertEqual(
            events.mapped("name"),
            ["sampling_rule.created", "sampling_rule.changed", "sampling_rule.deleted"],
        )
        self.assertEqual(events[0].details, {"kind": "route", "pattern": ROUTE, "ratio": 1.0})
        self.assertEqual(events[2].details, {"kind": "route", "pattern": ROUTE, "ratio": 0.5})

    def test_a_rule_that_keeps_nothing_says_so_in_its_event(self):
        self.make_rule(ratio=0.0)
        [event] = self.env["odooops.event"].search([("target_name", "=", "Manifest")])
        self.assertIn("ratio: 0.0", event.details_line)

    def test_a_new_rule_is_the_last(self):
        last = max(self.env["odooops.sampling.rule"].search([]).mapped("sequence"))
        rule = self.env["odooops.sampling.rule"].create({"name": "New", "pattern": ROUTE})
        self.assertGreater(rule.sequence, last)

    def test_critical_routes_are_kept_as_it_comes(self):
        for method, route, rule in (
            ("POST", "/web/login", "Logins"),
            ("POST", "/web/login/totp", "Logins"),
            ("POST", "/web/session/authenticate", "Logins of programs"),
            ("GET", "/payment/stripe/webhook", "Payments"),
            ("POST", "/web/hook/<string:rule_uuid>", "Webhooks of automation rules"),
            ("GET", "/my_shop/webhook/orders", "Webhooks"),
        ):
            found = self.explain(route=route, http_method=method)
            self.assertEqual((found["rule"], found["ratio"], found["http_method"]), (rule, 1.0, method))
        for method in ("GET", "HEAD", None):
            self.assertEqual(self.explain(route="/web/login", http_method=method)["rule"], "")
        self.assertEqual(self.explain(route="/web/dataset/call_kw/<path:path>")["rule"], "")

    def test_the_first_rule_by_sequence_decides(self):
        self.make_rule("All methods", kind="method", pattern="*", ratio=0.1, sequence=9)
        self.make_rule("Sales", kind="method", pattern="sale.*", ratio=0.5, sequence=8, sql="driver")
        found = self.explain(route="/json/2/<__model__>/<__method__>", method="sale.order.read")
        self.assertEqual((found["rule"], found["ratio"], found["sql"]), ("Sales", 0.5, "driver"))
        self.assertEqual(self.explain(method="res.partner.read")["rule"], "All methods")
        self.env["odooops.sampling.rule"].search([("name", "=", "Sales")]).active = False
        self.assertEqual(self.explain(method="sale.order.read")["rule"], "All methods")

    def test_without_a_rule_the_environment_decides_unless_a_variable_does(self):
        place = self.env["odooops.environment"].create({"name": "test-own", "sampling_ratio": 0.25})
        self.startPatcher(mock.patch.object(process, "environment_name", return_value="test-own"))
        self.startPatcher(mock.patch.dict(os.environ))
        for name in ("OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"):
            os.environ.pop(name, None)
        found = self.explain(route="/shop")
        self.assertEqual((found["ratio"], found["ratio_source"]), (0.25, "environment"))
        place.sampling_ratio = 0.5
        self.assertEqual(self.explain(route="/shop")["ratio"], 0.5)
        os.environ["OTEL_TRACES_SAMPLER_ARG"] = "0.125"
        found = self.explain(route="/shop")
        self.assertEqual((found["ratio"], found["ratio_source"]), (0.125, "OTEL_TRACES_SAMPLER_ARG"))

    def test_a_rule_holds_in_its_environments_and_nowhere_once_they_are_gone(self):
        near, _far = self.env["odooops.environment"].create([{"name": "test-near"}, {"name": "test-far"}])
        rule = self.make_rule(environment_ids=[(6, 0, near.ids)])
        self.assertEqual(self.explain(route=ROUTE, environment="test-near")["rule"], "Manifest")
        self.assertEqual(self.explain(route=ROUTE, environment="test-far")["rule"], "")
        near.active = False
        self.assertEqual(self.explain(route=ROUTE, environment="test-far")["rule"], "")
        near.unlink()
        self.assertFalse(rule.exists())
        self.assertEqual(self.explain(route=ROUTE, environment="test-far")["rule"], "")

    def test_an_explanation_is_of_a_page_by_get_and_of_a_call_by_post(self):
        for asked, method in (
            ({"route": "/web/login"}, "GET"),
            ({"method": "res.partner.read"}, "POST"),
            ({"route": "/jsonrpc", "method": "res.partner.read"}, "POST"),
            ({"route": "/jsonrpc", "method": "res.partner.read", "http_method": "GET"}, "GET"),
            ({"job": "x"}, ""),
        ):
            self.assertEqual(self.explain(**asked)["http_method"], method)

    def test_an_explanation_needs_one_thing_to_explain(self):
        for asked in (
            {},
            {"route": "/web", "job": "x"},
            {"route": ""},
            {"method": "a.b", "job": "x"},
            {"http_method": "GET"},
            {"job": "x", "http_method": "GET"},
            {"route": "/web", "http_method": "get"},
        ):
            with self.subTest(asked), self.assertRaises(UserError):
                self.explain(**asked)
        with self.assertRaises(AccessError):
            user = new_user(self.env, "sampling_nobody")
            self.env["odooops.sampling.rule"].with_user(user).explain_sampling(route="/web")

    def test_the_dialog_answers_as_one_types(self):
        viewer = self.make_user("viewer")
        form = Form(self.env["odooops.sampling.explanation"].with_user(viewer))
        form.subject = " /web/login "
        self.assertIn("No rule fits", form.answer)
        form.http_method = "POST"
        self.assertIn("Rule Logins decides.", form.answer)
        form.kind, form.subject = "job", "Nobody's"
        self.assertIn("No rule fits", form.answer)
        self.assertEqual(form.save().action_explain()["target"], "new")

    def test_rules_are_a_section_of_the_configuration(self):
        configuration = self.env["odooops.configuration"]
        text = """\
version: 1
environments:
  berlin: {kind: production}
sampling:
  Orders: {kind: method, pattern: sale.order.*, ratio: 0.5, sequence: 3, sql: driver, environments: [berlin]}
  Carts: {kind: route, pattern: /shop/cart*, ratio: 0.5, http_method: POST}
"""
        configuration.apply_configuration(text)
        rule = self.env["odooops.sampling.rule"].search([("name", "=", "Orders")])
        self.assertEqual(
            (rule.kind, rule.pattern, rule.ratio, rule.sequence, rule.sql, rule.environment_ids.name),
            ("method", "sale.order.*", 0.5, 3, "driver", "berlin"),
        )
        self.assertEqual(rule.search([("name", "=", "Carts")]).http_method, "POST")
        self.assertEqual(configuration.plan_configuration(text)["changes"], [])
        exported = configuration.export_configuration(["sampling"])
        whole = exported.replace("version: 1\n", "version: 1\nprune: [sampling]\n")
        self.assertEqual(configuration.plan_configuration(whole)["changes"], [])


class FollowingCase(TelemetryMixin, RuleCase):
    """Telemetry that goes by the rules of the test's database."""

    has_rules = True

    def follow(self) -> None:
        """Do what the drainer does after a change, which in a test no signal tells."""
        self.env.flush_all()
        self.telemetry.policies.forget()
        self.telemetry.policies.refresh()


@tagged("post_install", "-at_install")
class TestFollowing(FollowingCase, RpcMixin, HttpCase):
    def ask(self, route=ROUTE, times=1, by="GET", **headers) -> int:
        """How many of so many requests are kept."""
        before = len(self.kept())
        for _ in range(times):
            self.opener.request(by, self.base_url() + route, headers=headers)
        return len(self.kept()) - before

    def test_the_next_request_goes_by_a_rule_that_was_made_changed_or_removed(self):
        self.start_telemetry(**NONE)
        self.follow()
        self.assertEqual(self.ask(times=3), 0)
        rule = self.make_rule()
        self.follow()
        self.assertEqual((self.ask(times=3), self.ask("/web/health", times=3)), (3, 0))
        rule.ratio = 0.0
        self.follow()
        self.assertEqual(self.ask(times=3), 0)
        rule.ratio = 1.0
        rule.unlink()
        self.follow()
        self.assertEqual(self.ask(times=3), 0)

    def test_the_environment_says_what_is_kept_besides(self):
        self.start_telemetry(**RATIO)
        place = self.env["odooops.environment"]._get_current()
        for ratio, kept in ((1.0, 2), (0.0, 0)):
            place.sampling_ratio = ratio
            self.follow()
            self.assertEqual(self.ask(times=2), kept)

    def test_a_method_that_is_called_has_a_rule_of_its_own(self):
        self.start_telemetry(**NONE)
        self.make_rule(kind="method", pattern="res.partner.search_*")
        self.follow()
        self.signed_in()
        before = len(self.kept())
        self.call_kw("search_count", [[]])
        self.call_kw("default_get", [["name"]])
        kept = self.kept()[before:]
        self.assertEqual([span.attributes["rpc.method"] for span in kept], ["res.partner.search_count"])

    def test_logins_are_kept_and_what_asks_for_their_page_is_not(self):
        self.start_telemetry(**NONE)
        self.follow()
        with mute_logger("odoo.http"):  # the form comes without its token
            kept = {by: self.ask("/web/login", by=by) for by in ("GET", "HEAD", "FROBNICATE", "POST")}
        self.assertEqual(kept, {"GET": 0, "HEAD": 0, "FROBNICATE": 0, "POST": 1})
        self.assertEqual(self.kept()[-1].data.name, "POST /web/login")

    def test_a_request_that_still_runs_is_decided_by_its_method_as_well(self):
        self.start_telemetry(**NONE)
        self.make_rule(pattern="/web/login", http_method="GET")
        self.follow()
        early = []
        self.serve(lambda cr: early.append(current.get().is_sampled()) or "done")
        self.assertEqual([self.ask("/web/login", by=by) for by in ("GET", "HEAD")], [1, 0])
        self.assertEqual(early, [True, False])

    def test_what_is_slow_differs_from_route_to_route(self):
        self.start_telemetry(**NONE)
        self.make_rule(ratio=0.0, slow_threshold_ms=20)
        self.follow()
        self.serve(lambda cr: time.sleep(0.03) or "slow")
        self.assertEqual((self.ask(), self.ask("/web/session/logout")), (1, 0))

    def test_an_error_is_kept_whatever_a_rule_says(self):
        self.start_telemetry(**NONE)
        self.make_rule(ratio=0.0)
        self.follow()
        self.serve(lambda cr: 1 / 0)
        self.assertEqual(self.ask(), 1)

    def test_a_trusted_caller_decides_whatever_a_rule_says(self):
        self.start_telemetry(**NONE)
        rule = self.make_rule(ratio=0.0)
        self.follow()
        self.assertEqual(self.ask(traceparent=f"{PARENT}-01"), 1)
        rule.ratio = 1.0
        self.follow()
        self.assertEqual(self.ask(traceparent=f"{PARENT}-00"), 0)

    def test_a_sampler_that_keeps_all_or_nothing_wins_over_rules(self):
        rule = self.make_rule(ratio=0.0)
        self.start_telemetry(OTEL_TRACES_SAMPLER="always_on")
        self.follow()
        self.assertEqual(self.ask(), 1)
        rule.ratio = 1.0
        self.start_telemetry(OTEL_TRACES_SAMPLER="always_off")
        self.follow()
        self.assertEqual(self.ask(), 0)

    def test_a_rule_says_how_many_statements_become_spans(self):
        self.start_telemetry(**NONE)
        rule = self.make_rule(statement_limit=2)
        self.follow()

        def controller(cr):
            for _ in range(10):
                cr.execute("SELECT 1 AS planted")
            return "done"

        self.serve(controller)
        self.assertEqual(self.ask(), 1)
        self.assertEqual(len(self.texts()), 2)
        rule.statement_limit = 10_000
        self.follow()
        self.receiver.received.clear()
        self.assertEqual(self.ask(), 1)
        self.assertEqual(sum("planted" in text for text in self.texts()), 10)

    def texts(self) -> list[str]:
        """The statements that have spans of their own."""
        attributes = [span.attributes for span in self.receiver.spans()]
        return [own["db.query.text"] for own in attributes if "db.query.text" in own]

    def test_a_request_without_a_database_goes_by_the_process(self):
        self.start_telemetry(**NONE)
        self.make_rule("Everything", kind="any", pattern=False)
        self.follow()
        self.assertEqual(self.telemetry.policies.find(None), self.telemetry.policies.default)
        self.assertEqual(self.telemetry.policies.default.default.ratio, 0.0)
        self.assertEqual(self.telemetry.policies.find(self.env.cr.dbname).decide("/x", None, None).ratio, 1.0)


@tagged("post_install", "-at_install")
class TestJobs(FollowingCase):
    def test_a_scheduled_action_has_a_rule_by_its_name(self):
        self.registry_enter_test_mode()
        self.start_telemetry(**NONE)
        self.make_rule(kind="job", pattern="Test *")
        self.follow()
        # As ir.cron._process_jobs does before it runs a job.
        thread = threading.current_thread()
        self.startPatcher(mock.patch.object(thread, "dbname", self.env.cr.dbname, create=True))
        job = make_job(self.env, "1")
        for name, kept in (("Other job", 0), ("Test job", 1)):
            job.name = name
            job.method_direct_trigger()
            self.flush()
            self.assertEqual(len(self.receiver.spans(f"cron {name}")), kept)

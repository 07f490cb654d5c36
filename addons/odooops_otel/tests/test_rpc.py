"""Calls are named ``model.method`` once Odoo has taken model and method for what they are; not before."""

import contextlib
import inspect
import sys
import threading
import xmlrpc.client
from unittest import mock

from odoo import api, http
from odoo.exceptions import UserError
from odoo.service import model as service_model
from odoo.tests import HttpCase, JsonRpcException, tagged

from odoo.addons.base.models.res_partner import ResPartner
from odoo.addons.rpc.controllers import json2

from ..telemetry import patch, rpc
from ..tools import otlp, semconv
from .common import RpcMixin

DURATION = "rpc.server.call.duration"
MADE_UP = "made_up_by_the_caller"
REFUSALS = (JsonRpcException, xmlrpc.client.Fault)


@tagged("post_install", "-at_install")
class TestRpc(RpcMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()

    def span(self):
        """The one server span, which ended last."""
        spans = self.kept()
        self.assertEqual(len(spans), 1, [span.data.name for span in spans])
        return spans[0]

    def assert_called(self, system: str, method: str = "res.partner.search_count", error_type=None):
        span = self.span()
        self.assertEqual(span.data.name, method)
        self.assertEqual(span.data.kind, otlp.KIND_SERVER)
        expected = {"rpc.system.name": system, "rpc.method": method, "http.request.method": "POST"}
        self.assertLessEqual(expected.items(), span.attributes.items())
        self.assertIn("http.route", span.attributes)
        labels = {"rpc.system.name": system, "rpc.method": method, "db.namespace": self.env.cr.dbname}
        if error_type:
            labels["error.type"] = error_type
        point = self.point(DURATION)
        self.assertEqual((point.attributes, point.value), (labels, 1))
        [exemplar] = point.data.exemplars
        self.assertEqual(exemplar.span_id, span.data.span_id)
        # The duration of the call is that of its span.
        span_seconds = (span.data.end_time_unix_nano - span.data.start_time_unix_nano) / 1e9
        self.assertAlmostEqual(point.data.sum, span_seconds, places=6)

    def assert_not_named(self, system: str):
        """The call is counted as one of a method that nobody knows, and says nothing of what was asked."""
        span = self.span()
        self.assertEqual(span.data.name, f"POST {span.attributes['http.route']}")
        self.assertEqual(span.attributes["rpc.system.name"], system)
        self.assertEqual(span.attributes["rpc.method"], semconv.UNKNOWN_METHOD)
        self.assertEqual(self.point(DURATION).attributes["rpc.method"], semconv.UNKNOWN_METHOD)

    # --- every way ------------------------------------------------------------------------

    def test_call_kw(self):
        self.signed_in()
        self.call_kw("search_count", [[]])
        self.assert_called("jsonrpc")

    def test_call_button(self):
        self.signed_in()
        partner = self.env.ref("base.partner_admin")
        self.call_kw("action_archive", [[]], route="call_button")
        self.assertTrue(partner.active)
        self.assert_called("jsonrpc", "res.partner.action_archive")

    def test_jsonrpc(self):
        self.jsonrpc("res.partner", "search_count", [[]])
        self.assert_called("jsonrpc")

    def test_xmlrpc(self):
        self.xmlrpc("res.partner", "search_count", [[]])
        self.assert_called("xmlrpc")

    def test_xmlrpc_without_version(self):
        proxy = xmlrpc.client.ServerProxy(
            f"{self.base_url()}/xmlrpc/object", transport=self.xmlrpc_object("transport")
        )
        uid = self.env.ref("base.user_admin").id
        proxy.execute_kw(self.env.cr.dbname, uid, "admin", "res.partner", "search_count", [[]])
        self.assert_called("xmlrpc")

    def test_json2(self):
        self.assertEqual(self.json2("res.partner", "search_count", domain=[]).status_code, 200)
        self.assert_called("json2")

    def test_services_without_a_model(self):
        for service, method, arguments, answers in (
            ("common", "version", [], True),
            ("common", "authenticate", [self.env.cr.dbname, "admin", "wrong", {}], True),
            ("db", "server_version", [], True),
            ("db", "drop", ["wrong", MADE_UP], False),
            ("common", MADE_UP, [], False),
            ("db", MADE_UP, [], False),
        ):
            with self.subTest(service, method=method):
                self.start_telemetry()
                proxy = self.xmlrpc_common if service == "common" else self.xmlrpc_db
                with contextlib.nullcontext() if answers else self.assertRaises(xmlrpc.client.Fault):
                    getattr(proxy, method)(*arguments)
                if method == MADE_UP:
                    self.assert_not_named("xmlrpc")
                else:
                    self.assertEqual(self.span().data.name, f"{service}.{method}")
                    self.assertEqual(self.point(DURATION).attributes["rpc.method"], f"{service}.{method}")

    def test_routes_are_those_of_odoo(self):
        thread = threading.current_thread()
        self.startPatcher(mock.patch.object(thread, "dbname", self.env.cr.dbname, create=True))
        routes = {rule.rule for rule in self.env["ir.http"].routing_map().iter_rules()}
        self.assertLessEqual(semconv.RPC_SYSTEMS.keys(), routes)

    # --- failures -------------------------------------------------------------------------

    def test_method_that_raises_is_named_in_every_way(self):
        calls = {
            "jsonrpc": lambda: self.jsonrpc("res.partner", "search_count", [[]]),
            "xmlrpc": lambda: self.xmlrpc("res.partner", "search_count", [[]]),
            "json2": lambda: self.json2("res.partner", "search_count", domain=[]),
        }
        for system, call in calls.items():
            with self.subTest(system), self.failing(KeyError("x")):
                self.start_telemetry()
                with contextlib.suppress(*REFUSALS):
                    call()
                self.assert_called(system, error_type="KeyError")

    def test_what_odoo_tells_the_user_is_no_error_of_the_call(self):
        with self.failing(UserError("no")), self.assertRaises(xmlrpc.client.Fault):
            self.xmlrpc("res.partner", "search_count", [[]])
        self.assert_called("xmlrpc")

    # --- refused --------------------------------------------------------------------------

    def test_unknown_model_or_method_or_a_private_one_gives_no_name(self):
        for model, method in (
            ("res.partner", MADE_UP),
            (MADE_UP, "search"),
            ("res.partner", "_" + MADE_UP),
            ("res.partner", "_compute_display_name"),
            ("res.partner", "sudo"),  # @api.private
        ):
            for system, call in {
                "jsonrpc": lambda: self.jsonrpc(model, method, [[]]),  # noqa: B023
                "xmlrpc": lambda: self.xmlrpc(model, method, [[]]),  # noqa: B023
                "json2": lambda: self.json2(model, method),  # noqa: B023
            }.items():
                with self.subTest(system, model=model, method=method):
                    self.start_telemetry()
                    with contextlib.suppress(*REFUSALS):
                        call()
                    self.assert_not_named(system)
                    labels = [point.attributes for point in self.receiver.points(DURATION)]
                    self.assertNotIn(MADE_UP, str(labels))

    def test_wrong_password_gives_no_name(self):
        with self.assertRaises(xmlrpc.client.Fault):
            self.xmlrpc("res.partner", "search_count", [[]], password="wrong")
        self.assert_not_named("xmlrpc")

    def test_expired_session_gives_no_name(self):
        with self.assertRaises(JsonRpcException):
            self.call_kw("search_count", [[]])
        self.assert_not_named("jsonrpc")

    # --- what else asks for a method ------------------------------------------------------

    def test_call_within_a_call_does_not_name_it(self):
        @api.model
        def search_count(records, domain, limit=None):
            return len(service_model.call_kw(records.env["res.users"], "search", [[]], {}))

        self.startPatcher(mock.patch.object(ResPartner, "search_count", search_count, create=True))
        self.xmlrpc("res.partner", "search_count", [[]])
        self.assert_called("xmlrpc")

    def test_page_that_calls_a_method_is_no_call(self):
        def controller(cr):
            return str(service_model.call_kw(http.request.env["res.partner"], "search_count", [[]], {}))

        self.serve(controller)
        self.url_open("/web/login")
        span = self.span()
        self.assertEqual(span.data.name, "GET /web/login")
        self.assertNotIn("rpc.method", span.attributes)
        self.assertEqual(self.receiver.points(DURATION), [])

    def test_json2_that_is_loaded_later_imports_what_is_wrapped(self):
        patch.unwrap_all()
        with mock.patch.dict(sys.modules):
            del sys.modules[rpc._JSON2]
            rpc.instrument()
        self.assertEqual(inspect.unwrap(service_model.get_public_method), json2.get_public_method)
        self.assertIsNot(service_model.get_public_method, json2.get_public_method)

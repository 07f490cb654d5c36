"""Requests that Odoo code sends: what their server is told of the trace, and what the trace tells of them."""

from unittest import mock

import requests
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from odoo.tests import HttpCase, mute_logger, tagged

from odoo.addons.odooops_base import outbound as platform

from ..telemetry import outbound
from ..tools import otlp
from .common import TelemetryMixin
from .http_server import HttpServer

DURATION = "http.client.request.duration"
SECRET = "s3cret-of-the-test"
tracer = trace.get_tracer("a.library")


@tagged("post_install", "-at_install")
class TestOutbound(TelemetryMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.server = HttpServer()
        self.addCleanup(self.server.stop)

    def send(self, path: str = "/orders", **kwargs) -> None:
        """One request of Odoo, in which its code sends one to the server."""
        self.during(lambda: requests.get(self.server.url + path, timeout=5, **kwargs))

    def during(self, function) -> None:
        self.serve(lambda cr: (function() and None) or "done")
        self.url_open("/web/login")

    def counted(self) -> int:
        """How many requests to the server were; the test's own to Odoo are others."""
        return int(self.receiver.total(DURATION, **{"server.port": self.server.port}))

    def call(self):
        """The one span of an outgoing request, and the server span it belongs to."""
        (own,) = self.kept()
        (call,) = [span for span in self.receiver.spans() if "url.full" in span.attributes]
        self.assertEqual(call.data.trace_id, own.data.trace_id)
        return call, own

    def test_server_is_told_of_the_trace_and_the_trace_of_the_server(self):
        self.start_telemetry()
        self.send("/api/v2/orders?token=" + SECRET)
        call, own = self.call()
        (asked,) = self.server.asked
        version, trace_id, parent, flags = asked.headers["traceparent"].split("-")
        self.assertEqual(
            (version, trace_id, parent), ("00", own.data.trace_id.hex(), call.data.span_id.hex())
        )
        self.assertEqual(int(flags, 16) & 1, 1)
        self.assertEqual((call.data.name, call.data.kind), ("GET", otlp.KIND_CLIENT))
        self.assertEqual(call.data.parent_span_id, own.data.span_id)
        expected = {
            "http.request.method": "GET",
            "server.address": "127.0.0.1",
            "server.port": self.server.port,
            "url.full": f"{self.server.url}/api/v2/orders",
            "http.response.status_code": 200,
        }
        self.assertEqual(call.attributes, expected)
        self.assertNotIn(SECRET.encode(), self.receiver.everything())

    def test_call_is_told_as_within_the_request_though_the_clock_is_set(self):
        for hours in (-1, 1):
            with self.subTest(hours):
                self.start_telemetry()
                self.during(self.clock_set(hours)(lambda: requests.get(self.server.url, timeout=5)))
                call, own = self.call()
                self.assertLessEqual(own.data.start_time_unix_nano, call.data.start_time_unix_nano)
                self.assertLessEqual(call.data.end_time_unix_nano, own.data.end_time_unix_nano)

    def test_flags_say_whether_the_request_is_kept_whatever_becomes_of_it(self):
        self.start_telemetry(OTEL_TRACES_SAMPLER="always_off")
        self.send()
        self.assertEqual(int(self.server.asked[0].headers["traceparent"][-2:], 16) & 1, 0)

    def test_duration_is_counted_with_status_and_failure(self):
        self.start_telemetry()
        self.send("/status/200")
        self.send("/status/503")
        self.server.stop()
        with mute_logger("odoo.http"):
            self.send()
        self.flush()
        place = {"http.request.method": "GET", "server.address": "127.0.0.1", "server.port": self.server.port}
        ok = {"http.response.status_code": 200}
        failed = {"http.response.status_code": 503, "error.type": "503"}
        refused = {"error.type": "requests.exceptions.ConnectionError"}
        for attributes in (ok, failed, refused):
            found = self.point(DURATION, **attributes, **{"server.port": self.server.port})
            self.assertEqual(found.attributes, place | attributes)

    def test_failed_request_is_an_error_span(self):
        self.start_telemetry()
        self.send("/status/404")
        call, own = self.call()
        self.assertEqual((call.data.status.code, call.attributes["error.type"]), (otlp.STATUS_ERROR, "404"))
        self.assertEqual(own.data.status.code, otlp.STATUS_UNSET)

    def test_each_hop_of_a_redirect_is_a_span_of_its_own(self):
        self.start_telemetry()
        self.send("/to/orders")
        self.flush()
        calls = [span for span in self.receiver.spans() if "url.full" in span.attributes]
        self.assertEqual([span.attributes["http.response.status_code"] for span in calls], [302, 200])
        parents = [asked.headers["traceparent"].split("-")[2] for asked in self.server.asked]
        self.assertEqual(parents, [span.data.span_id.hex() for span in calls])

    def test_request_within_a_span_of_a_library_is_its_child(self):
        self.start_telemetry()

        def work():
            with tracer.start_as_current_span("work"):
                requests.get(self.server.url, timeout=5)

        self.during(work)
        call, _own = self.call()
        (work,) = self.receiver.spans("work")
        self.assertEqual(call.data.parent_span_id, work.data.span_id)

    def test_header_that_is_there_is_left_and_the_request_not_told_twice(self):
        self.start_telemetry()
        theirs = f"00-{'1' * 32}-{'2' * 16}-01"
        self.send(headers={"traceparent": theirs})
        self.flush()
        self.assertEqual(self.server.asked[0].headers["traceparent"], theirs)
        self.assertEqual([span for span in self.receiver.spans() if "url.full" in span.attributes], [])
        self.assertEqual(self.counted(), 1)

    def test_injected_context_names_our_trace(self):
        self.start_telemetry()
        carrier = {}
        self.during(lambda: propagate.inject(carrier))
        (own,) = self.kept()
        expected = f"00-{own.data.trace_id.hex()}-{own.data.span_id.hex()}-03"
        self.assertEqual(carrier["traceparent"], expected)

    def test_baggage_goes_to_servers_that_are_named_and_to_no_other(self):
        for hosts, expected in (("*", None), ("127.0.0.1", "tenant=north"), ("*,shop.example", None)):
            with self.subTest(hosts):
                self.start_telemetry(ODOOOPS_PROPAGATE_TO=hosts)
                self.server.asked.clear()

                def work():
                    token = context.attach(baggage.set_baggage("tenant", "north"))
                    requests.get(self.server.url, timeout=5)
                    context.detach(token)

                self.during(work)
                (asked,) = self.server.asked
                self.assertEqual(asked.headers.get("baggage"), expected)
                self.assertIn("traceparent", asked.headers)

    def test_redirect_to_a_server_that_is_not_named_does_not_take_baggage_along(self):
        self.start_telemetry(ODOOOPS_PROPAGATE_TO="127.0.0.1")

        def work():
            token = context.attach(baggage.set_baggage("tenant", "north"))
            requests.get(f"{self.server.url}/away/orders", timeout=5)
            context.detach(token)

        self.during(work)
        first, second = self.server.asked
        self.assertEqual((first.headers["baggage"], first.path), ("tenant=north", "/away/orders"))
        self.assertEqual(second.path, "/orders")
        self.assertFalse({"baggage", "traceparent"} & second.headers.keys())

    def test_servers_that_are_not_named_are_told_nothing_and_are_spans_all_the_same(self):
        for hosts in ("none", "shop.example,.internal"):
            with self.subTest(hosts):
                self.start_telemetry(ODOOOPS_PROPAGATE_TO=hosts)
                self.server.asked.clear()
                self.send()
                self.assertNotIn("traceparent", self.server.asked[0].headers)
                self.call()

    def test_request_outside_any_record_is_counted_and_told_nothing(self):
        self.start_telemetry()
        requests.get(self.server.url, timeout=5)
        self.flush()
        self.assertNotIn("traceparent", self.server.asked[0].headers)
        self.assertEqual(self.counted(), 1)

    def test_exporters_are_not_seen(self):
        self.start_telemetry()

        def export():
            with suppress_instrumentation():
                requests.get(self.server.url, timeout=5)
            requests.post(f"{self.receiver.url}/v1/traces", timeout=5)

        self.during(export)
        self.flush()
        self.assertNotIn("traceparent", self.server.asked[0].headers)
        self.assertEqual(self.counted(), 0)

    def test_bug_of_ours_does_not_reach_the_request(self):
        self.start_telemetry()
        for name in ("_begin", "Outgoing.end"):
            owner, _dot, method = name.rpartition(".")
            target = getattr(outbound, owner) if owner else outbound
            with (
                self.subTest(name),
                mock.patch.object(target, method, side_effect=ZeroDivisionError("ours")),
                self.assertLogs("odoo.addons.odooops_otel", "ERROR"),
            ):
                self.assertEqual(requests.get(self.server.url, timeout=5).status_code, 200)

    def test_calls_of_one_request_are_bounded_and_all_are_counted(self):
        self.start_telemetry()
        self.startPatcher(mock.patch("odoo.addons.odooops_otel.telemetry.extras.MAX_CALLS", 2))
        self.during(lambda: [requests.get(self.server.url, timeout=5) for _ in range(5)])
        (own,) = self.kept()
        calls = [span for span in self.receiver.spans() if "url.full" in span.attributes]
        self.assertEqual((len(calls), own.attributes["odoo.calls.dropped"]), (2, 3))
        self.assertEqual(self.counted(), 5)


@tagged("post_install", "-at_install")
class TestOutboundOfThePlatform(TelemetryMixin, HttpCase):
    """What ``odooops_base`` sends to addresses in records is seen as any other request, and once."""

    def setUp(self):
        super().setUp()
        self.server = HttpServer()
        self.addCleanup(self.server.stop)
        self.start_telemetry()

    def during(self, url, allowed):
        """One request of Odoo, in which the platform sends one; what becomes of it."""
        outcomes = []

        def work(cr):
            with mock.patch.dict("os.environ", ODOOOPS_OUTBOUND_ALLOWED_NETWORKS=allowed):
                try:
                    outcomes.append(platform.request("GET", url).status)
                except platform.OutboundError as error:
                    outcomes.append(type(error))
            return "done"

        self.serve(work)
        self.url_open("/web/login")
        self.flush()
        return outcomes

    def calls(self):
        return [span for span in self.receiver.spans() if "url.full" in span.attributes]

    def counted(self, **attributes):
        return int(self.receiver.total(DURATION, **{"server.port": self.server.port}, **attributes))

    def test_it_is_one_span_and_counted_once_and_its_server_is_told_of_the_trace(self):
        self.assertEqual(self.during(f"{self.server.url}/api?token={SECRET}", "127.0.0.0/8"), [200])

        (call,), (asked,) = self.calls(), self.server.asked
        self.assertEqual(
            asked.headers["traceparent"].split("-")[1:3], [call.data.trace_id.hex(), call.data.span_id.hex()]
        )
        self.assertEqual(call.attributes["url.full"], f"{self.server.url}/api")
        self.assertEqual((self.counted(), self.counted(**{"http.response.status_code": 200})), (1, 1))
        self.assertNotIn(SECRET.encode(), self.receiver.everything())

    def test_what_is_refused_is_counted_with_the_reason(self):
        self.assertEqual(self.during(f"{self.server.url}/?token={SECRET}", ""), [platform.Refused])

        error_type = "odoo.addons.odooops_base.outbound.Refused"
        self.assertEqual((self.counted(), self.counted(**{"error.type": error_type})), (1, 1))
        self.assertEqual(self.calls()[0].attributes["error.type"], error_type)
        self.assertEqual(self.server.asked, [])
        self.assertNotIn(SECRET.encode(), self.receiver.everything())

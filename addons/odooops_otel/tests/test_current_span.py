"""The current span of OpenTelemetry's API is the record of the request."""

import contextvars
import threading

from opentelemetry import baggage, context, propagate, trace

from odoo.tests import mute_logger, tagged

from ..telemetry.context import MAX_BAGGAGE
from ..telemetry.record import MAX_EVENTS, current
from ..tools import annotations, otlp
from .common import OpenTelemetryCase

SECRET = "s3cret-of-the-test"
NEVER = {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}


@tagged("post_install", "-at_install")
class TestCurrentSpan(OpenTelemetryCase):
    def test_what_code_says_of_its_request_is_on_the_server_span(self):
        self.start_telemetry()

        def controller():
            span = trace.get_current_span()
            span.set_attribute("shop.order.lines", 3)
            span.set_attributes({"shop.channel": "web", "shop.tags": ["a", "b"], "http.route": "/not/ours"})
            span.add_event("picked", {"shop.bin": 7}, timestamp=1_700_000_000_000_000_000)
            state = trace.TraceState([("vendor", "1")])
            span.add_link(trace.SpanContext(5, 6, is_remote=True, trace_state=state), {"why": "merged"})
            self.assertTrue(span.is_recording())

        self.request(controller)
        span = self.span("GET /web/login")
        expected = {
            "shop.order.lines": 3,
            "shop.channel": "web",
            "shop.tags": ("a", "b"),
            "http.route": "/web/login",
        }
        self.assertLessEqual(expected.items(), span.attributes.items())
        (event,) = span.data.events
        self.assertEqual((event.name, event.time_unix_nano), ("picked", 1_700_000_000_000_000_000))
        self.assertEqual(event.attributes[0].value.int_value, 7)
        (link,) = span.data.links
        self.assertEqual((link.trace_id[-1], link.span_id[-1], link.attributes[0].key), (5, 6, "why"))
        self.assertEqual(link.trace_state, "vendor=1")

    def test_current_span_is_the_record_itself(self):
        self.start_telemetry()
        found = []
        self.request(lambda: found.append((trace.get_current_span(), current.get())))
        ((span, record),) = found
        self.assertIs(span, record)
        self.assertIsInstance(span, trace.Span)
        self.assertEqual(span.get_span_context().trace_id.to_bytes(16, "big"), record.trace_id)
        self.assertFalse(span.get_span_context().is_remote)

    def test_name_and_status_can_be_set_and_an_error_keeps_the_request(self):
        self.start_telemetry(**NEVER)

        def controller():
            span = trace.get_current_span()
            span.update_name("checkout")
            span.set_status(trace.StatusCode.ERROR, "no stock")

        self.request(controller)
        span = self.span("checkout")
        self.assertEqual((span.data.status.code, span.data.status.message), (otlp.STATUS_ERROR, "no stock"))

    def test_recorded_exception_has_its_class_and_not_its_message(self):
        self.start_telemetry()
        self.request(lambda: trace.get_current_span().record_exception(ValueError(SECRET)))
        (event,) = self.span("GET /web/login").data.events
        said = {attribute.key: attribute.value.string_value for attribute in event.attributes}
        self.assertEqual(said, {"exception.type": "ValueError", "exception.stacktrace": "ValueError\n"})
        self.assertNotIn(SECRET.encode(), self.receiver.everything())

    def test_exception_within_the_current_span_does_not_bring_its_message_along(self):
        self.start_telemetry()

        def controller():
            with trace.use_span(trace.get_current_span()):
                raise ValueError(f"about {SECRET}")

        with mute_logger("odoo.http"):
            self.request(controller)
        self.assertEqual(self.span("GET /web/login").data.status.message, "ValueError")
        self.assertNotIn(SECRET.encode(), self.receiver.everything())

    def test_value_that_raises_when_it_is_looked_at_does_not_reach_the_request(self):
        self.start_telemetry()

        class Hostile(tuple):
            def __getitem__(self, index):
                raise ZeroDivisionError("theirs")

        with self.assertLogs("odoo.addons.odooops_otel", "ERROR"):
            self.request(lambda: trace.get_current_span().set_attribute("shop.tags", Hostile("ab")))
        self.assertEqual(self.span("GET /web/login").attributes["http.response.status_code"], 200)

    def test_what_is_too_much_is_cut_and_counted(self):
        self.start_telemetry()

        def controller():
            span = trace.get_current_span()
            for number in range(annotations.MAX_ATTRIBUTES + 5):
                span.set_attribute(f"shop.{number}", "x" * 5000)
            for _ in range(MAX_EVENTS + 3):
                span.add_event("again")

        self.request(controller)
        span = self.span("GET /web/login")
        self.assertEqual(len(span.attributes["shop.0"]), annotations.MAX_TEXT)
        self.assertNotIn(f"shop.{annotations.MAX_ATTRIBUTES}", span.attributes)
        self.assertEqual((span.data.dropped_attributes_count, span.data.dropped_events_count), (5, 3))

    def test_after_the_request_nothing_is_taken_and_the_context_is_clean(self):
        self.start_telemetry()
        spans = []
        self.request(lambda: spans.append(trace.get_current_span()))
        (record,) = spans
        self.assertFalse(record.is_recording())
        record.set_attribute("late", True)
        record.add_event("late")
        self.assertNotIn("late", self.span("GET /web/login").attributes)
        self.assertIs(trace.get_current_span(), trace.INVALID_SPAN)

    def test_context_that_was_attached_and_forgotten_does_not_reach_the_next_record(self):
        telemetry = self.start_telemetry()
        thread = threading.current_thread()

        def run(forgets: bool):
            record = telemetry.recorder.begin(thread)
            try:
                found = trace.get_current_span(), baggage.get_all()
                if forgets:
                    context.attach(baggage.set_baggage("who", "first"))
                    context.attach(
                        trace.set_span_in_context(trace.NonRecordingSpan(trace.INVALID_SPAN_CONTEXT))
                    )
            finally:
                telemetry.recorder.detach(record, thread)
            return record, found

        def both():
            run(forgets=True)
            self.assertEqual((trace.get_current_span(), dict(baggage.get_all())), (trace.INVALID_SPAN, {}))
            record, (span, carried) = run(forgets=False)
            self.assertIs(span, record)
            self.assertEqual(dict(carried), {})

        contextvars.Context().run(both)

    def test_contexts_attached_before_or_outside_a_record_work_as_ever(self):
        self.start_telemetry()
        token = context.attach(baggage.set_baggage("who", "outside"))
        self.assertEqual(baggage.get_baggage("who"), "outside")
        context.detach(token)
        self.assertIsNone(baggage.get_baggage("who"))
        from_before = context._RUNTIME_CONTEXT._previous.attach(context.Context({"key": "value"}))
        self.assertEqual(context.get_value("key"), "value")
        context.detach(from_before)
        self.assertIsNone(context.get_value("key"))

    def test_baggage_of_the_request_can_be_read_and_goes_on(self):
        self.start_telemetry()
        found, carrier = [], {}

        def controller():
            found.append(dict(baggage.get_all()))
            propagate.inject(carrier)

        self.serve(lambda cr: controller() or "done")
        self.url_open("/web/login", headers={"baggage": "tenant=north,tier=gold"})
        self.assertEqual(found, [{"tenant": "north", "tier": "gold"}])
        self.assertEqual(carrier["baggage"], "tenant=north,tier=gold")
        self.assertEqual(
            carrier["traceparent"].split("-")[1], self.span("GET /web/login").data.trace_id.hex()
        )

    def test_baggage_of_a_caller_that_is_not_trusted_is_not_read(self):
        self.start_telemetry(ODOOOPS_TRACES_TRUSTED_ADDRESSES="none")
        found = []
        self.serve(lambda cr: found.append(dict(baggage.get_all())) or "done")
        self.url_open("/web/login", headers={"baggage": "tenant=north"})
        self.assertEqual(found, [{}])

    def test_baggage_that_is_too_long_is_not_cut_in_a_value(self):
        self.start_telemetry()
        found = []
        self.serve(lambda cr: found.append(dict(baggage.get_all())) or "done")
        padding = "x" * (MAX_BAGGAGE - 20)
        self.url_open("/web/login", headers={"baggage": f"padding={padding},tenant=acme-corporation"})
        self.assertEqual(found, [{}])

    def test_record_whose_code_asks_nothing_has_nothing_more(self):
        self.start_telemetry()
        self.url_open("/web/login")
        self.assertIsNone(self.record().extras)

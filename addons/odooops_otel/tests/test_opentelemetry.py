"""OpenTelemetry's API within Odoo: the current span is the record, and what other libraries make joins it."""

import contextvars
import logging
import threading
from unittest import mock

import gevent

from opentelemetry import _logs, baggage, context, metrics, propagate, trace
from opentelemetry.sdk.trace import TracerProvider

from odoo.exceptions import UserError
from odoo.tests import HttpCase, TransactionCase, mute_logger, tagged

from ..telemetry import providers, runtime, sdk_spans
from ..telemetry.record import Record, current
from ..tools import annotations, otlp
from .common import TelemetryMixin
from .test_cron import make_job

SECRET = "s3cret-of-the-test"
NEVER = {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}
# As a library does when it is loaded, long before there is a record or an SDK.
tracer = trace.get_tracer("a.library", "1.2")


class OpenTelemetryCase(TelemetryMixin, HttpCase):
    def request(self, controller) -> None:
        """One request, answered by ``controller()``; with what it raises."""
        self.serve(lambda cr: controller() or "done")
        self.url_open("/web/login")

    def span(self, name: str):
        self.flush()
        (span,) = self.receiver.spans(name)
        return span


@tagged("post_install", "-at_install")
class TestCurrentSpan(OpenTelemetryCase):
    def test_what_code_says_of_its_request_is_on_the_server_span(self):
        self.start_telemetry()

        def controller():
            span = trace.get_current_span()
            span.set_attribute("shop.order.lines", 3)
            span.set_attributes({"shop.channel": "web", "shop.tags": ["a", "b"], "http.route": "/not/ours"})
            span.add_event("picked", {"shop.bin": 7}, timestamp=1_700_000_000_000_000_000)
            span.add_link(trace.SpanContext(5, 6, is_remote=True), {"why": "merged"})
            self.assertTrue(span.is_recording())

        self.request(controller)
        span = self.span("GET /web/login")
        expected = {"shop.order.lines": 3, "shop.channel": "web", "shop.tags": ("a", "b"), "http.route": "/web/login"}
        self.assertLessEqual(expected.items(), span.attributes.items())
        (event,) = span.data.events
        self.assertEqual((event.name, event.time_unix_nano), ("picked", 1_700_000_000_000_000_000))
        self.assertEqual(event.attributes[0].value.int_value, 7)
        (link,) = span.data.links
        self.assertEqual((link.trace_id[-1], link.span_id[-1], link.attributes[0].key), (5, 6, "why"))

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
        self.assertEqual(event.attributes[0].value.string_value, "ValueError")
        self.assertNotIn(SECRET.encode(), self.receiver.everything())

    def test_what_is_too_much_is_cut_and_counted(self):
        self.start_telemetry()

        def controller():
            span = trace.get_current_span()
            for number in range(annotations.MAX_ATTRIBUTES + 5):
                span.set_attribute(f"shop.{number}", "x" * 5000)
            for _ in range(annotations.MAX_EVENTS + 3):
                span.add_event("again")

        self.request(controller)
        span = self.span("GET /web/login")
        self.assertEqual(len(span.attributes["shop.0"]), annotations.MAX_TEXT)
        self.assertNotIn(f"shop.{annotations.MAX_ATTRIBUTES}", span.attributes)
        self.assertEqual((span.data.dropped_attributes_count, span.data.dropped_events_count), (5, 3))

    def test_after_the_request_nothing_is_taken_and_the_context_is_clean(self):
        self.start_telemetry()
        spans, threads, after = [], [], []
        self.serve(lambda cr: spans.append(trace.get_current_span()) or "done")

        def controller():
            spans.append(trace.get_current_span())
            threads.append(threading.current_thread())

        self.request(controller)
        (record,) = spans
        self.assertFalse(record.is_recording())
        record.set_attribute("late", True)
        record.add_event("late")
        self.assertNotIn("late", self.span("GET /web/login").attributes)
        self.assertEqual(after, [])
        self.assertIs(trace.get_current_span(), trace.INVALID_SPAN)

    def test_context_that_was_attached_and_forgotten_does_not_reach_the_next_record(self):
        telemetry = self.start_telemetry()
        thread = threading.current_thread()

        def run(forgets: bool):
            record = telemetry.recorder.begin(thread)
            token = current.set(record)
            try:
                found = trace.get_current_span(), baggage.get_all()
                if forgets:
                    context.attach(baggage.set_baggage("who", "first"))
                    context.attach(trace.set_span_in_context(trace.NonRecordingSpan(trace.INVALID_SPAN_CONTEXT)))
            finally:
                current.reset(token)
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
        self.assertEqual(carrier["traceparent"].split("-")[1], self.span("GET /web/login").data.trace_id.hex())

    def test_record_whose_code_asks_nothing_has_nothing_more(self):
        self.start_telemetry()
        self.url_open("/web/login")
        self.assertIsNone(self.record().extras)


@tagged("post_install", "-at_install")
class TestOtherLibraries(OpenTelemetryCase):
    def test_span_of_a_library_is_a_child_of_the_request_with_its_links_and_events(self):
        self.start_telemetry()

        def controller():
            link = trace.Link(trace.SpanContext(5, 6, is_remote=True), {"why": "merged"})
            with tracer.start_as_current_span("outer", links=[link], attributes={"a": 1}) as outer:
                outer.add_event("halfway")
                with tracer.start_as_current_span("inner"):
                    pass

        self.request(controller)
        own, outer, inner = map(self.span, ("GET /web/login", "outer", "inner"))
        self.assertEqual({own.data.trace_id, outer.data.trace_id, inner.data.trace_id}, {own.data.trace_id})
        self.assertEqual(outer.data.parent_span_id, own.data.span_id)
        self.assertEqual(inner.data.parent_span_id, outer.data.span_id)
        self.assertEqual(outer.attributes, {"a": 1})
        self.assertEqual([event.name for event in outer.data.events], ["halfway"])
        self.assertEqual(outer.data.links[0].span_id[-1], 6)
        self.assertEqual(outer.resource, own.resource)

    def test_span_of_a_library_shares_the_fate_of_its_request(self):
        self.start_telemetry(**NEVER)

        def controller(error=None):
            with tracer.start_as_current_span("work") as span:
                self.assertTrue(span.is_recording())
                self.assertFalse(span.get_span_context().trace_flags.sampled)
            if error:
                raise error

        self.request(controller)
        with mute_logger("odoo.http"):
            self.request(lambda: controller(ZeroDivisionError("kept")))
        self.request(lambda: controller(UserError("an outcome, not a failure")))
        self.flush()
        (kept,) = self.kept()
        (work,) = self.receiver.spans("work")
        self.assertEqual(work.data.trace_id, kept.data.trace_id)
        self.assertEqual(self.telemetry.sdk.tracer_provider().sampler._record_of(None), None)

    def test_spans_of_one_request_are_bounded_and_those_beyond_counted(self):
        self.start_telemetry()
        self.startPatcher(mock.patch.object(sdk_spans, "MAX_HELD", 5))
        self.request(lambda: [tracer.start_span("many").end() for _ in range(8)] and None)
        self.flush()
        self.assertEqual(len(self.receiver.spans("many")), 5)
        self.assert_dropped("record_full", 3)

    def assert_dropped(self, reason: str, count: int):
        counted = self.telemetry.slot.read()["traces", "dropped", reason]
        self.assertEqual(counted, count)

    def test_request_that_finds_the_queue_full_loses_its_library_spans_counted(self):
        self.start_telemetry(OTEL_BSP_MAX_QUEUE_SIZE="1", OTEL_BSP_MAX_EXPORT_BATCH_SIZE="1")
        self.url_open("/web/health")
        self.telemetry.recorder.drain()
        self.request(lambda: tracer.start_span("lost").end())
        self.telemetry.recorder.drain()
        self.assert_dropped("queue_full", self.records[1].span_count + 1)  # its span is released by now
        self.flush()
        self.assertEqual(self.receiver.spans("lost"), [])

    def test_span_that_ends_after_its_request_goes_by_the_flag_it_began_with(self):
        for sampler, expected in (("always_on", 1), ("always_off", 0)):
            with self.subTest(sampler):
                self.start_telemetry(OTEL_TRACES_SAMPLER=sampler)
                started = []
                self.request(lambda started=started: started.append(tracer.start_span("late")))
                self.flush()
                self.assertEqual(self.telemetry.sdk.tracer_provider()._active_span_processor._span_processors[0]._records, {})
                started[0].end()
                self.flush()
                self.assertEqual(len(self.receiver.spans("late")), expected)

    def test_span_outside_any_request_goes_by_the_standard_sampler(self):
        self.start_telemetry()
        with tracer.start_as_current_span("alone"):
            pass
        self.assertEqual(self.span("alone").data.parent_span_id, b"")
        self.start_telemetry(OTEL_TRACES_SAMPLER="always_off")
        with tracer.start_as_current_span("alone"):
            pass
        self.flush()
        self.assertEqual(self.receiver.spans("alone"), [])

    def test_messages_of_exceptions_literals_and_queries_of_libraries_stay_here(self):
        self.start_telemetry()

        def controller():
            attributes = {
                "db.system": "postgresql",
                "db.statement": f"SELECT id FROM res_partner WHERE name = '{SECRET}'",
                "db.user": SECRET,
                "http.url": f"https://user:{SECRET}@shop.example/orders?key={SECRET}",
                "http.request.header.authorization": [SECRET],
            }
            try:
                with tracer.start_as_current_span("work", attributes=attributes):
                    raise ValueError(f"about {SECRET}")
            except ValueError:
                pass

        self.request(controller)
        work = self.span("SELECT res_partner")
        self.assertEqual(work.attributes["db.query.text"], "SELECT id FROM res_partner WHERE name = ?")
        self.assertEqual(work.attributes["http.url"], "https://shop.example/orders")
        self.assertEqual((work.data.status.code, work.data.status.message), (otlp.STATUS_ERROR, "ValueError"))
        (event,) = work.data.events
        said = {attribute.key: attribute.value.string_value for attribute in event.attributes}
        self.assertEqual(said["exception.type"], "ValueError")
        self.assertIn(", in controller", said["exception.stacktrace"])
        self.assertNotIn(SECRET.encode(), self.receiver.everything())

    def test_metrics_of_a_library_arrive_under_the_instance_of_the_process(self):
        self.start_telemetry()
        meter = metrics.get_meter("a.library")
        meter.create_counter("shop.orders").add(3, {"shop.channel": "web"})
        meter.create_histogram("http.server.request.duration").record(1)  # ours, measured already
        self.url_open("/web/login")
        self.flush()
        point = self.point("shop.orders")
        self.assertEqual((point.value, point.attributes), (3, {"shop.channel": "web"}))
        own = self.point("http.server.request.duration")
        self.assertEqual(own.value, 1)
        self.assertEqual(point.resource, own.resource)

    def test_log_record_of_a_library_bears_the_trace_of_its_request(self):
        self.start_telemetry()
        self.request(
            lambda: _logs.get_logger("a.library").emit(
                body="stock is low", severity_number=_logs.SeverityNumber.WARN, attributes={"shop.bin": 7}
            )
        )
        own = self.span("GET /web/login")
        (log,) = self.receiver.logs()
        self.assertEqual((log.data.body.string_value, log.attributes), ("stock is low", {"shop.bin": 7}))
        self.assertEqual((log.data.trace_id, log.data.span_id), (own.data.trace_id, own.data.span_id))
        self.assertEqual(log.resource, own.resource)

    def test_signal_that_is_not_sent_is_not_recorded(self):
        self.start_telemetry(OTEL_TRACES_EXPORTER="none", OTEL_LOGS_EXPORTER="none")
        recording = []
        self.request(lambda: recording.append(tracer.start_span("work").is_recording()))
        _logs.get_logger("a.library").emit(body="nobody listens")
        self.assertEqual(recording, [False])
        self.assertEqual(self.telemetry.sdk.exporters, [])

    def test_nothing_is_made_until_it_is_used(self):
        self.start_telemetry()
        trace.get_tracer("a.library")
        trace.get_tracer_provider()
        self.request(lambda: trace.get_current_span().set_attribute("a", 1))
        self.assertEqual(self.telemetry.sdk.exporters, [])

    def test_without_telemetry_spans_are_none(self):
        self.start_telemetry()
        runtime.stop()
        with tracer.start_as_current_span("work") as span:
            self.assertFalse(span.is_recording())

    def test_provider_that_the_application_has_set_is_left_alone_and_told_once(self):
        theirs = TracerProvider()
        with (
            mock.patch.object(trace, "_TRACER_PROVIDER", theirs),
            self.assertLogs("odoo.addons.odooops_otel", logging.INFO) as logs,
        ):
            self.start_telemetry()
            self.assertIs(trace.get_tracer_provider(), theirs)
            spans = []
            self.request(lambda: spans.append(theirs.get_tracer("theirs").start_span("work")))
        (line,) = [line for line in logs.output if "provider that is set already" in line]
        self.assertIn("opentelemetry.sdk.trace.TracerProvider", line)
        own = self.span("GET /web/login")
        self.assertEqual(spans[0].parent.span_id.to_bytes(8, "big"), own.data.span_id)

    def test_dead_receiver_costs_counted_drops_and_no_request(self):
        self.start_telemetry()
        self.receiver.stop()
        self.request(lambda: tracer.start_span("work").end())
        with self.assertLogs("odoo.addons.odooops_otel", "WARNING"):
            self.flush()
        slot = self.telemetry.slot
        with mock.patch.object(slot, "release"):
            runtime.stop()
        self.assertGreaterEqual(slot.read()["traces", "dropped", "shutdown"], 2)

    def test_greenlets_have_the_span_of_their_own_record(self):
        telemetry = self.start_telemetry()

        def work(number: int):
            record = Record(telemetry.recorder.sampler)
            record.hook = print
            token = current.set(record)
            try:
                gevent.sleep(0)
                with tracer.start_as_current_span(f"work {number}") as span:
                    gevent.sleep(0)
                    return record.trace_id, span.get_span_context().trace_id.to_bytes(16, "big")
            finally:
                current.reset(token)

        done = [gevent.spawn(work, number) for number in range(5)]
        gevent.joinall(done, raise_error=True)
        results = [greenlet.value for greenlet in done]
        self.assertEqual([ours for ours, _theirs in results], [theirs for _ours, theirs in results])
        self.assertEqual(len({ours for ours, _theirs in results}), 5)

    def test_providers_are_ours_however_often_telemetry_starts(self):
        self.start_telemetry()
        with self.assertNoLogs("odoo.addons.odooops_otel.telemetry.providers", logging.INFO):
            providers.install()


@tagged("post_install", "-at_install")
class TestJob(TelemetryMixin, TransactionCase):
    def test_span_within_a_job_is_a_child_of_the_job(self):
        self.start_telemetry()
        self.startPatcher(mock.patch.object(threading.current_thread(), "dbname", self.env.cr.dbname, create=True))
        job = make_job(self.env, "env['res.partner'].search_count([])")

        def search_count(*args, **kwargs):
            trace.get_current_span().set_attribute("shop.job", "nightly")
            with tracer.start_as_current_span("work"):
                return 1

        self.startPatcher(mock.patch.object(type(self.env["res.partner"]), "search_count", search_count))
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.flush()
        (own,), (work,) = self.receiver.spans("cron Test job"), self.receiver.spans("work")
        self.assertEqual((work.data.trace_id, work.data.parent_span_id), (own.data.trace_id, own.data.span_id))
        self.assertEqual(own.attributes["shop.job"], "nightly")

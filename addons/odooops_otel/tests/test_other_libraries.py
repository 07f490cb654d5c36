"""What other libraries make through OpenTelemetry's API joins the request, and shares its fate."""

import logging
import threading
import time
from unittest import mock

import gevent
from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk import version
from opentelemetry.sdk.trace import TracerProvider

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, mute_logger, tagged

from ..telemetry import providers, runtime, sdk, sdk_objects, sdk_spans
from ..telemetry.record import Record, current
from ..telemetry.sources import MAX_BODY, MAX_QUEUED_TEXT
from ..tools import otlp
from .common import OpenTelemetryCase, TelemetryMixin
from .otlp_receiver import without_sdk
from .test_cron import make_job

SECRET = "s3cret-of-the-test"
NEVER = {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}
# As a library does when it is loaded, long before there is a record or an SDK.
tracer = trace.get_tracer("a.library", "1.2")


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
        self.assertEqual(without_sdk(outer.resource), without_sdk(own.resource))
        made_by = [span.resource["telemetry.sdk.name"] for span in (own, outer)]
        self.assertEqual(made_by, ["odooops", "opentelemetry"])
        self.assertEqual(outer.resource["telemetry.sdk.version"], version.__version__)
        self.assertEqual(own.resource["telemetry.sdk.language"], "python")

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
        self.assert_dropped("queue_full", self.records[1].count_spans() + 1)  # its span is released by now
        self.flush()
        self.assertEqual(self.receiver.spans("lost"), [])

    def test_span_that_ends_after_its_request_goes_by_the_flag_it_began_with(self):
        for sampler, expected in (("always_on", 1), ("always_off", 0)):
            with self.subTest(sampler):
                self.start_telemetry(OTEL_TRACES_SAMPLER=sampler)
                started = []
                self.request(lambda started=started: started.append(tracer.start_span("late")))
                self.flush()
                self.assertEqual(
                    self.telemetry.sdk.tracer_provider()._active_span_processor._span_processors[0]._records,
                    {},
                )
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
            with self.assertRaises(ValueError), tracer.start_as_current_span("work", attributes=attributes):
                raise ValueError(f"about {SECRET}")

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
        self.assertEqual(without_sdk(log.resource), without_sdk(own.resource))
        self.assertEqual(log.resource["telemetry.sdk.name"], "opentelemetry")

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

    def test_sdk_that_cannot_be_made_is_told_once_and_fails_no_request(self):
        broken = {"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT": "many", "OTEL_METRICS_EXEMPLAR_FILTER": "sometimes"}
        self.startPatcher(mock.patch.dict("os.environ", broken))
        self.start_telemetry()

        def controller():
            for _ in range(3):
                with tracer.start_as_current_span("work"):
                    metrics.get_meter("a.library").create_counter("shop.orders").add(1)

        with self.assertLogs("odoo.addons.odooops_otel", "ERROR") as logs:
            self.request(controller)
        self.assertEqual([record.levelname for record in logs.records], ["ERROR", "ERROR"])
        self.assertEqual([record.status for record in self.records], [200])
        self.assertEqual(self.telemetry.sdk.exporters, [])

    def test_thread_that_cannot_be_started_fails_no_request(self):
        self.start_telemetry()
        self.startPatcher(mock.patch.object(sdk.Sender, "start", side_effect=RuntimeError("no thread")))
        with self.assertLogs("odoo.addons.odooops_otel", "ERROR"):
            self.request(lambda: tracer.start_span("work").end())
        self.assertEqual([record.status for record in self.records], [200])
        self.assertEqual(self.telemetry.sdk.exporters, [])
        self.assertTrue(self.telemetry.sdk.join(0.1))

    def test_spans_of_a_record_that_cannot_be_counted_are_let_go(self):
        self.start_telemetry()
        aggregator = self.telemetry.recorder.aggregator
        self.request(lambda: tracer.start_span("work").end())
        broken = mock.patch.object(aggregator.statements, "add", side_effect=ValueError)
        with broken, self.assertLogs("odoo.addons.odooops_otel", "ERROR"):
            self.telemetry.recorder.drain()
        self.assertEqual(self.records[0].extras.held.spans, [])

    def test_what_waits_and_what_is_sent_at_once_is_bounded_by_size(self):
        self.start_telemetry()
        large = {f"shop.{number}": "x" * 60_000 for number in range(60)}
        for _ in range(80):  # of each value MAX_TEXT: 1 MB a span
            tracer.start_span("large", attributes=large).end()
        size = 60 * (8 + sdk_objects.MAX_TEXT) + sum(map(len, ("large", *large)))
        self.assert_dropped("queue_full", 80 - MAX_QUEUED_TEXT // size)
        self.flush()
        for exporter in self.telemetry.sdk.exporters:
            while exporter._source.waiting():
                exporter._source.schedule.taken = 0
                exporter.step(time.monotonic)
        bodies = [len(request.body) for request in self.receiver.received if b"large" in request.body]
        self.assertGreater(len(bodies), 1)
        self.assertLess(max(bodies), 2 * MAX_BODY)

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
        self.startPatcher(
            mock.patch.object(threading.current_thread(), "dbname", self.env.cr.dbname, create=True)
        )
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
        self.assertEqual(
            (work.data.trace_id, work.data.parent_span_id), (own.data.trace_id, own.data.span_id)
        )
        self.assertEqual(own.attributes["shop.job"], "nightly")

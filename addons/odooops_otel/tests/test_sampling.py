"""Which requests are kept as traces."""

import time

from odoo.tests import HttpCase, tagged

from ..tools import otlp
from .common import TelemetryMixin

DURATION = "http.server.request.duration"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT_ID = "b7ad6b7169203331"


@tagged("post_install", "-at_install")
class TestSampling(TelemetryMixin, HttpCase):
    def exemplars(self) -> list:
        return [exemplar for point in self.receiver.points(DURATION) for exemplar in point.data.exemplars]

    def test_error_is_kept_at_any_ratio(self):
        self.start_telemetry(OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0")
        self.serve(lambda cr: 1 / 0)
        self.url_open("/web/login")
        (span,) = self.kept()
        self.assertEqual(span.attributes["error.type"], "ZeroDivisionError")
        self.assertEqual(span.data.status.code, otlp.STATUS_ERROR)

    def test_slow_request_is_kept_at_any_ratio(self):
        self.start_telemetry(
            OTEL_TRACES_SAMPLER="traceidratio",
            OTEL_TRACES_SAMPLER_ARG="0",
            ODOOOPS_TRACES_SLOW_THRESHOLD="20",
        )
        self.serve(lambda cr: time.sleep(0.03) or "slow")
        self.url_open("/web/login")
        self.assertEqual(len(self.kept()), 1)

    def test_request_that_is_not_kept_is_counted_without_exemplar(self):
        self.start_telemetry(OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0")
        self.url_open("/web/login")
        self.assertEqual(self.kept(), [])
        self.assertEqual(self.receiver.total(DURATION), 1)
        self.assertEqual(self.exemplars(), [])

    def test_request_that_finds_the_queue_full_is_no_exemplar(self):
        self.start_telemetry(OTEL_BSP_MAX_QUEUE_SIZE="1", OTEL_BSP_MAX_EXPORT_BATCH_SIZE="1")
        self.url_open("/web/health")
        self.telemetry.recorder.drain()
        self.url_open("/web/login")
        (kept,) = self.kept()
        self.assertEqual({exemplar.trace_id for exemplar in self.exemplars()}, {kept.data.trace_id})

    def test_kept_request_is_the_exemplar_of_its_bucket(self):
        self.start_telemetry()
        self.url_open("/web/login")
        (span,) = self.kept()
        (exemplar,) = self.exemplars()
        self.assertEqual((exemplar.trace_id, exemplar.span_id), (span.data.trace_id, span.data.span_id))

    def test_trace_id_decides_what_a_ratio_keeps(self):
        # The lower 8 bytes of the id are below half of their range, then above.
        self.start_telemetry(OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0.5")
        for lower in ("7fffffffffffffff", "8000000000000000"):
            self.url_open("/web/health", headers={"traceparent": f"00-{TRACE_ID[:16]}{lower}-{PARENT_ID}-00"})
        (span,) = self.kept()
        self.assertEqual(span.data.trace_id.hex(), TRACE_ID[:16] + "7fffffffffffffff")

    def test_always_off_keeps_nothing_not_even_errors(self):
        for sampler in ("always_off", "parentbased_always_off"):
            with self.subTest(sampler):
                self.start_telemetry(OTEL_TRACES_SAMPLER=sampler)
                self.serve(lambda cr: 1 / 0)
                self.url_open("/web/login")
                self.assertEqual(self.kept(), [])

    def test_sampled_parent_is_followed(self):
        self.start_telemetry(OTEL_TRACES_SAMPLER="parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG="0")
        self.url_open("/web/health", headers={"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01"})
        (span,) = self.kept()
        self.assertEqual(span.data.trace_id.hex(), TRACE_ID)
        self.assertEqual(span.data.parent_span_id.hex(), PARENT_ID)

    def test_unsampled_parent_is_followed(self):
        self.start_telemetry(OTEL_TRACES_SAMPLER="parentbased_always_on")
        self.url_open("/web/health", headers={"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-00"})
        self.assertEqual(self.kept(), [])

    def test_without_traces_nothing_is_kept(self):
        self.start_telemetry(OTEL_TRACES_EXPORTER="none")
        self.url_open("/web/login")
        self.flush()
        self.assertEqual({item.path for item in self.receiver.received}, {"/v1/metrics"})
        self.assertEqual(len(self.telemetry.recorder.aggregator.queue), 0)
        self.assertEqual(self.exemplars(), [])

    def test_full_queue_drops_and_counts(self):
        self.start_telemetry(OTEL_BSP_MAX_QUEUE_SIZE="2")
        for _ in range(5):
            self.url_open("/web/health")
        self.assertEqual(len(self.kept()), 2)
        dropped = {"odooops.telemetry.signal": "traces", "odooops.telemetry.reason": "queue_full"}
        self.assertEqual(self.receiver.total("odooops.telemetry.dropped", **dropped), 3)

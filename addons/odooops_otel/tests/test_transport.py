"""Posting to a real receiver, well-behaved and not."""

import datetime
import email.utils
import gzip
import time

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from odoo.tests import BaseCase, tagged

from ..telemetry.transport import Transport
from .otlp_receiver import OtlpReceiver


@tagged("post_install", "-at_install")
class TestTransport(BaseCase):
    def setUp(self):
        super().setUp()
        self.receiver = OtlpReceiver()
        self.addCleanup(self.receiver.stop)

    def transport(self, headers: dict | None = None, path: str = "/v1/traces", **options) -> Transport:
        transport = Transport(self.receiver.url + path, headers or {}, **options)
        self.addCleanup(transport.close)
        return transport

    def body(self, size: int = 0) -> bytes:
        message = ExportTraceServiceRequest()
        message.resource_spans.add().scope_spans.add().spans.add().name = "x" * size or "x"
        return message.SerializeToString()

    def test_requests_share_one_connection(self):
        transport = self.transport()
        for _ in range(3):
            self.assertTrue(transport.post(self.body(), 5).is_taken)
        self.assertEqual(len(self.receiver.received), 3)
        self.assertEqual({item.connection for item in self.receiver.received}, {1})

    def test_headers_are_sent_with_each_request(self):
        self.transport({"Authorization": "Bearer t"}).post(self.body(), 5)
        headers = self.receiver.received[0].headers
        self.assertEqual(headers["authorization"], "Bearer t")
        self.assertEqual(headers["content-type"], "application/x-protobuf")

    def test_gzip_when_asked_for_and_worth_it(self):
        for compression, size, encoding in (
            ("gzip", 5000, "gzip"),
            ("gzip", 10, None),
            ("none", 5000, None),
            ("auto", 5000, None),  # loopback
        ):
            with self.subTest(compression=compression, size=size):
                self.transport(compression=compression).post(self.body(size), 5)
                item = self.receiver.received[-1]
                self.assertEqual(item.headers.get("content-encoding"), encoding)
                self.assertEqual(item.body, self.body(size))

    def test_gzip_halves_a_body_that_repeats(self):
        self.assertLess(len(gzip.compress(self.body(5000), 1)), 2500)

    def test_connection_closed_by_the_other_side_is_opened_again_and_nothing_doubled(self):
        self.receiver.close_after = 2
        transport = self.transport()
        for number in range(6):
            if number:
                time.sleep(0.02)  # the close arrives
            self.assertTrue(transport.post(self.body(), 5).is_taken)
        self.assertEqual(len(self.receiver.received), 6)
        self.assertEqual([item.connection for item in self.receiver.received], [1, 1, 2, 2, 3, 3])

    def test_silent_receiver_is_not_asked_twice(self):
        transport = self.transport()
        transport.post(self.body(), 5)
        self.receiver.blackhole()
        outcome = transport.post(self.body(), 0.2)
        self.assertEqual((outcome.is_taken, outcome.is_retryable), (False, True))
        self.assertEqual(self.receiver.attempts, 2)

    def test_receiver_that_is_down_is_to_be_tried_again(self):
        self.receiver.stop()
        outcome = self.transport().post(self.body(), 5)
        self.assertEqual((outcome.is_taken, outcome.is_retryable), (False, True))
        self.assertIn("ConnectionRefusedError", outcome.problem)

    def test_overloaded_receiver_is_to_be_tried_again_when_it_says(self):
        transport = self.transport()
        for status in (429, 502, 503, 504):
            self.receiver.answer(status, retry_after="7")
            outcome = transport.post(self.body(), 5)
            self.assertEqual(
                (outcome.is_taken, outcome.is_retryable, outcome.retry_after), (False, True, 7.0)
            )
        self.assertEqual(self.receiver.connections, 1)

    def test_retry_after_may_be_a_date_and_nonsense_is_ignored(self):
        transport = self.transport()
        date = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=30)
        self.receiver.answer(503, retry_after=email.utils.format_datetime(date, usegmt=True))
        self.assertAlmostEqual(transport.post(self.body(), 5).retry_after, 30, delta=2)
        for nonsense in ("soon", "-1", "²", "1e9", "Thu, 99 Foo 2026"):
            self.receiver.answer(503, retry_after=nonsense)
            outcome = transport.post(self.body(), 5)
            self.assertEqual((outcome.is_retryable, outcome.retry_after), (True, None), nonsense)

    def test_what_a_receiver_refuses_is_refused_for_good(self):
        for post in (
            lambda: self.transport().post(b"\xff\xff\xff", 5),
            lambda: self.transport(path="/v1/nothing").post(self.body(), 5),
            lambda: self.transport({"Content-Type": "text/plain"}).post(self.body(), 5),
        ):
            outcome = post()
            self.assertEqual((outcome.is_taken, outcome.is_retryable), (False, False))
        self.assertEqual(self.receiver.received, [])

    def test_header_that_cannot_be_sent_is_refused_without_telling_it(self):
        outcome = self.transport({"Authorization": "s3cret\n"}).post(self.body(), 5)
        self.assertEqual((outcome.is_taken, outcome.is_retryable), (False, False))
        self.assertIn("OTEL_EXPORTER_OTLP_HEADERS", outcome.problem)
        self.assertNotIn("s3cret", outcome.problem)

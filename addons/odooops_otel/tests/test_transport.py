"""Posting to a real receiver, well-behaved and not."""

import datetime
import email.utils
import gzip
import ipaddress
import ssl
import tempfile
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
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


@tagged("post_install", "-at_install")
class TestTls(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        temporary = tempfile.TemporaryDirectory(prefix="odooops-")
        cls.addClassCleanup(temporary.cleanup)
        cls.directory = Path(temporary.name)
        cls.certificate = cls.directory / "certificate.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self_signed(cls.certificate))
        cls.receiver = OtlpReceiver(context)
        cls.addClassCleanup(cls.receiver.stop)

    def post(self, certificate: Path | str):
        transport = Transport(self.receiver.url + "/v1/traces", {}, certificate=str(certificate))
        self.addCleanup(transport.close)
        return transport.post(b"", 5)

    def test_receiver_whose_certificate_is_trusted_takes_the_request(self):
        self.assertTrue(self.post(self.certificate).is_taken)

    def test_receiver_that_nobody_vouches_for_gets_nothing(self):
        outcome = self.post("")
        self.assertEqual((outcome.is_taken, outcome.is_retryable), (False, True))
        self.assertIn("CERTIFICATE_VERIFY_FAILED", outcome.problem)

    def test_file_of_certificates_that_cannot_be_used_is_named(self):
        rubbish = self.directory / "rubbish.pem"
        rubbish.write_text("no certificate")
        for path in (rubbish, self.directory / "missing.pem"):
            with self.subTest(path.name):
                outcome = self.post(path)
                self.assertFalse(outcome.is_taken)
                self.assertIn(f"OTEL_EXPORTER_OTLP_CERTIFICATE='{path}'", outcome.problem)


def self_signed(path: Path) -> Path:
    """Write a key and its certificate for 127.0.0.1 into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + certificate.public_bytes(encoding))
    return path

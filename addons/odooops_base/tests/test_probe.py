"""What a check meets on a real connection, whatever the other side does."""

import datetime
import ssl
import tempfile
import threading
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from odoo.tests import BaseCase

from .. import probe
from ..tools.components import Check, Outcome
from .common import OK, answer, drip, flood, free_address, serving, silence


def check(address, target="/ready", tls=False):
    host, port = address.rsplit(":", 1)
    return Check(host, int(port), target, tls)


class TestProbe(BaseCase):
    def run_against(self, behaviour, **options):
        with serving(behaviour) as address:
            return probe.run(check(address, **options), limit=0.3)

    def test_the_status_of_an_answer_is_the_outcome(self):
        outcome = self.run_against(answer(b"HTTP/1.1 503 Down\r\n\r\n"))

        self.assertEqual((outcome.status, outcome.error), (503, ""))
        self.assertGreater(outcome.seconds, 0)

    def test_the_request_is_a_plain_one_for_the_listed_address(self):
        requests = []

        def record(connection, _end):
            requests.append(connection.recv(65536).decode())
            connection.sendall(OK)

        with serving(record) as address:
            probe.run(check(address, "/-/ready?x=1"))

        lines = requests[0].split("\r\n")
        self.assertEqual(lines[:2], ["GET /-/ready?x=1 HTTP/1.1", f"Host: {address}"])
        self.assertFalse([line for line in lines if line.lower().startswith(("cookie", "authorization"))])

    def test_a_redirect_is_reported_and_not_followed(self):
        followed = threading.Event()
        with serving(lambda connection, end: followed.set()) as target:
            redirect = f"HTTP/1.1 302 Found\r\nLocation: http://{target}/\r\n\r\n".encode()
            outcome = self.run_against(answer(redirect))

            self.assertEqual(outcome.status, 302)
            self.assertFalse(followed.is_set())

    def test_a_proxy_in_the_environment_is_not_used(self):
        with patch.dict("os.environ", http_proxy=f"http://{free_address()}"):
            self.assertEqual(self.run_against(answer(OK)).status, 200)

    def test_without_a_target_the_connection_is_enough(self):
        self.assertEqual(self.run_against(silence, target="").error, "")

    def test_a_port_without_a_server_is_refused(self):
        self.assertEqual(probe.run(check(free_address())), Outcome(error="refused"))

    def test_silence_is_a_timeout(self):
        self.assertEqual(self.run_against(silence).error, "timeout")

    def test_a_part_that_keeps_silent_is_not_asked_again_at_once(self):
        asked = []

        def behave(connection, end):
            asked.append(connection)
            end.wait()

        with serving(behave) as address:
            outcomes = [probe.run(check(address), limit=0.1) for _ in range(3)]
            self.assertEqual([outcome.error for outcome in outcomes], ["timeout"] * 3)
            self.assertEqual(len(asked), 1)

            with patch.object(probe, "HANGING_FOR", 0):
                probe.run(check(address), limit=0.1)
            self.assertEqual(len(asked), 2)

    def test_a_byte_now_and_then_does_not_prolong_the_limit(self):
        self.assertEqual(self.run_against(drip).error, "timeout")

    def test_an_over_long_answer_is_cut_and_not_waited_for(self):
        with serving(flood) as address:
            outcome = probe.run(check(address), limit=5)

        self.assertEqual(outcome.status, 200)
        self.assertLess(outcome.seconds, 5)

    def test_a_body_that_does_not_end_in_time_does_not_spoil_the_status(self):
        def behave(connection, end):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
            end.wait()

        self.assertEqual(self.run_against(behave).status, 200)

    def test_another_protocol_is_garbled(self):
        self.assertEqual(self.run_against(answer(b"SSH-2.0-OpenSSH\r\n")).error, "garbled")

    def test_a_connection_closed_without_a_word_is_garbled(self):
        self.assertEqual(self.run_against(lambda connection, end: None).error, "garbled")

    def test_a_name_that_does_not_exist_is_unresolved(self):
        for host in ("no-such-host.invalid", "x" * 64):
            self.assertEqual(probe.run(Check(host, 80, "/")).error, "unresolved")

    def test_plain_http_where_tls_is_listed_is_a_tls_error(self):
        self.assertEqual(self.run_against(answer(OK), tls=True).error, "tls")

    def test_a_certificate_that_nobody_signed_is_not_trusted(self):
        context = self.make_server_context()

        def behave(connection, _end):
            with context.wrap_socket(connection, server_side=True) as secure:
                secure.sendall(OK)

        self.assertEqual(self.run_against(behave, tls=True).error, "tls")

    def make_server_context(self):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        certificate = builder.sign(key, hashes.SHA256())
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "server.pem")
            key_pem = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
            file.write_bytes(key_pem + certificate.public_bytes(pem))
            context.load_cert_chain(file)
        return context


class TestProbeAll(BaseCase):
    def test_outcomes_come_in_the_order_of_the_checks(self):
        with serving(answer(OK)) as up, serving(silence) as slow:
            checks = [check(slow), None, check(free_address()), check(up)]
            outcomes = probe.run_all(checks, check_limit=0.3)

        self.assertEqual(outcomes[:3], [Outcome(error="timeout"), None, Outcome(error="refused")])
        self.assertEqual(outcomes[3].status, 200)

    def test_checks_run_side_by_side(self):
        # Each answers only after all have asked: one after the other would end in timeouts.
        together = threading.Barrier(5)

        def behave(connection, end):
            together.wait(10)
            answer(OK)(connection, end)

        with serving(behave) as address:
            outcomes = probe.run_all([check(address)] * 5, check_limit=10, total_limit=10)

        self.assertEqual({outcome.status for outcome in outcomes}, {200})

    def test_a_check_that_hangs_is_left_behind_and_changes_nothing_later(self):
        hangs, ended = threading.Event(), threading.Event()

        def hang(_check, _limit):
            hangs.wait(10)
            ended.set()
            return Outcome(status=200)

        with patch.object(probe, "run", hang):
            outcomes = probe.run_all([Check("x", 80, "/")], total_limit=0.05)
            hangs.set()
            ended.wait(10)

        self.assertEqual(outcomes, [None])

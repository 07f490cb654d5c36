"""Requests of the platform, to real servers on the loopback: what arrives, what comes back, what may go wrong."""

import gzip
import json
import os
import socket
import tempfile
import threading
import traceback
from pathlib import Path
from unittest.mock import patch

from odoo.tests import BaseCase

from .. import outbound
from ..connection import NETWORK, Network
from .certificates import Authority
from .common import OK, answer, drip, flood, free_address, serving, silence

PLANTED = "pl4nted-secret"
NAME = "hooks.example.com"


def http(status, body=b"", *headers):
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def secured(behaviour, context):
    """A behaviour behind TLS."""

    def behave(connection, end):
        with context.wrap_socket(connection, server_side=True) as secure:
            behaviour(secure, end)

    return behave


class OutboundCase(BaseCase):
    """The loopback is allowed."""

    def setUp(self):
        super().setUp()
        self.set_environment(ODOOOPS_OUTBOUND_ALLOWED_NETWORKS="127.0.0.0/8")

    def set_environment(self, **variables):
        self.enterContext(patch.dict(os.environ, variables))

    def send(self, behaviour, method="GET", path="/", network=NETWORK, scheme="http", host="", **options):
        """One request to a server that behaves so; whatever goes wrong tells nothing of the URL's secret."""
        with serving(behaviour) as address:
            port = address.rpartition(":")[2]
            url = f"{scheme}://{f'{host}:{port}' if host else address}{path}"
            return outbound.request(method, url, network=network, **options)

    def assert_fails(self, kind, text, behaviour, retry=False, **options):
        path = f"/{PLANTED}?key={PLANTED}"
        with self.assertRaisesRegex(outbound.OutboundError, text) as caught:
            self.send(behaviour, path=path, **options)
        self.assertIs(type(caught.exception), kind)
        self.assertEqual(caught.exception.retry, retry)
        self.assertNotIn(PLANTED, str(caught.exception))
        self.assertNotIn(PLANTED, "".join(traceback.format_exception(caught.exception)))
        self.assertIsNone(caught.exception.__cause__)


class Recorder:
    """A behaviour that keeps what it was asked."""

    def __init__(self, reply=OK):
        self.asked = []
        self.reply = reply

    def __call__(self, connection, _end):
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += connection.recv(65536)
        head, _blank, body = asked.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        self.asked.append((lines[0], headers, body))
        connection.sendall(self.reply)


class TestOutbound(OutboundCase):
    def test_an_answer_has_status_headers_and_body_whatever_the_status(self):
        for status in (200, 404, 503):
            found = self.send(answer(http(status, b"text", "X-Kind: a")))

            self.assertEqual((found.status, found.body, found.headers["x-kind"]), (status, b"text", "a"))

    def test_what_is_sent_arrives(self):
        server = Recorder()
        body, headers = {"text": "zu spät"}, {"Authorization": "Bearer x", "X-Own": "1"}
        self.send(server, "POST", "/a/b?c=d", json=body, headers=headers, purpose="alert")

        ((line, asked, content),) = server.asked
        self.assertEqual(line, "POST /a/b?c=d HTTP/1.1")
        self.assertEqual(json.loads(content), body)
        expected = {
            "authorization": "bearer x",
            "x-own": "1",
            "content-type": "application/json",
            "user-agent": "odooops (alert)",
            "accept-encoding": "identity",
        }
        self.assertEqual(asked | expected, asked)

    def test_bytes_are_sent_as_they_are(self):
        server = Recorder()
        self.send(server, "PUT", data=b"\x00\xff" * 100_000)

        self.assertEqual(server.asked[0][2], b"\x00\xff" * 100_000)

    def test_the_host_is_looked_up_once_and_its_name_is_what_the_server_is_told(self):
        server, looked_up = Recorder(), []

        def resolve(host, port):
            looked_up.append(host)
            return ["127.0.0.1"]

        self.send(server, host=NAME, network=NETWORK._replace(resolve=resolve))

        self.assertEqual(looked_up, [NAME])
        self.assertTrue(server.asked[0][1]["host"].startswith(f"{NAME}:"))

    def test_the_usual_port_goes_without_saying(self):
        server = Recorder()
        with serving(server) as address:
            port = int(address.rpartition(":")[2])
            network = Network(
                lambda host, port: ["127.0.0.1"],
                lambda asked, seconds: socket.create_connection((asked[0], port), seconds),
            )
            outbound.request("GET", f"http://{NAME}/", network=network)

        self.assertEqual(server.asked[0][1]["host"], NAME)

    def test_an_address_that_keeps_silent_leaves_time_for_the_next(self):
        tried = []

        def connect(address, seconds):
            tried.append(address[0])
            if address[0] == "127.0.0.9":
                raise TimeoutError
            return socket.create_connection(address, seconds)

        network = Network(lambda host, port: ["127.0.0.9", "127.0.0.1"], connect)

        self.assertEqual(self.send(answer(OK), host=NAME, network=network).status, 200)
        self.assertEqual(tried, ["127.0.0.9", "127.0.0.1"])

    def test_what_the_environment_says_of_proxies_and_passwords_is_not_used(self):
        server, nowhere = Recorder(), f"http://{free_address()}"
        with tempfile.TemporaryDirectory() as folder:
            netrc = Path(folder, "netrc")
            netrc.write_text(f"machine 127.0.0.1 login x password {PLANTED}")
            self.set_environment(http_proxy=nowhere, HTTP_PROXY=nowhere, ALL_PROXY=nowhere, NETRC=str(netrc))
            self.send(server)

        self.assertNotIn("authorization", server.asked[0][1])

    def test_a_cookie_is_not_sent_back(self):
        server = Recorder(http(200, b"", "Set-Cookie: a=b"))
        with serving(server) as address:
            for _ in range(2):
                outbound.request("GET", f"http://{address}/")

        self.assertNotIn("cookie", server.asked[1][1])

    def test_a_redirect_is_refused_and_its_target_not_told(self):
        for status in (301, 302, 303, 307, 308):
            behaviour = answer(http(status, b"", f"Location: http://127.0.0.1/{PLANTED}"))
            self.assert_fails(outbound.Refused, f"redirect .{status}.", behaviour)

    def test_a_method_of_ones_own_and_a_header_of_two_lines_are_refused(self):
        self.assert_fails(outbound.Refused, "no method", answer(OK), method="GET / HTTP/1.1\r\nX")
        for value in (f"{PLANTED}\r\nX: y", f"{PLANTED}\n", 5):
            self.assert_fails(outbound.Refused, "cannot be written", answer(OK), headers={"X-Own": value})

    def test_a_number_that_json_does_not_have_is_refused(self):
        self.assert_fails(outbound.Refused, "cannot be written", answer(OK), method="POST", json=float("nan"))


class TestOutboundFailures(OutboundCase):
    def test_nobody_who_listens_is_unreachable(self):
        with self.assertRaisesRegex(outbound.Unreachable, "Connection refused"):
            outbound.request("GET", f"http://{free_address()}/")

    def test_a_name_that_nobody_knows_is_unreachable(self):
        def resolve(_host, _port):
            raise socket.gaierror(-2, "Name or service not known")

        for answers in (resolve, lambda host, port: []):
            network = NETWORK._replace(resolve=answers)
            self.assert_fails(
                outbound.Unreachable, "is not known", answer(OK), retry=True, host=NAME, network=network
            )

    def test_a_server_that_closes_or_speaks_something_else_is_unreachable(self):
        for reply in (b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nCont"):
            self.assert_fails(
                outbound.Unreachable, "cannot be reached|as HTTP has it", answer(reply), retry=True
            )

    def test_a_body_that_ends_too_early_is_no_answer(self):
        for reply in (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n1234",
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 99)[:-3],
        ):
            self.assert_fails(outbound.Unreachable, "as HTTP has it", answer(reply), retry=True)

    def test_silence_and_a_byte_now_and_then_end_with_the_time(self):
        def drip_body(connection, end):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not end.wait(0.02):
                connection.sendall(b".")

        def drip_headers(connection, end):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not end.wait(0.02):
                connection.sendall(b"X: y\r\n")

        def always_continue(connection, end):
            while not end.wait(0.02):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

        for behaviour in (silence, drip, drip_body, drip_headers, always_continue):
            self.assert_fails(outbound.TooSlow, "within 0.3 s", behaviour, retry=True, seconds=0.3)

    def test_a_server_that_takes_no_body_ends_with_the_time(self):
        self.assert_fails(
            outbound.TooSlow,
            "within",
            silence,
            retry=True,
            method="POST",
            data=bytes(50_000_000),
            seconds=0.3,
        )

    def test_a_tls_server_that_does_not_shake_hands_ends_with_the_time(self):
        self.assert_fails(outbound.TooSlow, "within", silence, retry=True, scheme="https", seconds=0.3)

    def test_a_resolver_that_hangs_ends_with_the_time(self):
        end = threading.Event()
        self.addCleanup(end.set)
        network = NETWORK._replace(resolve=lambda host, port: end.wait() and [])

        self.assert_fails(
            outbound.TooSlow, "within", answer(OK), retry=True, host=NAME, network=network, seconds=0.2
        )

    def test_more_than_is_wanted_is_refused_in_every_form(self):
        chunked = (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"400\r\n"
            + b"x" * 1024
            + b"\r\n0\r\n\r\n"
        )
        bomb = gzip.compress(bytes(50_000_000))
        for behaviour in (
            flood,
            answer(http(200, b"x" * 1001)),
            answer(chunked),
            answer(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(1001))),
            answer(http(200, bomb, "Content-Encoding: gzip")),
            answer(http(200, b"", *(f"X-{number}: {'y' * 1000}" for number in range(80)))),
        ):
            self.assert_fails(outbound.TooLarge, "more than is wanted", behaviour, max_bytes=1000)

    def test_as_much_as_is_wanted_is_an_answer(self):
        for reply in (
            http(200, b"x" * 1000),
            http(200, gzip.compress(b"x" * 1000), "Content-Encoding: gzip"),
        ):
            self.assertEqual(self.send(answer(reply), max_bytes=1000).body, b"x" * 1000)

    def test_too_many_or_too_long_headers_are_no_answer(self):
        for headers in ([f"X-{number}: y" for number in range(101)], ["X: " + "y" * 70_000]):
            self.assert_fails(
                outbound.Unreachable,
                "cannot be reached|as HTTP has it",
                answer(http(200, b"", *headers)),
                retry=True,
            )


class TestOutboundTls(OutboundCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.enterContext(tempfile.TemporaryDirectory()))
        self.options = {
            "scheme": "https",
            "host": NAME,
            "network": NETWORK._replace(resolve=lambda host, port: ["127.0.0.1"]),
        }

    def trust(self):
        self.set_environment(ODOOOPS_OUTBOUND_CA_FILE=str(self.authority.file))

    def test_a_certificate_of_the_operators_own_authority_is_trusted_for_the_name(self):
        self.trust()
        context, names = self.authority.issue(NAME), []
        context.sni_callback = lambda connection, name, context: names.append(name)
        server = Recorder()

        self.assertEqual(self.send(secured(server, context), **self.options).status, 200)
        self.assertEqual(names, [NAME])
        self.assertTrue(server.asked[0][1]["host"].startswith(f"{NAME}:"))

    def test_without_the_operators_word_it_is_not_trusted(self):
        behaviour = secured(answer(OK), self.authority.issue(NAME))

        self.assert_fails(outbound.Refused, "certificate that is not trusted", behaviour, **self.options)

    def test_a_certificate_for_another_name_or_out_of_date_is_not_trusted(self):
        self.trust()
        for context in (self.authority.issue("other.example.com"), self.authority.issue(NAME, days=-1)):
            behaviour = secured(answer(OK), context)
            self.assert_fails(outbound.Refused, "certificate that is not trusted", behaviour, **self.options)

    def test_nothing_is_sent_before_the_certificate_is_trusted(self):
        received = []

        def behave(connection, _end):
            received.append(connection.recv(65536))

        self.assert_fails(
            outbound.Refused, "not trusted", secured(behave, self.authority.issue(NAME)), **self.options
        )
        self.assertEqual(b"".join(received), b"")

    def test_plain_http_where_tls_is_written_does_not_agree(self):
        self.assert_fails(
            outbound.Unreachable, "does not agree on TLS", answer(OK), retry=True, **self.options
        )

    def test_a_file_of_authorities_that_cannot_be_read_stops_everything(self):
        for file in ("/nowhere/ca.pem", __file__):
            self.set_environment(ODOOOPS_OUTBOUND_CA_FILE=file)
            self.assert_fails(outbound.Refused, "before ODOOOPS_OUTBOUND_CA_FILE", answer(OK), **self.options)

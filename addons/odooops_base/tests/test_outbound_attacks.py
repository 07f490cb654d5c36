"""Nobody reaches by a URL in a record what only this machine can reach.

A listener on every address of the loopback is the proof: it gets no connection. Whatever would go elsewhere is not
sent at all, and counted.
"""

import contextlib
import ipaddress
import json
import os
import socket
import tempfile
from pathlib import Path
from unittest.mock import patch

from requests.adapters import HTTPAdapter

from odoo.tests import BaseCase
from odoo.tools import config

from .. import outbound
from ..connection import Network
from .common import answer, serving

VECTORS = json.loads((Path(__file__).parents[3] / "tests/vectors/ssrf.json").read_text())["urls"]
PUBLIC = "93.184.216.34"


class Listener:
    """Takes connections on both loopbacks; ``connections()`` are those before it was asked."""

    def __init__(self):
        self._server = socket.create_server(
            ("::", 0), family=socket.AF_INET6, dualstack_ipv6=True, backlog=500
        )
        self.port = self._server.getsockname()[1]

    def connections(self):
        """They wait in the kernel in order: ours is the last of them."""
        with socket.create_connection(("127.0.0.1", self.port)) as ours:
            own, found = ours.getsockname()[1], 0
            while True:
                connection, address = self._server.accept()
                connection.close()
                if address[1] == own:
                    return found
                found += 1

    def close(self):
        self._server.close()


class TestOutboundAttacks(BaseCase):
    def setUp(self):
        super().setUp()
        self.listener = self.enterContext(contextlib.closing(Listener()))
        self.connected = []
        self.answers = {}
        self.network = Network(self.resolve, self.connect)
        self.set_environment(ODOOOPS_OUTBOUND_ALLOWED_NETWORKS="")

    def set_environment(self, **variables):
        self.enterContext(patch.dict(os.environ, variables))

    def resolve(self, host, _port):
        """What the test says; each answer once, the last one for ever."""
        answers = self.answers.get(host, [[PUBLIC]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connect(self, address, seconds):
        """To the loopback for real; elsewhere nothing is sent."""
        self.connected.append(address[0])
        if ipaddress.ip_address(address[0]).is_loopback:
            return socket.create_connection(address, seconds)
        raise ConnectionRefusedError(111, "Connection refused")

    def send(self, url):
        return outbound.request("GET", url, network=self.network, seconds=1)

    def fill(self, vector):
        return vector["url"].replace("{port}", str(self.listener.port))

    def test_no_spelling_reaches_what_is_not_public(self):
        for vector in VECTORS:
            url = self.fill(vector)
            with self.subTest(url=ascii(url)), self.assertRaises(outbound.Refused):
                if "resolves" in vector:
                    self.answers[outbound.addresses.parse(url).host] = [vector["resolves"]]
                self.send(url)

        self.assertEqual(self.connected, [])
        self.assertEqual(self.listener.connections(), 0)

    def test_no_version_of_requests_reaches_it_by_a_connection_of_its_own(self):
        """Odoo's own requirements name requests 2.31, which asks an adapter by another method than 2.32 does."""

        def send_of_2_31(adapter, request, **_options):
            connection = adapter.get_connection(request.url, {})
            adapter.cert_verify(connection, request.url, True, None)
            return adapter.build_response(
                request, connection.urlopen("GET", "/", None, {}, retries=False, timeout=1)
            )

        def send_of_2_32_0(adapter, request, **_options):
            pool = adapter.poolmanager.connection_from_url(request.url)
            return adapter.build_response(request, pool.urlopen("GET", "/", retries=False, timeout=1))

        url = f"http://127.0.0.1:{self.listener.port}/"
        for send, refusal in ((send_of_2_31, outbound.Refused), (send_of_2_32_0, AttributeError)):
            with patch.object(HTTPAdapter, "send", send), self.assertRaises(refusal):
                self.send(url)
        self.assertEqual(self.listener.connections(), 0)

        self.set_environment(ODOOOPS_OUTBOUND_ALLOWED_NETWORKS="127.0.0.1")
        with (
            patch.object(HTTPAdapter, "send", send_of_2_31),
            serving(answer(b"HTTP/1.1 204 No\r\n\r\n")) as address,
        ):
            self.assertEqual(self.send(f"http://{address}/").status, 204)

    def test_no_header_leads_elsewhere_or_begins_another_request(self):
        for name in ("Host", "host", "Content-Length", "Transfer-Encoding", "Connection"):
            with self.assertRaisesRegex(outbound.Refused, f"The header {name.lower()} is not for a caller"):
                outbound.request("POST", "http://hooks.example/", headers={name: "x"}, network=self.network)
        self.assertEqual(self.connected, [])

    def test_the_listener_would_have_noticed(self):
        self.set_environment(ODOOOPS_OUTBOUND_ALLOWED_NETWORKS="127.0.0.0/8, ::1")
        self.answers["localhost"] = [["127.0.0.1"]]
        for host in ("127.0.0.1", "127.9.9.9", "[::1]", "localhost"):
            with self.assertRaises(outbound.TooSlow):
                outbound.request(
                    "GET", f"http://{host}:{self.listener.port}/", network=self.network, seconds=0.05
                )

        self.assertEqual(self.listener.connections(), 4)

    def test_no_redirect_reaches_what_is_not_public(self):
        self.set_environment(ODOOOPS_OUTBOUND_ALLOWED_NETWORKS="127.0.0.1")
        statuses = [301, 302, 303, 307, 308]
        for number, vector in enumerate(VECTORS):
            status = statuses[number % len(statuses)]
            location = self.fill(vector).encode()
            reply = b"HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, location)
            with serving(answer(reply)) as address, self.assertRaises(outbound.OutboundError):
                self.send(f"http://{address}/")

        self.assertEqual(set(self.connected), {"127.0.0.1"})
        self.assertEqual(self.listener.connections(), 0)

    def test_a_name_that_is_given_another_address_after_the_check_is_not_asked_again(self):
        self.answers["rebinding.example"] = [[PUBLIC], ["127.0.0.1"]]
        with self.assertRaises(outbound.Unreachable):
            self.send(f"http://rebinding.example:{self.listener.port}/")

        self.assertEqual(self.connected, [PUBLIC])
        self.assertEqual(self.answers["rebinding.example"], [["127.0.0.1"]])
        self.assertEqual(self.listener.connections(), 0)

    def test_a_name_with_one_address_that_is_not_public_is_refused_whole(self):
        for addresses in ([PUBLIC, "10.0.0.1"], ["10.0.0.1", PUBLIC], [PUBLIC, "::1"]):
            self.answers["two.example"] = [addresses]
            with self.assertRaisesRegex(outbound.Refused, "its address is"):
                self.send("http://two.example/")

        self.assertEqual(self.connected, [])

    def test_a_refusal_says_what_to_do_where_something_can_be_done(self):
        with self.assertRaisesRegex(
            outbound.Refused, "private. The operator .* ODOOOPS_OUTBOUND_ALLOWED_NETWORKS"
        ):
            self.send("http://10.0.0.1/")
        with self.assertRaisesRegex(outbound.Refused, "credentials.$"):
            self.send("http://169.254.169.254/")

    def test_metadata_services_stay_closed_when_everything_is_allowed(self):
        self.set_environment(ODOOOPS_OUTBOUND_ALLOWED_NETWORKS="0.0.0.0/0 ::/0")
        self.answers["metadata.google.internal"] = [["169.254.169.254"]]
        for host in ("169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "metadata.google.internal"):
            with self.assertRaises(outbound.Refused):
                self.send(f"http://{host}/latest/meta-data/")

        self.assertEqual(self.connected, [])

    def test_the_operator_s_own_address_may_be_private_and_no_metadata_service(self):
        with self.assertRaises(outbound.Unreachable):
            outbound.request("GET", "http://10.0.0.1/", network=self.network, trusted=True)
        with self.assertRaises(outbound.Refused):
            outbound.request("GET", "http://169.254.169.254/", network=self.network, trusted=True)

        self.assertEqual(self.connected, ["10.0.0.1"])

    def test_a_list_of_networks_that_cannot_be_understood_allows_nothing(self):
        for text in ("127.0.0.1/8", "loopback", "10.0.0.0/8;127.0.0.0/8"):
            self.set_environment(ODOOOPS_OUTBOUND_ALLOWED_NETWORKS=text)
            for host in ("127.0.0.1", "public.example"):
                with self.assertRaisesRegex(
                    outbound.Refused, "before ODOOOPS_OUTBOUND_ALLOWED_NETWORKS is corrected"
                ):
                    self.send(f"http://{host}/")

        self.assertEqual(self.connected, [])


class TestAllowedInConfigurationFile(BaseCase):
    """The section [odooops] of odoo.conf, where the environment says nothing."""

    def setUp(self):
        super().setUp()
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.file = Path(folder, "odoo.conf")
        self.enterContext(patch.dict(config._runtime_options, config=str(self.file)))
        self.enterContext(patch.dict(os.environ))
        os.environ.pop(outbound.ALLOWED, None)

    def send(self):
        with serving(answer(b"HTTP/1.1 204 No\r\n\r\n")) as address:
            return outbound.request("GET", f"http://{address}/").status

    def test_a_network_may_be_allowed_there_and_counts_at_once(self):
        with self.assertRaises(outbound.Refused):
            self.send()
        self.file.write_text(
            "[options]\nworkers = 2\n[odooops]\noutbound_allowed_networks = 10.0.0.0/8, 127.0.0.0/8\n"
        )

        self.assertEqual(self.send(), 204)

    def test_the_environment_wins(self):
        self.file.write_text("[odooops]\noutbound_allowed_networks = 127.0.0.0/8\n")
        os.environ[outbound.ALLOWED] = ""

        with self.assertRaises(outbound.Refused):
            self.send()

    def test_what_cannot_be_understood_allows_nothing(self):
        for text in ("[odooops]\noutbound_allowed_networks = all\n", "no section\n", "[odooops\n"):
            self.file.write_text(text)
            with self.assertRaisesRegex(outbound.Refused, "in odoo.conf is corrected"):
                self.send()

"""HTTP requests to addresses that people write into records: what the platform sends out.

::

    from odoo.addons.odooops_base import outbound

    answer = outbound.request("POST", url, json={"text": "down"}, purpose="alert")

A request goes to public addresses only, unless the operator of the server allows a private network
(``ODOOOPS_OUTBOUND_ALLOWED_NETWORKS``, or ``outbound_allowed_networks`` in the section ``[odooops]`` of odoo.conf):
never because of a record. The host is resolved once, every address is checked, and the connection is made to what was
checked. No redirect is followed, no proxy and no .netrc is used, certificates are verified, and time and size have
one limit each. What is raised never tells more of the URL than scheme, host and port.

It is sent by an adapter of ``requests``: where ``odooops_otel`` is loaded it is measured
(``http.client.request.duration``) and part of the trace as any other, once.
"""

import configparser
import contextlib
import functools
import http.client
import os
import socket
import ssl
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter

from odoo.tools import config

from .connection import NETWORK, Deadline, Network, PinnedConnection, look_up
from .tools import addresses, contents
from .tools.addresses import AddressError, Networks, Target

ALLOWED, CA_FILE = "ODOOOPS_OUTBOUND_ALLOWED_NETWORKS", "ODOOOPS_OUTBOUND_CA_FILE"
SECTION, OPTION = "odooops", "outbound_allowed_networks"
METHODS = frozenset({"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Another Host reaches another site at the address that was checked; the others decide where the next request begins.
OWN_HEADERS = frozenset(
    {"connection", "content-length", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade"}
)
EVERYTHING = addresses.parse_networks("0.0.0.0/0 ::/0")
MAX_HEADER_BYTES = 65536
CHUNK = 65536


class OutboundError(Exception):
    """A request did not succeed. ``retry`` says whether the same may succeed later."""

    retry = False


class Refused(OutboundError):
    """We did not send it, or do not trust who answered: somebody has to change something first."""


class Unreachable(OutboundError):
    """Nobody answers there by HTTP now."""

    retry = True


class TooSlow(OutboundError):
    """It took longer than its time limit."""

    retry = True


class TooLarge(OutboundError):
    """The answer is longer than what was wanted."""


class Answer(NamedTuple):
    """What the server answered, whatever its status; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: bytes | None = None,
    json: Any = None,
    seconds: float = 5,
    max_bytes: int = 1_000_000,
    purpose: str = "gate",
    ports: Collection[int] | None = None,
    trusted: bool = False,
    network: Network = NETWORK,
) -> Answer:
    """Sends one request and returns the answer.

    :param url: http or https, without user name and password
    :param data: the body as it is; or
    :param json: the body as JSON
    :param seconds: time limit of the whole, from looking up the host to the last byte
    :param max_bytes: limit of the body, after decompression
    :param purpose: a word for the receiver's log, in User-Agent
    :param ports: the ports that are allowed; None for all
    :param trusted: whether the URL is the operator's own, from the environment or a file of the server and never from
        a record: then it may lead to any private network
    :param network: resolver and connector, for tests
    :raises OutboundError: Refused, Unreachable, TooSlow or TooLarge
    """
    target = parse(url, ports)
    prepared = _prepare(method, target, headers, data, json, purpose)
    with contextlib.closing(_Adapter(target, network, seconds, trusted)) as adapter:
        adapter.send(prepared)
        answer = adapter.receive(max_bytes)
    if answer.status in REDIRECTS:
        raise Refused(
            f"{target.origin} answers with a redirect ({answer.status}), which is not followed: write the address "
            "that it leads to."
        )
    return answer


def parse(url: str, ports: Collection[int] | None = None) -> Target:
    """Where a request to ``url`` goes; raises Refused for what is no plain http or https URL."""
    try:
        return addresses.parse(url, ports)
    except AddressError as error:
        raise Refused(f"The URL is refused: {error}.") from None


def locate(url: str, *, seconds: float = 5, network: Network = NETWORK) -> tuple[Target, addresses.Address]:
    """Where a request would go, and the address, looked up and checked; nothing is sent. For what others send.

    :raises OutboundError: Refused, Unreachable or TooSlow, as for a request
    """
    target = parse(url)
    with contextlib.closing(_Adapter(target, network, seconds, trusted=False)) as adapter:
        return target, adapter.locate()[0]


def _prepare(
    method: str,
    target: Target,
    headers: Mapping[str, str] | None,
    data: bytes | None,
    json: Any,
    purpose: str,
) -> requests.PreparedRequest:
    if method not in METHODS:
        raise Refused(f"{method!r} is no method of HTTP that is sent from here.")
    if taken := sorted(OWN_HEADERS & {name.lower() for name in headers or ()}):
        raise Refused(
            f"The header {taken[0]} is not for a caller to set: it says where a request ends or whom it is for."
        )
    own = {"User-Agent": f"OdooOps ({purpose})", "Connection": "close"}
    try:
        return requests.Request(
            method, target.url, headers=own | dict(headers or {}), data=data, json=json
        ).prepare()
    except (requests.RequestException, TypeError, ValueError) as error:
        # Its text may hold the value of a header.
        kind = type(error).__name__
        raise Refused(f"The request to {target.origin} cannot be written ({kind}).") from None


class _Adapter(HTTPAdapter):
    """Sends one request by a connection of ours instead of urllib3's, whose log tells whole URLs.

    Checks are made within ``send``, so that who measures it also sees what was refused.
    """

    def __init__(self, target: Target, network: Network, seconds: float, trusted: bool):
        super().__init__()
        self._target = target
        self._trusted = trusted
        self._network = network
        self._seconds = seconds
        self._deadline = Deadline(seconds)
        self._connection: PinnedConnection | None = None
        self._received: http.client.HTTPResponse | None = None

    def init_poolmanager(self, *_args, **_options):
        """There is no pool: what asks for a connection in a way that is not known here gets none."""

    def get_connection(self, url, proxies=None):
        """How requests before 2.32 asks, which Odoo's own list of requirements names."""
        return self._open()

    def get_connection_with_tls_context(self, request, verify, proxies=None, cert=None):
        """How requests asks since 2.32."""
        return self._open()

    def _open(self):
        with self._explained():
            found = self.locate()
            context = _tls_context() if self._target.scheme == "https" else None
            self._connection = PinnedConnection(self._target, found, self._network, self._deadline, context)
        return self

    def locate(self) -> list[addresses.Address]:
        """The addresses of the host, each of which we may connect to."""
        with self._explained():
            found = look_up(self._target, self._network, self._deadline)
        _check(self._target, found, EVERYTHING if self._trusted else _allowed_networks())
        return found

    def cert_verify(self, conn, url, verify, cert):
        """The TLS context of the connection does."""

    def urlopen(self, method, url, body, headers, **_options):
        with self._explained():
            self._connection.request(method, url, body, headers)
            self._received = self._connection.getresponse()
        response = requests.Response()
        response.status_code = self._received.status
        return response

    def build_response(self, req, resp):
        return resp

    def receive(self, max_bytes: int) -> Answer:
        with self._explained():
            return _receive(self._received, max_bytes)

    def close(self):
        """Closes the connection; there is no pool to be closed."""
        if self._connection:
            self._connection.release()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """What happens on the network, as an OutboundError that tells nothing secret."""
        try:
            yield
        except OutboundError:
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._translate(error) from None
        # An end of the connection that the deadline made looks like the end of a body.
        if self._deadline.is_over:
            raise self._translate(TimeoutError())

    def _translate(self, error: Exception) -> OutboundError:
        origin = self._target.origin
        if self._deadline.is_over or isinstance(error, TimeoutError):
            return TooSlow(f"{origin} did not answer completely within {self._seconds:g} s.")
        if isinstance(error, ssl.SSLCertVerificationError):
            return Refused(f"{origin} shows a certificate that is not trusted: {error.verify_message}.")
        if isinstance(error, ssl.SSLError):
            return Unreachable(f"{origin} does not agree on TLS ({error.reason}).")
        if isinstance(error, socket.gaierror):
            return Unreachable(f"The host of {origin} is not known.")
        if isinstance(error, OSError):
            return Unreachable(
                f"{origin} cannot be reached ({error.strerror or 'the connection was closed'})."
            )
        if isinstance(error, contents.TooLong):
            return TooLarge(f"{origin} answers with more than is wanted.")
        return Unreachable(f"{origin} does not answer as HTTP has it.")


def _check(target: Target, found: list[addresses.Address], allowed: Networks) -> None:
    """Refuses a host when one of its addresses is not for us: which one it will be is not ours to bet on."""
    for address in found:
        if why := addresses.refusal(address, allowed):
            hint = f" The operator of the server can allow its network with {ALLOWED}."
            raise Refused(
                f"{target.origin} is refused: its address is {why}.{hint if addresses.can_be_allowed(address) else ''}"
            )


def _allowed_networks() -> Networks:
    """The private networks that the operator allows; what cannot be understood allows nothing, public ones included."""
    text, source = os.environ.get(ALLOWED), ALLOWED
    try:
        if text is None:
            source = f"{OPTION} in odoo.conf"
            text = _option()
        return addresses.parse_networks(text)
    except AddressError as error:
        raise Refused(f"Nothing is sent before {source} is corrected: {error}.") from None


def _option() -> str:
    """Read each time: a change needs no restart. Odoo itself reads no section but its own."""
    parser = configparser.RawConfigParser()
    try:
        parser.read(config["config"] or [])
        return parser.get(SECTION, OPTION, fallback="")
    except (configparser.Error, UnicodeDecodeError, OSError):
        raise AddressError("the file cannot be read") from None


def _tls_context() -> ssl.SSLContext:
    file = os.environ.get(CA_FILE, "")
    try:
        return _make_tls_context(file, os.stat(file).st_mtime_ns if file else 0)
    except OSError:
        raise Refused(f"Nothing is sent by TLS before {CA_FILE} is corrected: it cannot be read.") from None


@functools.lru_cache(maxsize=1)
def _make_tls_context(file: str, _changed_at: int) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(requests.certs.where())
    if file:
        context.load_verify_locations(file)
    return context


def _receive(response: http.client.HTTPResponse, max_bytes: int) -> Answer:
    if response.msg.defects:
        raise http.client.HTTPException
    headers = {name.lower(): value for name, value in response.getheaders()}
    if sum(len(name) + len(value) for name, value in response.getheaders()) > MAX_HEADER_BYTES:
        raise contents.TooLong
    body = bytearray()
    while chunk := response.read(min(CHUNK, max_bytes + 1 - len(body))):
        body += chunk
        if len(body) > max_bytes:
            raise contents.TooLong
    # http.client says nothing when a body ends before its Content-Length.
    if response.length:
        raise http.client.IncompleteRead(b"")
    encoding = headers.get("content-encoding", "")
    return Answer(response.status, headers, contents.decode(bytes(body), encoding, max_bytes))

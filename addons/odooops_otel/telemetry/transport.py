"""One keep-alive connection to an OTLP/HTTP receiver.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import ssl
import time
import urllib.parse
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from ..tools import backoff

# The answer is an ExportServiceResponse of a few bytes; a page of HTML is nobody's answer.
MAX_ANSWER = 65_536
MIN_TO_COMPRESS = 1024
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Outcome(NamedTuple):
    """What became of a request: taken, or to be sent again, or neither (refused for good)."""

    is_taken: bool
    is_retryable: bool = False
    retry_after: float | None = None
    problem: str = ""


TAKEN = Outcome(True)


class Transport:
    """Posts bodies to one endpoint. Not thread-safe: the sender thread alone uses it."""

    def __init__(
        self, endpoint: str, headers: dict[str, str], compression: str = "auto", certificate: str = ""
    ):
        self._url = urllib.parse.urlsplit(endpoint)
        self._headers = {
            "Content-Type": "application/x-protobuf",
            "User-Agent": "OdooOps-OTLP-Exporter/1.0",
            **headers,
        }
        # Over loopback compression costs both sides CPU and saves nothing.
        self._compresses = compression == "gzip" or (
            compression == "auto" and self._url.hostname not in _LOCAL
        )
        self._certificate = certificate
        self._connection: http.client.HTTPConnection | None = None

    def post(self, body: bytes, timeout: float) -> Outcome:
        """Send one request; any failure is an outcome, never an exception."""
        headers = self._headers
        if self._compresses and len(body) >= MIN_TO_COMPRESS:
            # Level 1: a third of the CPU of level 9 for nearly the same size of such bodies.
            body, headers = gzip.compress(body, 1), {**headers, "Content-Encoding": "gzip"}
        for is_reused in (self._connection is not None, False):
            try:
                return self._send(body, headers, timeout)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                # A kept connection may have been closed by the other side meanwhile: once anew.
                # One that is open and silent has used up the time.
                if not is_reused or isinstance(error, TimeoutError):
                    return Outcome(False, True, None, f"{type(error).__name__}: {error}")
            except ValueError as error:
                # http.client refuses a header or a path that it could not write
                self.close()
                return Outcome(
                    False, False, None, f"{type(error).__name__}: check OTEL_EXPORTER_OTLP_HEADERS"
                )
        raise AssertionError("unreachable")

    def close(self) -> None:
        if self._connection:
            with contextlib.suppress(OSError):
                self._connection.close()
            self._connection = None

    def _send(self, body: bytes, headers: dict[str, str], timeout: float) -> Outcome:
        connection = self._connect(timeout)
        path = self._url.path or "/"
        connection.request("POST", f"{path}?{self._url.query}" if self._url.query else path, body, headers)
        response = connection.getresponse()
        answer = response.read(MAX_ANSWER)
        if response.will_close or not response.isclosed():
            self.close()
        return _judge(response, answer)

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        if self._connection is None:
            host, port = self._url.hostname, self._url.port
            if self._url.scheme == "https":
                self._connection = http.client.HTTPSConnection(
                    host, port, timeout=timeout, context=self._tls_context()
                )
            else:
                self._connection = http.client.HTTPConnection(host, port, timeout=timeout)
        elif self._connection.sock:
            self._connection.sock.settimeout(timeout)
        return self._connection

    def _tls_context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._certificate or None)
        except OSError as error:  # ssl.SSLError is one
            problem = f"OTEL_EXPORTER_OTLP_CERTIFICATE={self._certificate!r} cannot be used: {error}"
            raise OSError(problem) from None


def _judge(response: http.client.HTTPResponse, answer: bytes) -> Outcome:
    if 200 <= response.status < 300:
        return TAKEN
    said = " ".join(answer[:200].decode("utf-8", "replace").split())
    problem = f"HTTP {response.status} {response.reason}: {said}"
    is_retryable = response.status in backoff.RETRYABLE_STATUS
    return Outcome(False, is_retryable, _retry_after(response.headers.get("Retry-After")), problem)


def _retry_after(header: str | None) -> float | None:
    """Seconds or an HTTP date (RFC 9110 §10.2.3)."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    with contextlib.suppress(ValueError):
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    return None

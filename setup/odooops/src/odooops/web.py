"""HTTP to the servers of a stack: answers with a limit on time and size, every failure told in one line."""

import json
import time
from dataclasses import dataclass
from typing import Any

import requests
import urllib3

from .stack.errors import StackError
from .text import one_line

MAX_BYTES = 64_000_000
CHUNK = 65_536
SECONDS = 30.0
# How Loki and Tempo are told whose data is meant: https://grafana.com/docs/loki/latest/operations/multi-tenancy/
TENANT_HEADER = "X-Scope-OrgID"


class ServerError(StackError):
    """A server gave no usable answer."""


class TooLarge(ServerError):
    """An answer is larger than anybody wants."""


class Unreachable(ServerError):
    """Nobody answers, or not in time, or only to say that it cannot now: trying again may help."""


class Refused(ServerError):
    """The server understood and said no; ``status`` is its HTTP status."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Server:
    """One server: its name for people, its address, and the tenant whose data is asked for."""

    name: str
    url: str
    tenant: str | None = None

    def get(self, path: str, params: dict[str, Any] | None = None, seconds: float = SECONDS) -> Any:
        """The JSON at ``path``; raises ServerError."""
        return self._parsed(self.request("GET", path, seconds, params=params))

    def text(self, path: str, seconds: float = SECONDS) -> str:
        """The text at ``path``; raises ServerError."""
        return self.request("GET", path, seconds).decode(errors="replace")

    def post(self, path: str, body: Any, seconds: float = SECONDS) -> None:
        """Posts ``body`` as JSON; raises ServerError."""
        self.request("POST", path, seconds, json=body)

    def request(self, method: str, path: str, seconds: float, **options: Any) -> bytes:
        """The body of the answer, when its status is good; raises ServerError."""
        headers = {"Accept": "application/json, text/plain;q=0.9, */*;q=0.1"} | options.pop("headers", {})
        if self.tenant:
            headers[TENANT_HEADER] = self.tenant
        deadline = time.monotonic() + seconds
        try:
            with requests.Session() as session:
                # A proxy or a password file of the environment is not for the servers of the stack.
                session.trust_env = False
                with session.request(
                    method, f"{self.url}{path}", headers=headers, timeout=seconds, stream=True, **options
                ) as answer:
                    return self._checked(answer, self._body(answer, deadline))
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise self._too_slow(seconds) from None
        except requests.ConnectionError as error:
            raise Unreachable(f"{self.name} does not answer at {self.url}: {cause(error)}") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise ServerError(f"{self.name} at {self.url}: {one_line(str(error))}") from None

    def _body(self, answer: requests.Response, deadline: float) -> bytes:
        try:
            return read_body(answer, deadline, MAX_BYTES)
        except TooLarge:
            raise ServerError(
                f"the answer of {self.name} is larger than {MAX_BYTES // 1_000_000} MB: "
                "ask for less, with a narrower query, --since or --limit"
            ) from None

    def _checked(self, answer: requests.Response, body: bytes) -> bytes:
        if answer.ok:
            return body
        said = _said(body) or answer.reason
        if answer.status_code >= 500:
            raise Unreachable(f"{self.name} cannot answer now ({answer.status_code}): {said}")
        raise Refused(f"{self.name} refused ({answer.status_code}): {said}", answer.status_code)

    def _parsed(self, body: bytes) -> Any:
        try:
            return json.loads(body)
        except ValueError:
            raise ServerError(
                f"what answers at {self.url} is not {self.name}, it does not speak JSON: "
                "setup/cli status shows who should have that port"
            ) from None

    def _too_slow(self, seconds: float) -> Unreachable:
        return Unreachable(f"{self.name} at {self.url} did not answer within {seconds:g} s")


def read_body(answer: requests.Response, deadline: float, max_bytes: int) -> bytes:
    """The body of an answer, unpacked; raises requests.Timeout after ``deadline`` (monotonic), TooLarge."""
    # What is there, bit by bit: the time limit of requests is for one read, not for the whole answer.
    body = bytearray()
    while chunk := answer.raw.read1(CHUNK, decode_content=True):
        body += chunk
        if time.monotonic() > deadline:
            raise requests.Timeout
        if len(body) > max_bytes:
            raise TooLarge(f"the answer is larger than {max_bytes // 1_000_000} MB: ask for less")
    return bytes(body)


def garbled(server: Server) -> ServerError:
    """For an answer in JSON that is not what this server gives."""
    return ServerError(f"{server.name} gave an answer that is none: is it {server.name}?")


def _said(body: bytes) -> str:
    """What an error answer says: Prometheus and Alertmanager put it into JSON, Loki and Tempo send plain text."""
    text = body.decode(errors="replace")
    try:
        parsed = json.loads(text)
    except ValueError:
        return one_line(text)
    if isinstance(parsed, dict):
        return one_line(str(parsed.get("error") or parsed.get("message") or text))
    return one_line(text)


def cause(error: Exception) -> str:
    """Why there is no connection, in the words of the system where these are known."""
    text = str(error)
    for known in (
        "Connection refused",
        "Connection reset",
        "Connection aborted",
        "Name or service not known",
    ):
        if known in text:
            return known.lower()
    return one_line(text)

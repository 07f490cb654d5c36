"""One POST over HTTP: certificates verified, no redirect followed, no password file read, time and size limited."""

import time
from typing import NamedTuple

import requests
import urllib3

from .stack.errors import StackError
from .text import one_line
from .web import Unreachable, cause, read_body

MAX_BYTES = 64_000_000
# A connection is there at once or not at all; the answer may take its time.
CONNECT_SECONDS = 10.0


class NotReached(Unreachable):
    """Nobody answers at the address, or not in time."""


class Answer(NamedTuple):
    """The status and the body of an answer."""

    status: int
    body: bytes


def post(
    url: str, headers: dict[str, str], body: bytes, seconds: float, *, ca_file: str | None = None
) -> Answer:
    """Sends ``body``; raises NotReached, StackError when there is no answer that could be read.

    ``ca_file`` has the certificates to trust instead of the system's.
    """
    host = "/".join(url.split("/")[:3])
    deadline = time.monotonic() + seconds
    try:
        with requests.Session() as session:
            # Of the environment only the proxy: a .netrc would put another password in the place of our key.
            session.trust_env = False
            session.proxies = requests.utils.get_environ_proxies(url)
            session.verify = ca_file or True
            options = {"timeout": (CONNECT_SECONDS, seconds), "stream": True, "allow_redirects": False}
            with session.post(url, data=body, headers=headers, **options) as answer:
                return Answer(answer.status_code, read_body(answer, deadline, MAX_BYTES))
    except (requests.Timeout, urllib3.exceptions.TimeoutError):
        raise NotReached(f"{host} did not answer within {seconds:g} s") from None
    except requests.exceptions.SSLError as error:
        raise StackError(
            f"the certificate of {host} is not trusted ({_reason(error)}): correct it there, or name the file of its "
            "authority as ca_file in the profile"
        ) from None
    except requests.ConnectionError as error:
        raise NotReached(f"{host} does not answer: {cause(error)}") from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise StackError(f"{host}: {one_line(str(error))}") from None


def _reason(error: Exception) -> str:
    """The part of OpenSSL's message that a person can use: "certificate has expired"."""
    text = one_line(str(error))
    return text.partition("certificate verify failed: ")[2].partition(" (_ssl")[0] or text[-120:]

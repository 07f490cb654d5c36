"""Whether a process of the stack works: the checks of components.json."""

import http.client
import socket
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from . import listeners

TIMEOUT = 1.0
# The stack is on loopback: a proxy of the environment must not be asked for it.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def passes(check: dict[str, Any], pid: int | None = None) -> bool:
    """Runs a check: http wants a 2xx answer, tcp a connection, none always passes; each within a second.

    With ``pid`` the answer must come from that process or a descendant of it, not from whoever else has the port.
    """
    if check["type"] == "http":
        return _answers(check["url"]) and _is_of(pid, urllib.parse.urlsplit(check["url"]).port)
    if check["type"] == "tcp":
        return _connects(check["address"]) and _is_of(pid, int(check["address"].rpartition(":")[2]))
    return True


def _is_of(pid: int | None, port: int) -> bool:
    return pid is None or listeners.listens(pid, port)


def _answers(url: str) -> bool:
    try:
        with _opener.open(url, timeout=TIMEOUT) as response:
            return 200 <= response.status < 300
    except (OSError, http.client.HTTPException, urllib.error.URLError):
        return False


def _connects(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=TIMEOUT):
            return True
    except OSError:
        return False

"""Which servers hear of our traces when Odoo calls them.

``traceparent`` holds random ids and is harmless to anyone
(https://www.w3.org/TR/trace-context/#privacy-of-traceparent-field). ``tracestate`` and ``baggage``
hold what others put into them, perhaps names of customers: they go to servers that are named, and
to no other (https://www.w3.org/TR/baggage/#privacy-of-the-baggage-header).
"""

from __future__ import annotations

import re

from .convert import InvalidValue

EVERYONE, NOBODY = "*", "none"
_HOST = re.compile(r"\.?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|[0-9a-f:]+")


class Audience:
    """Who is told: everybody, or the servers of a list; ``.example.com`` stands for all below it."""

    def __init__(self, hosts: tuple[str, ...]):
        self._is_open = EVERYONE in hosts
        self._hosts = frozenset(host for host in hosts if not host.startswith("."))
        self._domains = tuple(host for host in hosts if host.startswith("."))

    def hears_ids(self, host: str) -> bool:
        """Whether ``traceparent`` goes to a server."""
        return self._is_open or self.is_named(host)

    def is_named(self, host: str) -> bool:
        """Whether ``tracestate`` and ``baggage`` go there, too."""
        return host in self._hosts or host.endswith(self._domains)


def audience(value: str) -> tuple[str, ...]:
    """``*``, ``none``, or hosts separated by commas, which may stand beside ``*``."""
    hosts = tuple(filter(None, (host.strip().lower() for host in value.split(","))))
    if hosts == (NOBODY,):
        return ()
    if not hosts or NOBODY in hosts or not all(host == EVERYONE or _HOST.fullmatch(host) for host in hosts):
        raise InvalidValue("is neither *, none, nor a list of host names without ports, separated by commas")
    return hosts

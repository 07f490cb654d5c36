"""A connection to addresses that were checked before, with one time limit over all that happens on it.

Used by ``outbound`` alone.
"""

import contextlib
import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .tools.addresses import Address, Target


class Network(NamedTuple):
    """The two things by which a request touches the network; tests give others."""

    resolve: Callable[[str, int], list[str]]
    connect: Callable[[tuple[str, int], float], socket.socket]


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(entry[4][0] for entry in found))


NETWORK = Network(_resolve, socket.create_connection)


class Deadline:
    """A time limit over several steps, kept also by a peer that sends a byte now and then."""

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds
        self.is_over = False

    def remaining(self) -> float:
        """Seconds that are left; raises TimeoutError when none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            self.is_over = True
            raise TimeoutError
        return left

    def watch(self, connection: socket.socket) -> Callable[[], None]:
        """Ends the connection when the time is over; returns what stops the watch.

        A limit on each read would begin anew with each byte. Another descriptor of the same connection is shut down,
        so that whatever reads or writes, TLS included, meets its end.
        """
        other = connection.dup()

        def cut() -> None:
            self.is_over = True
            with contextlib.suppress(OSError):
                other.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self.remaining(), cut)
        timer.daemon = True
        timer.start()

        def stop() -> None:
            timer.cancel()
            other.close()

        return stop


def look_up(target: Target, network: Network, deadline: Deadline) -> list[Address]:
    """The addresses of a host; raises OSError (of the resolver, TimeoutError) when there are none.

    The resolver cannot be interrupted: it has a thread, which is left to itself when it takes too long.
    """
    with contextlib.suppress(ValueError):
        return [ipaddress.ip_address(target.host)]
    answers: queue.SimpleQueue = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put(network.resolve(target.host, target.port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=work, name="odooops.outbound.resolver", daemon=True).start()
    try:
        found = answers.get(timeout=deadline.remaining())
    except queue.Empty:
        deadline.is_over = True
        raise TimeoutError from None
    if isinstance(found, Exception) or not found:
        raise socket.gaierror(f"{target.host} has no address")
    # A zone (fe80::1%eth0) is no part of what is checked; link-local ones are refused anyhow.
    return [ipaddress.ip_address(text.partition("%")[0]) for text in found]


class PinnedConnection(http.client.HTTPConnection):
    """HTTP or HTTPS to one of ``addresses``; the name is what certificate, SNI and Host header are about."""

    def __init__(
        self,
        target: Target,
        addresses: Sequence[Address],
        network: Network,
        deadline: Deadline,
        context: ssl.SSLContext | None,
    ):
        super().__init__(target.host, target.port)
        # Which port goes without saying in the Host header.
        self.default_port = 443 if context else 80
        self._addresses = addresses
        self._network = network
        self._deadline = deadline
        self._context = context
        self._stop_watch: Callable[[], None] = lambda: None

    def connect(self) -> None:
        self.sock = self._reach()
        self._stop_watch = self._deadline.watch(self.sock)
        if self._context:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)

    def _reach(self) -> socket.socket:
        failure: OSError = socket.gaierror("no address")
        for left, address in zip(range(len(self._addresses), 0, -1), self._addresses, strict=True):
            # One that keeps silent leaves time for those after it.
            seconds = self._deadline.remaining() / left
            try:
                connection = self._network.connect((str(address), self.port), seconds)
            except OSError as error:
                failure = error
                continue
            connection.settimeout(self._deadline.remaining())
            return connection
        raise failure

    def release(self) -> None:
        """Closes it and stops the watch. ``close`` is also called when only the body is left to read."""
        self.close()
        self._stop_watch()

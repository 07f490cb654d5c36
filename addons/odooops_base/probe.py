"""Asks the parts of the platform whether they work.

Each check has a time limit of its own and runs in a thread of its own, so that a dead part delays nobody. It
connects only to the address it was given: no proxy, no redirect, no credentials, and little of the answer is read.
"""

import math
import socket
import ssl
import threading
import time
from collections.abc import Sequence

from .tools.components import Check, Outcome, parse_status

# Seconds for one check, and for all of them together. The second is longer because names are resolved, and
# several addresses of one name are tried, outside of the first.
CHECK_LIMIT = 1.0
TOTAL_LIMIT = 1.5
# Seconds for which a part that did not answer is not asked again: each look at it costs a worker of Odoo a second, and
# with several viewers there would be none left for the users.
HANGING_FOR = 5.0
# Bytes. The status line is what counts; the rest is read so that the server need not be cut off in an answer.
READ_LIMIT = 8192

# When a check last met silence, by this process's monotonic clock.
_silent_at: dict[Check, float] = {}


def run_all(
    checks: Sequence[Check | None], check_limit: float = CHECK_LIMIT, total_limit: float = TOTAL_LIMIT
) -> list[Outcome | None]:
    """One outcome a check, in order; None without a check or when it has not ended after ``total_limit`` seconds."""
    outcomes: list[Outcome | None] = [None] * len(checks)

    def work(index: int, check: Check) -> None:
        outcomes[index] = run(check, check_limit)

    threads = [
        # Daemons: a name server that hangs must not hold up the end of the process.
        threading.Thread(target=work, args=item, name="odooops.probe", daemon=True)
        for item in enumerate(checks)
        if item[1] is not None
    ]
    deadline = time.monotonic() + total_limit
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
    return outcomes.copy()


def run(check: Check, limit: float = CHECK_LIMIT) -> Outcome:
    """Runs one check. What the network says is an outcome, not an exception."""
    if time.monotonic() - _silent_at.get(check, -math.inf) < HANGING_FOR:
        return Outcome(error="timeout")
    outcome = _run(check, limit)
    if outcome.error == "timeout":
        _silent_at[check] = time.monotonic()
    else:
        _silent_at.pop(check, None)
    return outcome


def _run(check: Check, limit: float) -> Outcome:
    start = time.monotonic()
    try:
        with socket.create_connection((check.host, check.port), timeout=limit) as connection:
            status = _ask(connection, check, start + limit) if check.target else 0
    except TimeoutError:
        return Outcome(error="timeout")
    except ConnectionRefusedError:
        return Outcome(error="refused")
    except ssl.SSLError:
        return Outcome(error="tls")
    except (socket.gaierror, UnicodeError):
        return Outcome(error="unresolved")
    except OSError:
        return Outcome(error="unreachable")
    if status is None:
        return Outcome(error="garbled")
    return Outcome(status=status, seconds=time.monotonic() - start)


def _ask(connection: socket.socket, check: Check, deadline: float) -> int | None:
    if check.tls:
        context = ssl.create_default_context()
        connection = context.wrap_socket(connection, server_hostname=check.host)
    with connection:
        headers = f"Host: {check.address}\r\nUser-Agent: odooops\r\nConnection: close\r\n"
        connection.sendall(f"GET {check.target} HTTP/1.1\r\n{headers}\r\n".encode("ascii"))
        return parse_status(_receive(connection, deadline))


def _receive(connection: socket.socket, deadline: float) -> bytes:
    """The answer up to its end, READ_LIMIT or the deadline; TimeoutError if not even a line came in time."""
    received = b""
    while len(received) < READ_LIMIT:
        try:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            chunk = connection.recv(READ_LIMIT - len(received))
        except TimeoutError:
            if b"\n" in received:
                break
            raise
        except ConnectionResetError:
            break
        if not chunk:
            break
        received += chunk
    return received

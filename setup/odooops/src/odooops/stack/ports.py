"""Ports on the loopback interface: free ones, remembered ones, and those that move."""

import socket
from collections.abc import Callable, Iterable

from . import listeners
from .errors import StackError

LOOPBACK = "127.0.0.1"
# The port of the user; the others are between the servers.
USER = "nginx"
WANTED = {
    USER: 8069,
    "odoo": 8170,
    "odoo-evented": 8172,
    "postgresql": 5433,
    "prometheus": 9090,
    "alertmanager": 9093,
    "postgres_exporter": 9187,
    "blackbox_exporter": 9115,
    "otlp": 4318,
    "otelcol_metrics": 8888,
    "otelcol_health": 13133,
    "loki": 3100,
    "loki_grpc": 9096,
    "tempo": 3200,
    "tempo_grpc": 9097,
    "tempo_otlp": 14318,
}
# The program that listens on a port, where it is not that of the port's name.
LISTENS = {
    "odoo-evented": "odoo",
    "otlp": "otelcol",
    "otelcol_metrics": "otelcol",
    "otelcol_health": "otelcol",
    "loki_grpc": "loki",
    "tempo_grpc": "tempo",
    "tempo_otlp": "tempo",
}
TITLES = {USER: "Odoo"}
STRIDE = 10
HIGHEST = 65535


class Reservation:
    """Ports held until the servers listen on them, so that another setup/up does not choose the same.

    A held port is bound but not listening: the kernel lets a server with SO_REUSEADDR (all of ours) have it,
    and refuses it to whoever asks for it alone, as ``take`` does. Where old connections are winding down ``take``
    may not ask for it alone; so a name in the abstract namespace (unix(7)) is held with each port, which one process
    of this machine, or of its network namespace, can have at a time and which goes when it ends.
    """

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> "Reservation":
        return self

    def __exit__(self, *details: object) -> None:
        for held in self._sockets:
            held.close()

    def take(self, port: int) -> bool:
        """Holds the port; False when a server listens on it or somebody else holds it."""
        claim, held = socket.socket(socket.AF_UNIX), socket.socket()
        # Connections in TIME_WAIT of a server that has ended do not count.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, listeners.has_old_connections(port))
        try:
            claim.bind(f"\0odooops.port.{port}")
            held.bind((LOOPBACK, port))
        except OSError:
            claim.close()
            held.close()
            return False
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._sockets += [claim, held]
        return True


def is_free(port: int) -> bool:
    """Whether a server could listen on that port now."""
    with Reservation() as reservation:
        return reservation.take(port)


def parse_port(text: str) -> int:
    """The value of --port; raises StackError when it is not a port an unprivileged process can have."""
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= HIGHEST:
        raise StackError(f"--port {text}: not a port; choose a number from 1024 to {HIGHEST}")
    return int(text)


def choose(
    remembered: dict[str, int], port: int | None, usable: Callable[[int], bool] = is_free
) -> dict[str, int]:
    """A port for every server: ``port`` for nginx when given, the remembered ones where usable, else new ones.

    New ports of one state keep their distance (all plus 10, all plus 20, …): where one port of another state
    is in use, its other ports are left alone, also while that state restarts a process.
    """
    kept = {
        name: number
        for name, number in remembered.items()
        if name in WANTED and name != USER and number != port and usable(number)
    }
    missing = [name for name in WANTED if name not in kept and name != USER]
    blocks = ({name: WANTED[name] + STRIDE * n for name in missing} for n in range(HIGHEST // STRIDE))
    block = next(block for block in blocks if _is_usable(block, {*kept.values(), port}, usable))
    internal = kept | block
    candidates = [remembered.get(USER, WANTED[USER]), *range(WANTED[USER], HIGHEST)]
    user = port or next(n for n in candidates if n not in internal.values() and usable(n))
    return {USER: user} | internal


def _is_usable(block: dict[str, int], taken: set[int | None], usable: Callable[[int], bool]) -> bool:
    return not taken & set(block.values()) and all(map(usable, block.values()))


def told_moves(remembered: dict[str, int], chosen: dict[str, int], refused: Iterable[int]) -> str:
    """One line about the ports that somebody else has and where those move that would have had them, or nothing."""
    customary = WANTED | remembered
    moves = [
        f"port {customary[name]} by {listeners.owner(customary[name])}, so {TITLES.get(name, name)} has {number}"
        for name, number in chosen.items()
        if customary[name] in refused and number != customary[name]
    ]
    return f"Taken: {'; '.join(moves)}; setup/cli status has every address" if moves else ""

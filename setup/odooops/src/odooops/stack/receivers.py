"""Where the caller of setup/up wants telemetry sent: whether anybody takes it there."""

import socket
import threading
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from ..text import one_line

GENERIC = "OTEL_EXPORTER_OTLP_ENDPOINT"
SIGNALS = ("TRACES", "METRICS", "LOGS")
DEFAULT_PORTS = {"http": 80, "https": 443}
SECONDS = 2.0
Address = tuple[str, int]


def warnings(environ: Mapping[str, str]) -> list[str]:
    """A line for each address that these variables name and that nobody answers at; takes two seconds at most."""
    variables: dict[Address, list[str]] = {}
    for name in _used(environ):
        if address := _address(environ.get(name, "").strip()):
            variables.setdefault(address, []).append(name)
    return [
        f"{', '.join(variables[address])}: {one_line(address[0], 100)} port {address[1]} does not answer ({cause}), "
        "so telemetry gets lost: start what shall take it there, or correct the variable, or unset it to have the "
        "stack's own take it; then setup/up"
        for address, cause in _unreachable(list(variables))
    ]


def _used(environ: Mapping[str, str]) -> list[str]:
    """Those of the variables that say where something goes."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return []
    signals = [
        signal for signal in SIGNALS if environ.get(f"OTEL_{signal}_EXPORTER", "").strip().lower() != "none"
    ]
    own = [f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT" for signal in signals]
    named = [name for name in own if environ.get(name, "").strip()]
    return named if len(named) == len(signals) else [GENERIC, *named]


def _address(url: str) -> Address | None:
    """Host and port; nothing of what is no address, of which Odoo itself tells."""
    try:
        parts = urlsplit(url)
        port = DEFAULT_PORTS.get(parts.scheme) if parts.port is None else parts.port
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None


def _unreachable(addresses: list[Address]) -> list[tuple[Address, str]]:
    """Those that nobody answers at, with the cause."""
    causes: dict[Address, str] = {}
    deadline = time.monotonic() + SECONDS
    # In threads: the time limit of a connection does not hold for looking up its name.
    threads = [
        threading.Thread(target=lambda at=at: causes.update({at: _try(at)}), daemon=True) for at in addresses
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    found = {at: causes.get(at, f"not within {SECONDS:g} s") for at in addresses}
    return [(at, cause) for at, cause in found.items() if cause]


def _try(address: Address) -> str:
    """Why there is no connection; empty when there is one."""
    try:
        socket.create_connection(address, timeout=SECONDS).close()
    except TimeoutError:
        return f"not within {SECONDS:g} s"
    except (OSError, UnicodeError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""

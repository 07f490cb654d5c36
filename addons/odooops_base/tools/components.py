"""The list of the platform's parts and what the check of a part says about it.

The list is a JSON file, version 1, written by ``setup/up`` or by hand::

    {"version": 1, "components": [
        {"name": "prometheus", "title": "Prometheus", "purpose": "Stores metrics", "version": "3.5.3",
         "listen": "127.0.0.1:9090", "check": {"type": "http", "url": "http://127.0.0.1:9090/-/ready"}}]}

``name`` and ``title`` are required. A check is ``{"type": "http", "url": …}``, ``{"type": "tcp", "address":
"host:port"}`` or ``{"type": "none"}``. Keys that are not known here are left to later versions.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

VERSION = 1
# Every part with a check costs a thread for up to a second each time somebody looks.
MAX_COMPONENTS = 100

HEALTHY, WARNING, FAILING, UNKNOWN = "healthy", "warning", "failing", "unknown"
# The order on the page: what needs attention first.
STATE_RANK = {FAILING: 0, WARNING: 1, UNKNOWN: 2, HEALTHY: 3}

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
# RFC 9112 §4: status-line = HTTP-version SP status-code SP [ reason-phrase ]
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: [^\r\n]*)?\r?\n")


class ComponentsError(ValueError):
    """The list cannot be used; the text names the field and says what is expected there."""


@dataclass(frozen=True, slots=True)
class Check:
    """How to see that a part works: it answers ``target`` by HTTP, or, without target, takes a connection."""

    host: str
    port: int
    target: str = ""
    tls: bool = False

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.address}{self.target}"


@dataclass(frozen=True, slots=True)
class Component:
    """One part as listed. ``check`` is None where nothing is to be checked."""

    name: str
    title: str
    purpose: str = ""
    version: str = ""
    listen: str = ""
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check met: the HTTP status (0 for TCP), or ``error``: refused, timeout, unresolved, unreachable, tls
    or garbled. ``seconds`` is the time to the answer."""

    status: int = 0
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """How many parts are in which state, and the one state of all."""

    state: str
    total: int
    healthy: int
    warning: int
    failing: int
    unknown: int


def parse(text: str) -> list[Component]:
    """The parts of the file ``text``, in its order. Raises ComponentsError."""
    document = _decode(text)
    _expect(isinstance(document, dict), "the file", 'an object {"version": …, "components": […]}', document)
    version = document.get("version")
    # `True == 1` in Python, and JSON has true
    _expect(version == VERSION and version is not True, "version", str(VERSION), version)
    entries = document.get("components")
    _expect(isinstance(entries, list), "components", "a list", entries)
    if len(entries) > MAX_COMPONENTS:
        raise ComponentsError(f"components: at most {MAX_COMPONENTS} are expected, there are {len(entries)}")
    components = [_component(entry, f"components[{index}]") for index, entry in enumerate(entries)]
    _refuse_twins(components)
    return components


def evaluate(check: Check | None, outcome: Outcome | None) -> tuple[str, str]:
    """The state and the reason for it: ``unchecked``, ``unfinished``, the error, ``redirect``, ``status``, or ""."""
    if check is None:
        return UNKNOWN, "unchecked"
    if outcome is None:
        return UNKNOWN, "unfinished"
    if outcome.error:
        return FAILING, outcome.error
    if not check.target or 200 <= outcome.status < 300:
        return HEALTHY, ""
    return FAILING, "redirect" if 300 <= outcome.status < 400 else "status"


def parse_status(answer: bytes) -> int | None:
    """The status code that the answer of an HTTP server begins with; None if it does not speak HTTP/1."""
    match = _STATUS_LINE.match(answer)
    return int(match[1]) if match else None


def summarise(states: Iterable[str]) -> Summary:
    """Counts ``states``; all together are as the worst of them, in the order of the page."""
    states = list(states)
    count = {state: states.count(state) for state in STATE_RANK}
    worst = min(states, key=STATE_RANK.__getitem__, default=UNKNOWN)
    return Summary(worst, len(states), **count)


def _decode(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ComponentsError(f"line {error.lineno}, column {error.colno}: no JSON: {error.msg}") from None
    except RecursionError:
        raise ComponentsError("the file: nested too deeply") from None


def _component(entry: Any, field: str) -> Component:
    _expect(isinstance(entry, dict), field, "an object", entry)
    name = _text(entry, "name", field, required=True)
    _expect(_NAME.fullmatch(name), f"{field}.name", "a-z, 0-9, '_', '-' and '.'", name)
    return Component(
        name=name,
        title=_text(entry, "title", field, required=True),
        purpose=_text(entry, "purpose", field),
        version=_text(entry, "version", field),
        listen=_text(entry, "listen", field),
        check=_check(entry.get("check"), f"{field}.check"),
    )


def _check(entry: Any, field: str) -> Check | None:
    if entry is None:
        return None
    _expect(isinstance(entry, dict), field, 'an object {"type": …}', entry)
    match entry.get("type"):
        case "none":
            return None
        case "http":
            return _http_check(_text(entry, "url", field, required=True), f"{field}.url")
        case "tcp":
            return _tcp_check(_text(entry, "address", field, required=True), f"{field}.address")
        case other:
            raise _mismatch(f"{field}.type", '"http", "tcp" or "none"', other)


def _http_check(url: str, field: str) -> Check:
    # Spaces and control characters would end up in the request.
    _expect(url.isascii() and url.isprintable() and " " not in url, field, "an address without spaces")
    parts = _split(url, field)
    _expect(parts.scheme in ("http", "https"), field, "an address that begins with http:// or https://")
    # The text is not repeated: it may hold a password.
    _expect(not (parts.username or parts.password), field, "an address without user and password")
    host, port = _host_and_port(parts, field, default_port=443 if parts.scheme == "https" else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Check(host, port, target, tls=parts.scheme == "https")


def _tcp_check(address: str, field: str) -> Check:
    parts = _split(f"//{address}", field)
    bare = not (parts.path or parts.query or parts.fragment or parts.username)
    _expect(bare, field, '"host:port"', address)
    return Check(*_host_and_port(parts, field, default_port=None))


def _split(url: str, field: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise _mismatch(field, "a valid address") from None


def _host_and_port(parts: SplitResult, field: str, default_port: int | None) -> tuple[str, int]:
    try:
        port = parts.port if parts.port is not None else default_port
    except ValueError:
        port = None
    _expect(port, field, "a port from 1 to 65535")
    _expect(parts.hostname and _HOST.fullmatch(parts.hostname), field, "a host name or an IP address")
    return parts.hostname, port


def _refuse_twins(components: list[Component]) -> None:
    seen: dict[str, int] = {}
    for index, component in enumerate(components):
        first = seen.setdefault(component.name, index)
        if first != index:
            raise ComponentsError(
                f'components[{index}].name: "{component.name}" is already the name of components[{first}]'
            )


def _text(entry: dict, key: str, field: str, *, required: bool = False) -> str:
    value = entry.get(key)
    if value is None and not required:
        return ""
    expected = "a text that is not empty" if required else "a text"
    _expect(isinstance(value, str) and (value.strip() or not required), f"{field}.{key}", expected, value)
    return value


_NOT_SHOWN = object()


def _expect(condition: Any, field: str, expected: str, found: Any = _NOT_SHOWN) -> None:
    if not condition:
        raise _mismatch(field, expected, found)


def _mismatch(field: str, expected: str, found: Any = _NOT_SHOWN) -> ComponentsError:
    if found is _NOT_SHOWN:
        return ComponentsError(f"{field}: expected {expected}")
    if found is None:
        return ComponentsError(f"{field}: expected {expected}, found nothing")
    shown = json.dumps(found, ensure_ascii=False)
    return ComponentsError(
        f"{field}: expected {expected}, found {shown if len(shown) <= 40 else shown[:39] + '…'}"
    )

"""From the text of a setting to its value; what cannot be understood is an :class:`InvalidValue`."""

from __future__ import annotations

import math
import re
import urllib.parse
from collections.abc import Callable

from . import networks

_VISIBLE = re.compile(r"[!-~]+")
# What a process is named by: its slot, as kind and number, or its id.
_PROCESS = r"\s*(?:[a-z]+-\d+|\d+)\s*"
PROCESSES = f"(?:{_PROCESS}(?:,{_PROCESS})*)?"
PROCESSES_HINT = "processes as slots (http-0, cron-0) or process ids, with commas between"
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t -~\x80-\xff]*")


class InvalidValue(ValueError):
    """Says what was expected of a value."""


def boolean(value: str) -> bool:
    # The specification: only "true" is true, anything else is false.
    if value.lower() not in ("true", "false"):
        raise InvalidValue("is neither true nor false")
    return value.lower() == "true"


def ratio(value: str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise InvalidValue("is not a number from 0 to 1")
    return share


def milliseconds(value: str) -> float:
    """Milliseconds, as the specification counts, to seconds."""
    try:
        return whole(1, 86_400_000)(value) / 1000
    except InvalidValue:
        raise InvalidValue("is not a whole number of milliseconds from 1 to 86400000") from None


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    def convert(value: str) -> int:
        digits = value.lstrip("0")[: len(str(highest)) + 1]  # int() refuses thousands of digits
        if not value.isascii() or not value.isdigit() or not lowest <= int(digits or 0) <= highest:
            raise InvalidValue(f"is not a whole number from {lowest} to {highest}")
        return int(value)

    return convert


def one_of(*choices: str) -> Callable[[str], str]:
    def convert(value: str) -> str:
        if value.lower() not in choices:
            raise InvalidValue(f"is none of {', '.join(sorted(choices))}")
        return value.lower()

    return convert


def endpoint(value: str) -> str:
    """An http(s) URL without credentials; what is wrong is said without repeating the URL's secrets."""
    try:
        url = urllib.parse.urlsplit(value)
        usable = url.scheme in ("http", "https") and url.hostname and (url.port is None or url.port > 0)
        # A name with an empty or overlong label could not be looked up: ValueError.
        (url.hostname or "").encode("idna")
    except ValueError:
        usable = False
    # What is beyond printable ASCII has to be percent-encoded (RFC 3986), and could not be sent.
    if not usable or not _VISIBLE.fullmatch(value):
        raise InvalidValue("is not an http:// or https:// URL")
    if "@" in url.netloc:
        raise InvalidValue("carries credentials; put them into OTEL_EXPORTER_OTLP_HEADERS")
    return value


def pairs(value: str) -> dict[str, str]:
    """``key=value,key=value``, both percent-encoded (W3C baggage, as the specification says)."""
    result = {}
    for number, item in enumerate((part.strip() for part in value.split(",")), start=1):
        key, equals, content = item.partition("=")
        if item and (not equals or not key.strip()):
            # By its number: what was written may be a secret.
            raise InvalidValue(f"is not a list of key=value, separated by commas (see part {number})")
        if not item:
            continue
        result[_decode(key)] = _decode(content)
    return result


def _decode(text: str) -> str:
    try:
        return urllib.parse.unquote(text.strip(), errors="strict")
    except UnicodeDecodeError:
        raise InvalidValue("holds a percent-encoding that is not UTF-8") from None


def headers(value: str) -> dict[str, str]:
    """Pairs that HTTP allows as headers (RFC 9110 §5.1, §5.5)."""
    result = pairs(value)
    for name, content in result.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(content):
            raise InvalidValue("holds a name or a value that no HTTP header may have")
    return result


def addresses(value: str) -> tuple[networks.Network, ...]:
    try:
        return () if value.lower() == "none" else networks.parse(value)
    except ValueError:
        raise InvalidValue(
            "is neither none nor a list of addresses and networks (10.0.0.7,192.168.0.0/16) with commas between"
        ) from None


def processes(value: str) -> str:
    if not re.fullmatch(PROCESSES, value):
        raise InvalidValue(f"does not name {PROCESSES_HINT}")
    return value


def string(value: str) -> str:
    return value

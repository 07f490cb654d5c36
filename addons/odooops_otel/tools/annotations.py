"""What application code says about a record through the OpenTelemetry API, within limits.

The values are the application's own: they leave as they are, but cut in number and length.

https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from . import otlp

MAX_ATTRIBUTES = 64
MAX_LINKS = 64
MAX_NAME = 255
MAX_TEXT = 1000
MAX_ITEMS = 100


class Link(NamedTuple):
    """Another span that a record has to do with: ids as bytes, flags, attributes, ``tracestate``."""

    trace_id: bytes
    span_id: bytes
    flags: int
    attributes: dict[str, otlp.Value]
    trace_state: str = ""


class Annotations:
    """Attributes, links, name and status that were set on one record; what was too much is counted.

    ``status`` is a code of OTLP, ``name`` empty as long as nobody has changed it.
    """

    __slots__ = (
        "attributes",
        "dropped_attributes",
        "dropped_links",
        "links",
        "message",
        "name",
        "status",
    )

    def __init__(self):
        self.attributes: dict[str, otlp.Value] = {}
        self.links: list[Link] = []
        self.name = ""
        self.status = otlp.STATUS_UNSET
        self.message = ""
        self.dropped_attributes = self.dropped_links = 0

    def set_attribute(self, key: str, value: object) -> None:
        value = clean(value)
        if not isinstance(key, str) or not key or value is None:
            self.dropped_attributes += 1
            return
        key = key[:MAX_NAME]
        if key in self.attributes or len(self.attributes) < MAX_ATTRIBUTES:
            self.attributes[key] = value
        else:
            self.dropped_attributes += 1

    def add_link(self, link: Link) -> None:
        if len(self.links) < MAX_LINKS:
            self.links.append(link)
        else:
            self.dropped_links += 1

    def set_status(self, code: int, message: str | None) -> None:
        """What was called OK stays OK, and a status is not taken back; only an error has a description.

        It ends at its first colon: the API itself describes a failure by ``ValueError: `` and what the
        exception says. https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
        """
        if self.status != otlp.STATUS_OK and code != otlp.STATUS_UNSET:
            self.status = code
            self.message = (
                str(message or "").partition(":")[0][:MAX_NAME] if code == otlp.STATUS_ERROR else ""
            )


def clean(value: object) -> otlp.Value | None:
    """A value as OTLP has it: text cut, sequences cut and of one kind of values; None for anything else."""
    if isinstance(value, bytes):
        value = value[:MAX_TEXT].decode("utf-8", "replace")
    if isinstance(value, str):
        return str(value[:MAX_TEXT])
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, Sequence):
        return tuple(item for item in map(clean, value[:MAX_ITEMS]) if item is not None)
    return None


def clean_all(attributes: Mapping[str, object] | None) -> dict[str, otlp.Value]:
    """The attributes of an event or a link, cut as those of a record."""
    chosen = Annotations()
    for key, value in (attributes or {}).items():
        chosen.set_attribute(key, value)
    return chosen.attributes

"""Spans of what the ORM did within a kept record: one for many calls, from the first to the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from . import otlp
from .orm import Work

# Spans of which all but ids and times is remembered.
MAX_FRAMES = 2000

# Operation and model, number of calls, number of records: few, and they repeat.
Key = tuple[tuple[str, str], int, int]
# What is the same in all spans of a key: prefix, label and attributes up to the last one's value.
Frame = tuple[bytes, bytes, bytes]


class Worked(Protocol):
    """What is read of a record."""

    trace_id: bytes
    span_id: bytes
    started: float  # s of the clock of its work
    started_at: int  # ns since the epoch, the same moment
    work: Work


def encode_work(
    work: Work,
    frames: Mapping[Key, Frame],
    make: Callable[[Key], Frame],
    head: bytes,
    tail: bytes,
    ids: bytes,
    offset: int,
) -> list[bytes]:
    """A span of each entry, as fields of ``ScopeSpans``.

    ``native/`` has the same, compiled; this module's tests hold the two equal.

    :param make: makes what ``frames`` does not have of a key
    :param head: what is the same in all up to the span's id, as ``tail`` is after it
    :param ids: 8 bytes for each
    :param offset: what is added to a time of the clock of the calls: ns since the epoch
    """
    if len(ids) < 8 * len(work):
        raise ValueError("there are fewer ids than spans")
    bodies = []
    for index, (place, (count, records, seconds, first, last)) in enumerate(work):
        key = place, count, records
        prefix, label, attributes = frames.get(key) or make(key)
        times = otlp.child_times(offset + int(first * 1e9), offset + int(last * 1e9))
        span_id, time = ids[8 * index : 8 * index + 8], otlp.open_double(seconds)
        bodies.append(b"".join((prefix, head, span_id, tail, label, times, attributes, time)))
    return bodies


class OrmEncoder:
    """Keeps what is the same for every occurrence of an operation on a model.

    :param attribute: encodes one (tools/attributes.py)
    :param label: what is shown of an attribute's value, by its name, in the name of a span
    :param encode_work: as :func:`encode_work`, which may be compiled
    """

    def __init__(
        self,
        random_bytes: Callable[[int], bytes],
        attribute: Callable[[str, otlp.Value], bytes],
        label: Callable[[str, str], str],
        encode_work: Callable = encode_work,
    ):
        self._random_bytes = random_bytes
        self._attribute = attribute
        self._label = label
        self._encode_work = encode_work
        self._frames: dict[Key, Frame] = {}

    def encode(self, record: Worked) -> list[bytes]:
        """Fields of ``ScopeSpans`` (spans 2)."""
        work = record.work
        if not work:
            return []
        ids = self._random_bytes(8 * len(work))
        offset = record.started_at - int(record.started * 1e9)
        around = otlp.child_ids(record.trace_id, record.span_id)
        return self._encode_work(work, self._frames, self._frame, *around, ids, offset)

    def _frame(self, key: Key) -> Frame:
        (operation, model), count, records = key
        name = f"{self._label('odoo.orm.operation', operation)} {self._label('odoo.model', model)}"
        label = otlp.text(5, name) + otlp.enum(6, otlp.KIND_INTERNAL)
        values = {
            "odoo.orm.operation": operation,
            "odoo.model": model,
            "odoo.orm.count": count,
            "odoo.orm.records": records,
            "odoo.orm.time": 0.0,
        }
        if len(self._frames) >= MAX_FRAMES:
            self._frames.clear()
        body = b"".join(map(self._attribute, values, values.values()))
        frame = self._frames[key] = otlp.open_child_frame(label, body)
        return frame

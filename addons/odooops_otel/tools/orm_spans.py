"""Spans of what the ORM did within a kept record: one for many calls, from the first to the last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from . import otlp
from .orm import Work
from .summed_spans import Frame, Key, encode_summed

# Spans of which all but ids and times is remembered.
MAX_FRAMES = 2000


class Worked(Protocol):
    """What is read of a record."""

    started: float  # s of the clock of its work
    started_at: int  # ns since the epoch, the same moment
    work: Work


class OrmEncoder:
    """Keeps what is the same for every occurrence of an operation on a model.

    :param attribute: encodes one (tools/attributes.py)
    :param label: what is shown of an attribute's value, by its name, in the name of a span
    :param encode_summed: as :func:`summed_spans.encode_summed`, which may be compiled
    """

    def __init__(
        self,
        random_bytes: Callable[[int], bytes],
        attribute: Callable[[str, otlp.Value], bytes],
        label: Callable[[str, str], str],
        encode_summed: Callable = encode_summed,
    ):
        self._random_bytes = random_bytes
        self._attribute = attribute
        self._label = label
        self._encode_summed = encode_summed
        self._frames: dict[Key, Frame] = {}

    def encode(self, record: Worked, around: tuple[bytes, bytes]) -> list[bytes]:
        """Fields of ``ScopeSpans`` (spans 2).

        :param around: :func:`otlp.child_ids` of the record
        """
        work = record.work
        ids = self._random_bytes(8 * len(work))
        offset = record.started_at - int(record.started * 1e9)
        return self._encode_summed(work, self._frames, self._frame, *around, ids, offset)

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

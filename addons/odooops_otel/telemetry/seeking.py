"""The line of a loop that is over before anybody looks: sought by the next record of the same kind.

What repeated itself without a line is remembered (``tools/sought.py``), and records that come after look at each
statement until they know that they are of another kind. Where nothing is sought, nobody looks.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..tools import otlp
from ..tools.diagnosis import Repetition
from ..tools.shape import Shape
from ..tools.sought import Search, Sought
from . import faults, lines

if TYPE_CHECKING:
    from .record import Record

# What records look for, by their kind.
Kinds = Mapping[str, tuple[str, ...]]


class Undecided:
    """The search of a record whose kind is not known yet: it has not been routed."""

    __slots__ = ("sought",)

    def __init__(self, sought: Kinds):
        self.sought = sought


def seek(
    search: Search | Undecided, record: Record, text: str, frame: types.FrameType | None
) -> Search | Undecided | None:
    """Note the line of a statement if it is one that is sought.

    :param search: what this returned the time before
    :return: None if the record has nothing more to look for
    """
    try:
        if isinstance(search, Undecided):
            kind = kind_of(record)
            if kind is None:
                return search
            search = _begin(record, search.sought.get(kind))
        if search is None:
            return None
        if search.is_due(text):
            lines.look(record, text, frame)
        return None if search.is_over else search
    except Exception:
        faults.report("Telemetry could not look for a statement's line; the request goes on.")
        return None


def _begin(record: Record, wanted: tuple[str, ...] | None) -> Search | None:
    if not wanted:
        return None
    record.wanted = wanted
    return Search(wanted)


def kind_of(record: Record) -> str | None:
    """The job, the called method, or the route; None as long as it is not known."""
    if record.kind != otlp.KIND_SERVER:
        return record.job
    return record.rpc_method if record.rpc_system else record.route


def complete(
    sought: Sought, record: Record, found: Sequence[Repetition], shape_of: Callable[[str], Shape]
) -> Sequence[Repetition]:
    """Learn what to look for from what a record repeated, and tell it with the lines that are known."""
    kind = kind_of(record)
    if kind is None or not (found or record.wanted):
        return found

    def text_of(shape: Shape) -> str | None:
        return next((text for text, *_rest in record.statements if shape_of(text) is shape), None)

    is_job = record.kind != otlp.KIND_SERVER
    sought.note(kind, found, text_of, wanted=record.wanted, is_job=is_job)
    return sought.complete(kind, found)

"""Spans of the statements of a kept record: of each, of many put together, of those that were slow or failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from . import otlp, semconv, statement
from .notable import NotableStatement
from .statements import Statement
from .summed_spans import Frame, Key, encode_summed

# Statements are few and repeat; those with literals in them are not, so the caches are bounded, in
# number and in what an entry may be long: a megabyte of rows does not repeat.
MAX_CACHED = 2000
MAX_CACHED_STATEMENT = 5000


# What is the same for every occurrence of a statement: prefix, label and attributes of its span.
Description = tuple[bytes, bytes, bytes]


class Finished(Protocol):
    """What is read of a record; ``span.Finished`` says what it means."""

    trace_id: bytes
    span_id: bytes
    database: str | None
    statements: Sequence[Statement]
    failed_statements: Sequence[NotableStatement] | None
    slow_statements: Sequence[NotableStatement] | None
    summaries: Mapping[tuple[str, str], list] | None


def encode_children(
    statements: Sequence[Statement],
    cache: Mapping[str, Description],
    describe: Callable[[str], Description],
    head: bytes,
    tail: bytes,
    ids: bytes,
) -> bytes:
    """A span of each statement, as fields of ``ScopeSpans``.

    ``native/`` has the same, compiled; this module's tests hold the two equal.

    :param describe: makes what the cache does not have of a text
    :param head: what is the same in all up to the span's id, as ``tail`` is after it
    :param ids: 8 bytes for each
    """
    bodies: list[bytes] = []
    for index, (text, start, delay) in enumerate(statements):
        prefix, label, attributes = cache.get(text) or describe(text)
        started = int(start * 1e9)
        times = otlp.child_times(started, started + int(delay * 1e9))
        bodies += (prefix, head, ids[8 * index : 8 * index + 8], tail, label, times, attributes)
    return b"".join(bodies)


class StatementEncoder:
    """Keeps what is the same for every occurrence of a statement. Nothing of a statement is a value: see statement.py.

    :param random_bytes: returns as many random bytes as asked for
    :param encode_children: as :func:`encode_children`, which may be compiled
    :param encode_summed: as :func:`summed_spans.encode_summed`, which may be compiled
    """

    def __init__(
        self,
        random_bytes: Callable[[int], bytes],
        encode_children: Callable = encode_children,
        encode_summed: Callable = encode_summed,
    ):
        self._random_bytes = random_bytes
        self._encode = encode_children
        self._encode_summed = encode_summed
        # By database, then by text: prefix, label and attributes of the span of a statement.
        self._statements: dict[str | None, dict[str, tuple[bytes, bytes, bytes]]] = {}
        self._cached = 0
        # By database, then by operation, table and number: the span of many statements.
        self._places: dict[str | None, dict[Key, Frame]] = {}
        self._cached_places = 0

    def encode(self, record: Finished, around: tuple[bytes, bytes]) -> list[bytes]:
        """Fields of ``ScopeSpans`` (spans 2).

        :param around: :func:`otlp.child_ids` of the record
        """
        spans = []
        if record.statements:
            spans.append(self._children(record, around))
        if record.summaries:
            spans.extend(self._summaries(record, record.summaries, around))
        if record.slow_statements or record.failed_statements:
            spans.extend(otlp.message(2, self._notable(record, notable)) for notable in notable_of(record))
        return spans

    def _children(self, record: Finished, around: tuple[bytes, bytes]) -> bytes:
        statements = record.statements
        cache = self._statements.setdefault(record.database, {})

        def describe(text: str) -> tuple[bytes, bytes, bytes]:
            return self._describe(cache, text, record.database)

        ids = self._random_bytes(8 * len(statements))
        return self._encode(statements, cache, describe, *around, ids)

    def _summaries(
        self, record: Finished, summaries: Mapping[tuple[str, str], list], around: tuple[bytes, bytes]
    ) -> list[bytes]:
        """One span for many statements."""
        frames = self._places.setdefault(record.database, {})

        def describe(key: Key) -> Frame:
            return self._describe_place(frames, key, record.database)

        ids = self._random_bytes(8 * len(summaries))
        return self._encode_summed(list(summaries.items()), frames, describe, *around, ids, 0)

    def _describe_place(self, frames: dict[Key, Frame], key: Key, database: str | None) -> Frame:
        (operation, table), count = key
        label = otlp.text(5, f"{operation} {table}".rstrip()) + otlp.enum(6, otlp.KIND_CLIENT)
        numbers = {"odoo.sql.count": count, "odoo.sql.time": 0.0}
        attributes = otlp.attributes(9, _statement_attributes(database, operation, table, None) | numbers)
        if self._cached_places >= MAX_CACHED:
            for each in self._places.values():
                each.clear()
            self._cached_places = 0
        self._cached_places += 1
        frame = frames[key] = otlp.open_child_frame(label, attributes)
        return frame

    def _notable(self, record: Finished, notable: NotableStatement) -> bytes:
        parsed = statement.parse(notable.text)
        attributes = _statement_attributes(record.database, parsed.operation, parsed.table, parsed.text)
        start = int(notable.start * 1e9)
        return otlp.span(
            trace_id=record.trace_id,
            span_id=self._random_bytes(8),
            parent_span_id=record.span_id,
            name=parsed.name,
            kind=otlp.KIND_CLIENT,
            start=start,
            end=start + int(notable.duration * 1e9),
            attributes_body=otlp.attributes(9, attributes | notable.attributes()),
            events=[otlp.event(*event) for event in notable.events()],
            status=otlp.STATUS_ERROR if notable.error_type else otlp.STATUS_UNSET,
            status_message=notable.error_type or "",
        )

    def _describe(self, cache: dict, text: str, database: str | None) -> tuple[bytes, bytes, bytes]:
        parsed = statement.parse(text)
        attributes = otlp.attributes(
            9, _statement_attributes(database, parsed.operation, parsed.table, parsed.text)
        )
        label = otlp.text(5, parsed.name) + otlp.enum(6, otlp.KIND_CLIENT)
        description = otlp.child_frame(label, attributes)
        if len(text) <= MAX_CACHED_STATEMENT:
            self._remember(cache, text, description)
        return description

    def _remember(self, cache: dict, text: str, description: tuple[bytes, bytes, bytes]) -> None:
        """Keep at most MAX_CACHED statements, of all databases together."""
        if self._cached >= MAX_CACHED:
            for each in self._statements.values():
                each.clear()
            self._cached = 0
        cache[text] = description
        self._cached += 1


def notable_of(record: Finished) -> Iterator[NotableStatement]:
    """The statements that have a span whatever the limit is."""
    yield from record.slow_statements or ()
    yield from record.failed_statements or ()


def _statement_attributes(
    database: str | None, operation: str, table: str, text: str | None
) -> dict[str, otlp.Value | None]:
    return {
        "db.system.name": semconv.POSTGRESQL,
        "db.namespace": database,
        "db.operation.name": operation,
        "db.collection.name": table or None,
        "db.query.text": text,
    }

"""From a kept record to the bytes of its spans: the server span and one child a statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from . import otlp, semconv, statement

# Statements are few and repeat; those with literals in them are not, so the cache is bounded.
MAX_CACHED = 2000


class Finished(Protocol):
    """What the encoder reads of a record (``telemetry.recorder.Record``)."""

    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes
    trace_state: str
    name: str
    kind: int
    started_at: int  # ns since the epoch
    duration: float  # s
    error_type: str | None
    statements: list[tuple[str, float, float]]  # text, start in s since the epoch, duration in s
    statement_count: int
    statement_time: float

    def attributes(self) -> dict[str, otlp.Value]: ...


class SpanEncoder:
    """Encodes records; keeps what is the same for every occurrence of a statement.

    :param new_span_id: returns 8 random bytes
    :param statement_limit: statements of a record that become spans
    """

    def __init__(self, new_span_id: Callable[[], bytes], statement_limit: int):
        self._new_span_id = new_span_id
        self._limit = statement_limit
        self._cache: dict[str, tuple[bytes, bytes]] = {}

    def encode(self, record: Finished) -> Iterator[bytes]:
        """The bodies of the record's spans, the record's own first."""
        yield self._own_span(record)
        database = otlp.attributes(9, {"db.namespace": getattr(record, "database", None)})
        for text, start, delay in record.statements[: self._limit]:
            label, attributes = self._cache.get(text) or self._describe(text)
            start_ns = int(start * 1e9)
            yield otlp.child_span(
                otlp.child_head(record.trace_id, self._new_span_id(), record.span_id),
                label,
                start_ns,
                start_ns + int(delay * 1e9),
                attributes + database,
            )

    def _own_span(self, record: Finished) -> bytes:
        attributes = record.attributes()
        attributes["odoo.sql.count"] = record.statement_count
        attributes["odoo.sql.time"] = record.statement_time
        if record.statement_count > min(len(record.statements), self._limit):
            attributes["odoo.sql.dropped"] = record.statement_count - min(len(record.statements), self._limit)
        if record.error_type:
            attributes["error.type"] = record.error_type
        return otlp.span(
            trace_id=record.trace_id,
            span_id=record.span_id,
            parent_span_id=record.parent_span_id,
            trace_state=record.trace_state,
            name=record.name,
            kind=record.kind,
            start=record.started_at,
            end=record.started_at + int(record.duration * 1e9),
            attributes_body=otlp.attributes(9, attributes),
            status=otlp.STATUS_ERROR if record.error_type else otlp.STATUS_UNSET,
        )

    def _describe(self, text: str) -> tuple[bytes, bytes]:
        """Name and kind, and the attributes, of the span of a statement."""
        parsed = statement.parse(text)
        label = otlp.text(5, parsed.name) + otlp.enum(6, otlp.KIND_CLIENT)
        attributes = otlp.attributes(
            9,
            {
                "db.system.name": semconv.POSTGRESQL,
                "db.operation.name": parsed.operation,
                "db.collection.name": parsed.table or None,
                "db.query.text": parsed.text,
            },
        )
        if len(self._cache) >= MAX_CACHED:
            self._cache.clear()
        self._cache[text] = label, attributes
        return label, attributes

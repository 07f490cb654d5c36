"""From a kept record to the bytes of its spans: its own, its statements and outgoing requests as children."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from . import failure, otlp, semconv, statement
from .annotations import Annotations
from .attributes import AttributeEncoder, Limits
from .calls import Call
from .notable import NotableStatement
from .orm import OrmEncoder, Work
from .parts import Part
from .redact import DEFAULT, Policy

# Statements are few and repeat; those with literals in them are not, so the caches are bounded, in
# number and in what an entry may be long: a megabyte of rows does not repeat.
MAX_CACHED = 2000
MAX_CACHED_STATEMENT = 5000
# Records of the same traits, and what the attributes of one may take: a path may be different each time.
MAX_TRAITS = 500
MAX_TRAITS_BYTES = 1000
# Of the attributes of events: the longest stack trace, and as many texts of statements as repeat themselves.
EVENT_LIMITS = Limits(value=failure.MAX_TEXT, kept_value=statement.MAX_TEXT, kept=300)


class Extra(Protocol):
    """What few records have (``telemetry.extras.Extras``)."""

    annotations: Annotations
    calls: list[Call | Part]
    dropped_calls: int


class Finished(Protocol):
    """What the encoder reads of a record (``telemetry.record.Record``)."""

    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes
    database: str | None
    trace_state: str
    name: str
    kind: int
    started_at: int  # ns since the epoch
    duration: float  # s
    error_type: str | None
    # Those that become spans: text, start in s since the epoch, duration in s
    statements: list[tuple[str, float, float]]
    uses_driver: bool | None  # whether they have spans from the driver instead
    statement_count: int
    statement_time: float
    failed_statements: Sequence[NotableStatement] | None
    slow_statements: Sequence[NotableStatement] | None
    # what its statements say about it, as attributes
    diagnosis: Mapping[str, otlp.Value] | None
    # by (operation, table): count, seconds, start of the first and end of the last in s
    summaries: Mapping[tuple[str, str], Sequence] | None
    events: Sequence[tuple[int, str, Mapping[str, otlp.Value]]] | None  # ns since the epoch, name, attributes
    dropped_events: int
    flags: int
    started: float  # s of the clock that ``work`` uses, the moment of started_at
    work: Work | None
    extras: Extra | None

    def attributes(self) -> dict[str, otlp.Value]: ...

    # What attributes() are made of: with the same traits they are the same.
    def traits(self) -> tuple: ...


class SpanEncoder:
    """Encodes records; keeps what is the same for every occurrence of a statement or an attribute.

    :param random_bytes: returns as many random bytes as asked for
    :param policy: what is redacted of what a caller or application code chose; statements have no values
    """

    def __init__(self, random_bytes: Callable[[int], bytes], policy: Policy = DEFAULT):
        self._random_bytes = random_bytes
        self._policy = policy
        self._shown = policy.shown
        self._forget()
        # By database, then by text: prefix, label and attributes of the span of a statement.
        self._statements: dict[str | None, dict[str, tuple[bytes, bytes, bytes]]] = {}
        self._cached = 0
        # By database, operation, table and number: prefix, label and attributes of the span of many statements.
        self._places: dict[tuple[str | None, str, str, int], tuple[bytes, bytes, bytes]] = {}

    def _forget(self) -> None:
        """Begin anew with what was redacted: the policy has changed."""
        self._changes = self._policy.changes
        self._attribute = AttributeEncoder(self._policy).encode
        # Those of a repetition repeat from request to request, its text among them; a stack trace is long.
        self._event_attribute = AttributeEncoder(self._policy, otlp.EVENT_ATTRIBUTES, EVENT_LIMITS).encode
        self._orm = OrmEncoder(self._random_bytes, self._attribute_of_frame, self._policy.label)
        # By traits: the attributes of records.
        self._traits: dict[tuple, bytes] = {}

    def _attribute_of_frame(self, key: str, value: otlp.Value) -> bytes:
        """A time is written into a frame again and again: its length is fixed, whatever a rule of names says."""
        if isinstance(value, float):
            return otlp.attributes(otlp.SPAN_ATTRIBUTES, ((key, value),))
        return self._attribute(key, value)

    def encode(self, record: Finished) -> list[bytes]:
        """The record's spans as fields of ``ScopeSpans`` (spans 2), the record's own first."""
        if self._policy.changes != self._changes:
            self._forget()
        spans = [otlp.message(2, self._own_span(record))]
        if not record.uses_driver:
            spans.extend(self._statement_spans(record))
        spans.extend(self._orm.encode(record))
        if record.extras is not None:
            spans.extend(otlp.message(2, self._call(record, call)) for call in record.extras.calls)
        return spans

    def _statement_spans(self, record: Finished) -> Iterator[bytes]:
        if record.statements:
            yield from self._children(record, record.statements)
        if record.summaries:
            yield from self._summaries(record, record.summaries)
        for notable in _notable(record):
            yield otlp.message(2, self._notable(record, notable))

    def _call(self, record: Finished, call: Call | Part) -> bytes:
        """The span of an outgoing request, whose id its server has been told."""
        return otlp.span(
            trace_id=record.trace_id,
            span_id=call.span_id,
            parent_span_id=call.parent_span_id,
            trace_state=self._policy.unless_secret(record.trace_state),
            name=self._shown(call.name),
            kind=call.kind,
            start=call.started_at,
            end=call.started_at + int(call.duration * 1e9),
            attributes_body=self._attributes(call.attributes()),
            status=otlp.STATUS_ERROR if call.failure else otlp.STATUS_UNSET,
        )

    def _children(self, record: Finished, statements: list[tuple[str, float, float]]) -> Iterator[bytes]:
        before_id, after_id = otlp.child_ids(record.trace_id, record.span_id)
        cache = self._statements.setdefault(record.database, {})
        ids = self._random_bytes(8 * len(statements))
        for index, (text, start, delay) in enumerate(statements):
            prefix, label, attributes = cache.get(text) or self._describe(cache, text, record.database)
            started = int(start * 1e9)
            times = otlp.child_times(started, started + int(delay * 1e9))
            span_id = ids[8 * index : 8 * index + 8]
            yield b"".join((prefix, before_id, span_id, after_id, label, times, attributes))

    def _summaries(self, record: Finished, summaries: Mapping[tuple[str, str], Sequence]) -> Iterator[bytes]:
        """One span for many statements; it lasts from the first to the last."""
        before_id, after_id = otlp.child_ids(record.trace_id, record.span_id)
        ids = self._random_bytes(8 * len(summaries))
        for index, (place, (count, seconds, start, end)) in enumerate(summaries.items()):
            key = (record.database, *place, count)
            prefix, label, attributes = self._places.get(key) or self._describe_place(key)
            times = otlp.child_times(int(start * 1e9), int(end * 1e9))
            span_id = ids[8 * index : 8 * index + 8]
            time = otlp.open_double(seconds)
            yield b"".join((prefix, before_id, span_id, after_id, label, times, attributes, time))

    def _describe_place(self, key: tuple[str | None, str, str, int]) -> tuple[bytes, bytes, bytes]:
        database, operation, table, count = key
        if len(self._places) >= MAX_CACHED:
            self._places.clear()
        label = otlp.text(5, f"{operation} {table}".rstrip()) + otlp.enum(6, otlp.KIND_CLIENT)
        numbers = {"odoo.sql.count": count, "odoo.sql.time": 0.0}
        attributes = otlp.attributes(9, _statement_attributes(database, operation, table, None) | numbers)
        description = self._places[key] = otlp.open_child_frame(label, attributes)
        return description

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

    def _own_span(self, record: Finished) -> bytes:
        return otlp.span(
            trace_id=record.trace_id,
            span_id=record.span_id,
            parent_span_id=record.parent_span_id,
            trace_state=self._policy.unless_secret(record.trace_state),
            name=self._shown(record.name),
            kind=record.kind,
            start=record.started_at,
            end=record.started_at + int(record.duration * 1e9),
            attributes_body=self._own_attributes(record),
            events=[self._event(*event) for event in record.events or ()],
            dropped_events=record.dropped_events,
            flags=record.flags,
            **self._outcome(record),
        )

    def _event(self, time: int, name: str, attributes: Mapping[str, otlp.Value]) -> bytes:
        body = b"".join(map(self._event_attribute, attributes, attributes.values()))
        return otlp.encoded_event(time, self._shown(name), body)

    def _outcome(self, record: Finished) -> dict:
        """Status and links of a record; a status that application code set wins over ours."""
        status = otlp.STATUS_ERROR if record.error_type else otlp.STATUS_UNSET
        # A number is the HTTP status, which is among the attributes.
        # https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
        message = record.error_type if record.error_type and not record.error_type.isdigit() else ""
        if record.extras is None:
            return {"status": status, "status_message": message}
        said = record.extras.annotations
        return {
            "status": said.status or status,
            "status_message": self._policy.text(said.message) if said.status else message,
            "links": [
                otlp.link(link.trace_id, link.span_id, self._policy.values(link.attributes), link.flags)
                for link in said.links
            ],
            "dropped_attributes": said.dropped_attributes,
            "dropped_links": said.dropped_links,
        }

    def _own_attributes(self, record: Finished) -> bytes:
        measured = self._measured(record)
        if record.extras and (said := record.extras.annotations.attributes):
            # What application code set comes first: it does not replace what we know ourselves.
            return self._attributes({**said, **record.attributes(), **measured})
        traits = record.traits()
        return (self._traits.get(traits) or self._describe_traits(traits, record)) + self._attributes(
            measured
        )

    def _describe_traits(self, traits: tuple, record: Finished) -> bytes:
        body = self._attributes(record.attributes())
        if len(body) <= MAX_TRAITS_BYTES:
            if len(self._traits) >= MAX_TRAITS:
                self._traits.clear()
            self._traits[traits] = body
        return body

    def _measured(self, record: Finished) -> dict[str, otlp.Value | None]:
        extra = record.extras
        return {
            **(record.diagnosis or {}),
            "odoo.sql.lock_wait.time": _time_of_waits(record),
            "odoo.sql.count": record.statement_count,
            "odoo.sql.time": record.statement_time,
            "odoo.sql.dropped": self._dropped_statements(record) or None,
            "odoo.calls.dropped": (extra.dropped_calls or None) if extra else None,
            "error.type": record.error_type,
        }

    @staticmethod
    def _dropped_statements(record: Finished) -> int:
        if record.uses_driver:
            return 0
        summed_up = sum(summary[0] for summary in (record.summaries or {}).values())
        shown = len(record.statements) + sum(1 for _each in _notable(record))
        return record.statement_count - shown - summed_up

    def _attributes(self, values: Mapping[str, otlp.Value | None]) -> bytes:
        return b"".join(map(self._attribute, values, values.values()))


def _notable(record: Finished) -> Iterator[NotableStatement]:
    yield from record.slow_statements or ()
    yield from record.failed_statements or ()


def _time_of_waits(record: Finished) -> float | None:
    """Seconds that its statements were seen waiting for locks."""
    if not record.slow_statements and not record.failed_statements:
        return None
    waits = [notable.wait.seconds for notable in _notable(record) if notable.wait]
    return sum(waits) if waits else None


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

"""From a kept record to the bytes of its spans: its own, its statements and outgoing requests as children."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from . import failure, otlp, statement
from .annotations import Annotations, Link
from .attributes import AttributeEncoder, Limits
from .calls import Call
from .notable import NotableStatement
from .orm import Work
from .orm_spans import OrmEncoder
from .parts import Part
from .redact import DEFAULT, Policy
from .spans import EncodedSpans
from .statement_spans import StatementEncoder, notable_of
from .statements import Statement
from .writers import PYTHON, Writers

# Records of the same traits, and names of events; what the attributes of a record may take: a path may be different
# each time.
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
    # Those that become spans
    statements: Sequence[Statement]
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
    work: Work
    extras: Extra | None

    def ids(self) -> tuple[bytes, bytes]:
        """``trace_id`` and ``span_id``."""
        ...

    def attributes(self) -> dict[str, otlp.Value]: ...

    # What attributes() and, without extras, name and kind are made of: with the same traits they are the same.
    def traits(self) -> tuple: ...


class SpanEncoder:
    """Encodes records; keeps what is the same for every occurrence of a statement or an attribute.

    :param random_bytes: returns as many random bytes as asked for
    :param policy: what is redacted of what a caller or application code chose; statements have no values
    """

    def __init__(
        self, random_bytes: Callable[[int], bytes], policy: Policy = DEFAULT, writers: Writers = PYTHON
    ):
        self._random_bytes = random_bytes
        self._policy = policy
        self._shown = policy.shown
        self._writers = writers
        self._statements = StatementEncoder(random_bytes, writers.children, writers.summed)
        self._forget()

    def _forget(self) -> None:
        """Begin anew with what was redacted: the policy has changed."""
        self._changes = self._policy.changes
        write = self._writers.attributes
        span = AttributeEncoder(self._policy, encode_attributes=write)
        self._attribute, self._attributes = span.encode, span.encode_all
        # Those of a repetition repeat from request to request, its text among them; a stack trace is long.
        event = AttributeEncoder(self._policy, otlp.EVENT_ATTRIBUTES, EVENT_LIMITS, write)
        self._event_attributes = event.encode_all
        self._orm = OrmEncoder(
            self._random_bytes, self._attribute_of_frame, self._policy.label, self._writers.summed
        )
        self._traits: dict[tuple, tuple[bytes, bytes]] = {}
        self._event_names: dict[str, bytes] = {}

    def _attribute_of_frame(self, key: str, value: otlp.Value) -> bytes:
        """A time is written into a frame again and again: its length is fixed, whatever a rule of names says."""
        if isinstance(value, float):
            return otlp.attributes(otlp.SPAN_ATTRIBUTES, ((key, value),))
        return self._attribute(key, value)

    def encode(self, record: Finished) -> EncodedSpans:
        """The record's spans, its own first."""
        if self._policy.changes != self._changes:
            self._forget()
        spans = [otlp.message(2, self._own_span(record))]
        around = otlp.child_ids(*record.ids())
        count = 0
        if not record.uses_driver:
            spans.extend(self._statements.encode(record, around))
            # Those of statements are one body.
            count = max(0, len(record.statements) - 1)
        if record.work:
            spans.extend(self._orm.encode(record, around))
        if record.extras is not None:
            spans.extend(otlp.message(2, self._call(record, call)) for call in record.extras.calls)
        return EncodedSpans(spans, len(spans) + count)

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

    def _own_span(self, record: Finished) -> bytes:
        if record.extras is None and not (record.error_type or record.trace_state or record.dropped_events):
            return self._plain_span(record)
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

    def _plain_span(self, record: Finished) -> bytes:
        """The same of a record in which nothing went wrong and nobody has said more: as nearly all are."""
        label, body = self._described(record)
        started = record.started_at
        return otlp.plain_span(
            *record.ids(),
            record.parent_span_id,
            label,
            started,
            started + int(record.duration * 1e9),
            body + self._attributes(self._measured(record)),
            [self._event(*event) for event in record.events or ()],
            record.flags,
        )

    def _event(self, time: int, name: str, attributes: Mapping[str, otlp.Value]) -> bytes:
        named = self._event_names.get(name) or self._event_name(name)
        return otlp.encoded_event(time, named, self._event_attributes(attributes))

    def _event_name(self, name: str) -> bytes:
        named = otlp.event_name(self._shown(name))
        _remember(self._event_names, name, named)
        return named

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
            "links": [self._link(link) for link in said.links],
            "dropped_attributes": said.dropped_attributes,
            "dropped_links": said.dropped_links,
        }

    def _link(self, link: Link) -> bytes:
        attributes, trace_state = (
            self._policy.values(link.attributes),
            self._policy.unless_secret(link.trace_state),
        )
        return otlp.link(link.trace_id, link.span_id, attributes, link.flags, trace_state)

    def _own_attributes(self, record: Finished) -> bytes:
        measured = self._measured(record)
        if record.extras and (said := record.extras.annotations.attributes):
            # What application code set comes first: it does not replace what we know ourselves.
            known = {**record.attributes(), **measured}
            return self._attributes(said | {key: each for key, each in known.items() if each is not None})
        known = self._traits.get(record.traits())
        return (known[1] if known else self._attributes(record.attributes())) + self._attributes(measured)

    def _described(self, record: Finished) -> tuple[bytes, bytes]:
        """What is the same in all records of its traits that nobody has named: name and kind, attributes, as fields."""
        traits = record.traits()
        return self._traits.get(traits) or self._describe(record, traits)

    def _describe(self, record: Finished, traits: tuple) -> tuple[bytes, bytes]:
        label = otlp.text(5, self._shown(record.name)) + otlp.enum(6, record.kind)
        found = label, self._attributes(record.attributes())
        if len(found[1]) <= MAX_TRAITS_BYTES:
            _remember(self._traits, traits, found)
        return found

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
        if record.uses_driver or record.statement_count == len(record.statements):
            return 0
        summed_up = sum(summary[0] for summary in (record.summaries or {}).values())
        shown = len(record.statements) + sum(1 for _each in notable_of(record))
        return record.statement_count - shown - summed_up


def _remember(cache: dict, key, value) -> None:
    """Begin anew when there are too many."""
    if len(cache) >= MAX_TRAITS:
        cache.clear()
    cache[key] = value


def _time_of_waits(record: Finished) -> float | None:
    """Seconds that its statements were seen waiting for locks."""
    if not record.slow_statements and not record.failed_statements:
        return None
    waits = [notable.wait.seconds for notable in notable_of(record) if notable.wait]
    return sum(waits) if waits else None

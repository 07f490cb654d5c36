"""A record that has ended, as the encoder of spans reads it."""

import dataclasses
import itertools

from odooops_otel.tools import otlp, span
from odooops_otel.tools.annotations import Annotations
from odooops_otel.tools.notable import NotableStatement
from odooops_otel.tools.writers import PYTHON
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans

START = 1_764_000_000_123_456_789


@dataclasses.dataclass
class Record:
    """What the encoder needs of a record, and nothing else."""

    statements: list = dataclasses.field(default_factory=list)
    statement_count: int | None = None
    uses_driver: bool | None = None
    statement_time: float = 0.25
    own: dict = dataclasses.field(
        default_factory=lambda: {"http.route": "/web", "http.response.status_code": 200}
    )
    database: str | None = "shop"
    error_type: str | None = None
    trace_id: bytes = b"\x01" * 16
    span_id: bytes = b"\x02" * 8
    parent_span_id: bytes = b"\x03" * 8
    trace_state: str = ""
    name: str = "GET /web"
    kind: int = otlp.KIND_SERVER
    started_at: int = START
    duration: float = 0.5
    failed_statements: list | None = None
    slow_statements: list | None = None
    diagnosis: dict | None = None
    summaries: dict | None = None
    events: list | None = None
    dropped_events: int = 0
    flags: int = 0x301
    extras: object = None
    started: float = 0.0
    work: object = ()

    def __post_init__(self):
        if self.statement_count is None:
            told = self.statements, self.slow_statements, self.failed_statements
            self.statement_count = sum(len(each or ()) for each in told)

    def attributes(self):
        return dict(self.own)

    def ids(self):
        return self.trace_id, self.span_id

    def traits(self):
        return tuple((name, type(value), value) for name, value in self.own.items())


@dataclasses.dataclass
class Extras:
    """What the encoder needs of a record in which the API was used or a server was called."""

    annotations: Annotations = dataclasses.field(default_factory=Annotations)
    calls: list = dataclasses.field(default_factory=list)
    dropped_calls: int = 0


def make_encoder(writers=PYTHON):
    """One whose ids are numbers, from 1 on."""
    numbers = itertools.count(1)

    def random_bytes(size):
        return b"".join(next(numbers).to_bytes(8, "big") for _ in range(size // 8))

    return span.SpanEncoder(random_bytes, writers=writers)


def decoded(encoder, record):
    """The official messages of the spans of a record, its own first."""
    return list(ScopeSpans.FromString(b"".join(encoder.encode(record).bodies)).spans)


def attributes(message):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in message.attributes}


def statements(*texts):
    return [(text, 1_764_000_000.25 + index, 0.125) for index, text in enumerate(texts)]


def failed_statement(text, error_type, code):
    return NotableStatement(text, 1_764_000_000.25, 0.125, None, None, False, error_type, code)

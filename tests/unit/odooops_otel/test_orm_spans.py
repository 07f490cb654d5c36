"""What the ORM did within a kept record becomes spans, one for many calls."""

import dataclasses
import itertools

import odooops_native
import pytest
from odooops_otel.tools import orm_spans, otlp
from odooops_otel.tools.attributes import AttributeEncoder
from odooops_otel.tools.redact import DEFAULT
from odooops_otel.tools.summed_spans import encode_summed
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span

STARTED_AT = 1_764_000_000_000_000_000
STARTED = 100.0
AROUND = otlp.child_ids(b"\x01" * 16, b"\x02" * 8)
# Calls, records, own seconds, when the first began and the last ended
WRITTEN = (("write", "partner"), [2, 5, 0.125, STARTED, STARTED + 0.25])


@dataclasses.dataclass
class Record:
    work: object = ()
    started: float = STARTED
    started_at: int = STARTED_AT


@pytest.fixture(params=[encode_summed, odooops_native.encode_summed], ids=["python", "compiled"])
def encoder(request):
    numbers = itertools.count(1)
    return orm_spans.OrmEncoder(
        lambda size: b"".join(next(numbers).to_bytes(8, "big") for _ in range(size // 8)),
        AttributeEncoder().encode,
        DEFAULT.label,
        request.param,
    )


def spans(encoder, work):
    return list(ScopeSpans.FromString(b"".join(encoder.encode(Record(work), AROUND))).spans)


def attributes(span):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in span.attributes}


def test_work_is_a_span_from_the_first_call_to_the_last(encoder):
    [span] = spans(encoder, [WRITTEN])

    assert (span.name, span.kind) == ("write partner", Span.SPAN_KIND_INTERNAL)
    assert (span.trace_id, span.parent_span_id) == (b"\x01" * 16, b"\x02" * 8)
    assert span.start_time_unix_nano == STARTED_AT
    assert span.end_time_unix_nano == STARTED_AT + 250_000_000
    assert attributes(span) == {
        "odoo.orm.operation": "write",
        "odoo.model": "partner",
        "odoo.orm.count": 2,
        "odoo.orm.records": 5,
        "odoo.orm.time": 0.125,
    }


def test_each_has_an_id_of_its_own(encoder):
    found = spans(encoder, [WRITTEN] * 3)

    assert [span.span_id for span in found] == [number.to_bytes(8, "big") for number in (1, 2, 3)]


def test_numbers_differ_from_record_to_record(encoder):
    [first] = spans(encoder, [WRITTEN])
    [second] = spans(encoder, [(WRITTEN[0], [3, 7, 0.5, STARTED + 1, STARTED + 2])])

    assert attributes(second) | {"odoo.orm.count": 2, "odoo.orm.records": 5} == (
        attributes(first) | {"odoo.orm.time": 0.5}
    )
    assert second.start_time_unix_nano == STARTED_AT + 1_000_000_000


def test_what_is_remembered_is_bounded(encoder):
    for count in range(3 * orm_spans.MAX_FRAMES):
        encoder.encode(Record([(("write", "partner"), [count, 1, 0.5, STARTED, STARTED])]), AROUND)
        assert len(encoder._frames) <= orm_spans.MAX_FRAMES

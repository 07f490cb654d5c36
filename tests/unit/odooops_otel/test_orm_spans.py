"""What the ORM did within a kept record becomes spans, one for many calls."""

import dataclasses
import itertools
import math
import struct

import odooops_native
import pytest
from odooops_otel.tools import orm_spans
from odooops_otel.tools.attributes import AttributeEncoder
from odooops_otel.tools.redact import DEFAULT
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span

STARTED_AT = 1_764_000_000_000_000_000
STARTED = 100.0
# Calls, records, own seconds, when the first began and the last ended
WRITTEN = (("write", "partner"), [2, 5, 0.125, STARTED, STARTED + 0.25])


@dataclasses.dataclass
class Record:
    work: object = ()
    trace_id: bytes = b"\x01" * 16
    span_id: bytes = b"\x02" * 8
    started: float = STARTED
    started_at: int = STARTED_AT


IMPLEMENTATIONS = [
    pytest.param(orm_spans.encode_work, id="python"),
    pytest.param(odooops_native.encode_work, id="compiled"),
]


@pytest.fixture(params=IMPLEMENTATIONS)
def encoder(request):
    numbers = itertools.count(1)
    return orm_spans.OrmEncoder(
        lambda size: b"".join(next(numbers).to_bytes(8, "big") for _ in range(size // 8)),
        AttributeEncoder().encode,
        DEFAULT.label,
        request.param,
    )


def spans(encoder, work):
    return list(ScopeSpans.FromString(b"".join(encoder.encode(Record(work)))).spans)


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


def test_no_work_is_no_span(encoder):
    assert spans(encoder, ()) == []
    assert spans(encoder, []) == []


def test_what_is_remembered_is_bounded(encoder):
    for count in range(3 * orm_spans.MAX_FRAMES):
        encoder.encode(Record([(("write", "partner"), [count, 1, 0.5, STARTED, STARTED])]))
        assert len(encoder._frames) <= orm_spans.MAX_FRAMES


FRAME = (b"", b"", b"")


@pytest.mark.parametrize(
    "wrong",
    [
        ("a", {}, None, b"", b"", b"", 0),
        ([WRITTEN], [], None, b"", b"", bytes(8), 0),
        ([()], {}, None, b"", b"", bytes(8), 0),
        ([(("write", "partner"), [1, 2])], {}, None, b"", b"", bytes(8), 0),
        ([(("write", "partner"), [1, 2, "x", 1.0, 1.0])], {}, None, b"", b"", bytes(8), 0),
        ([((["write"], "partner"), WRITTEN[1])], {}, None, b"", b"", bytes(8), 0),
        ([(("write", "partner"), [1, 2, 1, 1.0, 1.0])], {}, None, b"", b"", bytes(8), 0),
        ([WRITTEN], {}, lambda key: None, b"", b"", bytes(8), 0),
        ([WRITTEN], {}, lambda key: (b"", b"", ""), b"", b"", bytes(8), 0),
        ([WRITTEN], {}, lambda key: FRAME, b"", "", bytes(8), 0),
    ],
)
def test_what_cannot_be_encoded_is_refused(wrong):
    with pytest.raises(TypeError):
        odooops_native.encode_work(*wrong)


@pytest.mark.parametrize("encode_work", IMPLEMENTATIONS)
def test_as_many_ids_as_spans_are_asked_for(encode_work):
    with pytest.raises(ValueError, match="fewer ids"):
        encode_work([WRITTEN] * 2, {}, lambda key: FRAME, b"", b"", bytes(8), 0)


@pytest.mark.parametrize("encode_work", IMPLEMENTATIONS)
@pytest.mark.parametrize(
    ("time", "offset"),
    [(math.nan, 0), (math.inf, 0), (1e12, 0), (-1.0, 0), (-9e9, -(1 << 62))],
)
def test_times_that_no_clock_says_are_refused(encode_work, time, offset):
    for times in ((time, 1.0), (1.0, time)):
        work = [(WRITTEN[0], [1, 1, 1.0, *times])]
        with pytest.raises((ValueError, OverflowError, struct.error)):
            encode_work(work, {}, lambda key: FRAME, b"", b"", bytes(8), offset)


def test_a_compiled_time_has_63_bits():
    with pytest.raises(ValueError, match="out of range"):
        odooops_native.encode_work(
            [(WRITTEN[0], [1, 1, 1.0, 9e9, 9e9])], {}, lambda key: FRAME, b"", b"", bytes(8), 1 << 62
        )

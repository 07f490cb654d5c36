"""What we write is byte for byte what the official classes serialise.

The vectors (``tests/vectors/README.md``) are for every implementation, this one and those to come.
"""

import json
from pathlib import Path

import otlp_messages
import pytest
from google.protobuf import json_format
from odooops_otel.tools import otlp
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status

VECTORS = json.loads((Path(__file__).parents[3] / "tests/vectors/otlp.json").read_text(encoding="utf-8"))[
    "messages"
]
TRACE_ID, SPAN_ID, PARENT_ID = bytes(range(1, 17)), bytes(range(8)), b"\xff" * 8


def serialized(message):
    return message.SerializeToString(deterministic=True)


def value(**content):
    return serialized(AnyValue(**content))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["title"])
def test_a_golden_vector_stays_the_same(vector):
    message = json_format.ParseDict(vector["json"], otlp_messages.TYPES[vector["type"]]())

    assert serialized(message).hex() == vector["hex"]
    assert otlp_messages.encode(message).hex() == vector["hex"]


def test_every_kind_of_message_has_a_golden_vector():
    assert {vector["type"] for vector in VECTORS} == otlp_messages.TYPES.keys()


@pytest.mark.parametrize("seed", range(300))
def test_a_random_message_is_written_as_the_official_classes_write_it(seed):
    message = otlp_messages.RandomMessages(seed).any()
    body = otlp_messages.encode(message)

    assert body == serialized(message)
    assert type(message).FromString(body) == message


@pytest.mark.parametrize("number", [0, 1, 0x7F, 0x80, 0x3FFF, 0x4000, 0x1FFFFF, 0x200000, 2**63, 2**64 - 1])
def test_a_varint_holds_seven_bits_a_byte(number):
    body = otlp.varint(number)

    assert len(body) == max(1, -(-number.bit_length() // 7))
    assert Span.FromString(b"\x50" + body).dropped_attributes_count == number % 2**32


@pytest.mark.parametrize("length", otlp_messages.LENGTHS)
def test_a_text_of_any_length_is_written_with_its_length(length):
    assert otlp.any_value("é" * length) == value(string_value="é" * length)
    assert otlp.text(5, "é" * length) == serialized(Span(name="é" * length))


@pytest.mark.parametrize("number", otlp_messages.INTEGERS)
def test_an_integer_of_64_bits_is_written_with_its_sign(number):
    assert otlp.any_value(number) == value(int_value=number)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**40])
def test_an_integer_beyond_64_bits_is_written_as_text(number):
    assert otlp.any_value(number) == value(string_value=str(number))


@pytest.mark.parametrize("number", otlp_messages.FLOATS)
def test_a_float_keeps_every_bit(number):
    assert otlp.any_value(number) == value(double_value=number)


def test_truth_is_no_number():
    assert otlp.any_value(True) == value(bool_value=True)
    assert otlp.any_value(False) == value(bool_value=False)


def test_values_that_are_the_default_are_written():
    for default, content in (("", "string_value"), (0, "int_value"), (0.0, "double_value")):
        assert AnyValue.FromString(otlp.any_value(default)).WhichOneof("value") == content


def test_an_array_may_be_empty_or_hold_empty_texts():
    for items in ([], [""], ["a", "", "é" * 200]):
        array = ArrayValue(values=[AnyValue(string_value=item) for item in items])
        assert otlp.any_value(items) == otlp.any_value(tuple(items)) == value(array_value=array)


def test_lone_surrogates_become_question_marks():
    assert otlp.any_value("a\udce9b") == value(string_value="a?b")
    assert otlp.text(5, "a\udce9b\ud83d") == serialized(Span(name="a?b?"))


def test_an_attribute_without_value_is_left_out():
    pairs = {"a": None, "b": 0, "c": "", "": False}
    message = Span(
        attributes=[
            KeyValue(key="b", value=AnyValue(int_value=0)),
            KeyValue(key="c", value=AnyValue(string_value="")),
            KeyValue(key="", value=AnyValue(bool_value=False)),
        ]
    )

    assert otlp.attributes(9, pairs) == otlp.attributes(9, pairs.items()) == serialized(message)


def test_many_attributes_keep_their_order():
    message = Span(
        attributes=[KeyValue(key=f"k{number}", value=AnyValue(int_value=number)) for number in range(500)]
    )

    assert otlp.attributes(9, ((f"k{number}", number) for number in range(500))) == serialized(message)


@pytest.mark.parametrize("length", [1, 60, 100, 16_000, 17_000])
def test_a_child_span_from_cached_parts_is_the_same_as_the_whole(length):
    attributes = [KeyValue(key="db.query.text", value=AnyValue(string_value="x" * length))]
    message = ScopeSpans(
        spans=[
            Span(
                trace_id=TRACE_ID,
                span_id=SPAN_ID,
                parent_span_id=PARENT_ID,
                name="SELECT t",
                kind=Span.SPAN_KIND_CLIENT,
                start_time_unix_nano=1,
                end_time_unix_nano=2**64 - 1,
                attributes=attributes,
            )
        ]
    )
    label = otlp.text(5, "SELECT t") + otlp.enum(6, otlp.KIND_CLIENT)
    before_id, after_id = otlp.child_ids(TRACE_ID, PARENT_ID)
    times = otlp.child_times(1, 2**64 - 1)
    text = {"db.query.text": "x" * length}

    prefix, label, body = otlp.child_frame(label, otlp.attributes(9, text))
    assert b"".join((prefix, before_id, SPAN_ID, after_id, label, times, body)) == serialized(message)

    message.spans[0].attributes.append(KeyValue(key="odoo.sql.time", value=AnyValue(double_value=1.5)))
    prefix, label, body = otlp.open_child_frame(label, otlp.attributes(9, text | {"odoo.sql.time": 0.0}))
    body += otlp.open_double(1.5)
    assert b"".join((prefix, before_id, SPAN_ID, after_id, label, times, body)) == serialized(message)


def test_a_status_without_error_is_not_written():
    ids = {"trace_id": TRACE_ID, "span_id": SPAN_ID}
    message = Span(**ids, name="a", start_time_unix_nano=1, end_time_unix_nano=2)

    assert otlp.span(**ids, name="a", kind=0, start=1, end=2) == serialized(message)


def test_the_constants_are_those_of_the_proto_files():
    assert (
        otlp.KIND_INTERNAL,
        otlp.KIND_SERVER,
        otlp.KIND_CLIENT,
        otlp.KIND_PRODUCER,
        otlp.KIND_CONSUMER,
    ) == (
        Span.SPAN_KIND_INTERNAL,
        Span.SPAN_KIND_SERVER,
        Span.SPAN_KIND_CLIENT,
        Span.SPAN_KIND_PRODUCER,
        Span.SPAN_KIND_CONSUMER,
    )
    assert (otlp.STATUS_UNSET, otlp.STATUS_OK, otlp.STATUS_ERROR) == (
        Status.STATUS_CODE_UNSET,
        Status.STATUS_CODE_OK,
        Status.STATUS_CODE_ERROR,
    )
    assert otlp.CUMULATIVE == metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE
    assert otlp.NO_RECORDED_VALUE == metrics_pb2.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK


def test_a_request_without_items_can_be_read():
    message = ExportTraceServiceRequest.FromString(otlp.export_request(b"", b"", []))

    assert len(message.resource_spans) == 1
    assert len(message.resource_spans[0].scope_spans[0].spans) == 0

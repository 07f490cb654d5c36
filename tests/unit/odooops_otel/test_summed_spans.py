"""What was put together becomes spans of one form, whoever writes them."""

import math
import struct

import odooops_native
import pytest
from odooops_otel.tools.summed_spans import encode_summed

# A number, seconds together, when the first began and the last ended
SUM = (("SELECT", "partner"), [2, 0.125, 100.0, 100.25])
IMPLEMENTATIONS = [
    pytest.param(encode_summed, id="python"),
    pytest.param(odooops_native.encode_summed, id="compiled"),
]


@pytest.mark.parametrize("encode_summed", IMPLEMENTATIONS)
@pytest.mark.parametrize("numbers", [[], [2], [2, 5]])
def test_what_is_described_is_found_by_place_and_numbers(encode_summed, numbers):
    made = []

    def make(key):
        made.append(key)
        return FRAME

    encode_summed([(SUM[0], [*numbers, *SUM[1][1:]])], {}, make, b"", b"", bytes(8), 0)
    assert made == [(SUM[0], *numbers)]

    encode_summed([(SUM[0], [*numbers, *SUM[1][1:]])], {made[0]: FRAME}, None, b"", b"", bytes(8), 0)


@pytest.mark.parametrize("encode_summed", IMPLEMENTATIONS)
def test_parts_come_in_their_order(encode_summed):
    frame = b"prefix.", b"label.", b"attributes."
    [body] = encode_summed([SUM], {}, lambda key: frame, b"head.", b".tail.", b"12345678", 7)

    times = struct.pack("<BQBQ", 0x39, 100_000_000_007, 0x41, 100_250_000_007)
    assert body == b"prefix.head.12345678.tail.label." + times + b"attributes." + struct.pack("<d", 0.125)


FRAME = (b"", b"", b"")


@pytest.mark.parametrize(
    "wrong",
    [
        ("a", {}, None, b"", b"", b"", 0),
        ([SUM], [], None, b"", b"", bytes(8), 0),
        ([()], {}, None, b"", b"", bytes(8), 0),
        ([(("SELECT", "partner"), [1.0, 2.0])], {}, None, b"", b"", bytes(8), 0),
        ([(("SELECT", "partner"), [1, "x", 1.0, 1.0])], {}, None, b"", b"", bytes(8), 0),
        ([((["SELECT"], "partner"), SUM[1])], {}, None, b"", b"", bytes(8), 0),
        ([(("SELECT", "partner"), [1, 1, 1.0, 1.0])], {}, None, b"", b"", bytes(8), 0),
        ([SUM], {}, lambda key: None, b"", b"", bytes(8), 0),
        ([SUM], {}, lambda key: (b"", b"", ""), b"", b"", bytes(8), 0),
        ([SUM], {}, lambda key: FRAME, b"", "", bytes(8), 0),
    ],
)
def test_what_cannot_be_encoded_is_refused(wrong):
    with pytest.raises(TypeError):
        odooops_native.encode_summed(*wrong)


@pytest.mark.parametrize("encode_summed", IMPLEMENTATIONS)
def test_as_many_ids_as_spans_are_asked_for(encode_summed):
    with pytest.raises(ValueError, match="fewer ids"):
        encode_summed([SUM] * 2, {}, lambda key: FRAME, b"", b"", bytes(8), 0)


@pytest.mark.parametrize("encode_summed", IMPLEMENTATIONS)
@pytest.mark.parametrize(
    ("time", "offset"),
    [(math.nan, 0), (math.inf, 0), (1e12, 0), (-1.0, 0), (-9e9, -(1 << 62))],
)
def test_times_that_no_clock_says_are_refused(encode_summed, time, offset):
    for times in ((time, 1.0), (1.0, time)):
        work = [(SUM[0], [1, 1.0, *times])]
        with pytest.raises((ValueError, OverflowError, struct.error)):
            encode_summed(work, {}, lambda key: FRAME, b"", b"", bytes(8), offset)


def test_a_compiled_time_has_63_bits():
    with pytest.raises(ValueError, match="out of range"):
        odooops_native.encode_summed(
            [(SUM[0], [1, 1.0, 9e9, 9e9])], {}, lambda key: FRAME, b"", b"", bytes(8), 1 << 62
        )

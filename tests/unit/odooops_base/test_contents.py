"""Bodies of answers, whatever their sender did with them."""

import gzip
import tracemalloc
import zlib

import pytest
from odooops_base.tools.contents import TooLong, decode

TEXT = b"a line of text\n" * 100


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), " X-GZIP "),
        (zlib.compress(TEXT), "deflate"),
    ],
)
def test_a_body_is_what_it_was_before_its_encoding(body, encoding):
    assert decode(body, encoding, len(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("body", "encoding"), [(TEXT, ""), (gzip.compress(TEXT), "gzip"), (zlib.compress(TEXT), "deflate")]
)
def test_one_byte_more_than_wanted_is_too_long(body, encoding):
    with pytest.raises(TooLong):
        decode(body, encoding, len(TEXT) - 1)


def test_a_bomb_is_not_unpacked():
    bomb = gzip.compress(bytes(50_000_000), compresslevel=1)

    tracemalloc.start()
    try:
        with pytest.raises(TooLong):
            decode(bomb, "gzip", 1000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip, deflate", "chunked", "x" * 1000])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding):
    with pytest.raises(ValueError, match="not asked for") as caught:
        decode(gzip.compress(TEXT), encoding, 10_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("body", [TEXT, gzip.compress(TEXT)[:-9], b"\x1f\x8b", b"\x00"])
def test_what_is_not_compressed_as_it_says_is_refused(body):
    with pytest.raises(ValueError, match="its content"):
        decode(body, "gzip", 10_000)


def test_no_body_needs_no_encoding():
    assert decode(b"", "gzip", 10) == b""

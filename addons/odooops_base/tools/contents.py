"""The body of an HTTP answer as its sender meant it, and no more of it than is wanted."""

from __future__ import annotations

import zlib

# RFC 9110 §8.4.1; wbits of zlib: 31 is gzip alone, 15 is zlib.
_WBITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class TooLong(ValueError):
    """It is longer than wanted."""


def decode(body: bytes, encoding: str, limit: int) -> bytes:
    """``body`` as it was before ``encoding`` (a Content-Encoding header; empty or identity for none).

    However small the body is, no more than ``limit`` bytes are made of it.

    :raises TooLong: when it is longer than ``limit``
    :raises ValueError: for encodings that are not known, several at once, and what is not encoded so
    """
    name = encoding.strip().lower()
    if not body or name in ("", "identity"):
        found = body
    elif name in _WBITS:
        found = _inflate(body, _WBITS[name], limit)
    else:
        raise ValueError(f"its content is encoded in a way that was not asked for: {name[:40]!r}")
    if len(found) > limit:
        raise TooLong
    return found


def _inflate(body: bytes, wbits: int, limit: int) -> bytes:
    inflater = zlib.decompressobj(wbits)
    try:
        found = inflater.decompress(body, limit + 1)
    except zlib.error:
        raise ValueError("its content is not compressed as it says") from None
    if len(found) <= limit and not inflater.eof:
        raise ValueError("its content ends in the middle")
    return found

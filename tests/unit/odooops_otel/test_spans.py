"""Spans that are bytes already count as what they are."""

from odooops_otel.tools.spans import EncodedSpans


def test_spans_are_counted_and_measured():
    spans = EncodedSpans([b"12", b"345"])

    assert (spans.span_count, spans.text_size) == (2, 5)
    assert spans.bodies == [b"12", b"345"]

"""A part of a request is told as an outgoing call is, with a name, a kind and attributes of its own."""

from odooops_otel.tools import otlp
from odooops_otel.tools.parts import Part


def part(**values):
    return Part(b"\x07" * 8, b"\x02" * 8, "mail send", otlp.KIND_CLIENT, 1_000, 0.25, values)


def test_it_has_the_attributes_it_was_given():
    assert part(**{"db.namespace": "shop"}).attributes() == {"db.namespace": "shop"}


def test_it_failed_when_it_has_the_class_of_an_error():
    assert part(**{"error.type": "OSError"}).failure == "OSError"
    assert part().failure is None

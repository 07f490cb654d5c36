"""Attributes that are encoded once: the same bytes as otlp.attributes, whatever came before."""

import functools

import odooops_native
import pytest
from odooops_otel.tools import otlp
from odooops_otel.tools.attributes import (
    MAX_CACHED,
    MAX_CACHED_ARRAY,
    MAX_CACHED_VALUE,
    MAX_VALUE,
    AttributeEncoder,
    encode_attributes,
)
from odooops_otel.tools.redact import Policy

VALUES = [
    "",
    "/web/login",
    "ä" * MAX_CACHED_VALUE,
    0,
    1,
    -1,
    127,
    128,
    1000,
    1001,
    2**63,
    True,
    False,
    0.0,
    1.0,
    -2.5,
    float("inf"),
    ["a", "b"],
    (),
    ("res_partner", "sale_order"),
    (0.041,),
    (0.041, -1.5, float("inf")),
    (1.0, 2),
    (1.0, True, "x"),
    ("a", 1),
]


@pytest.fixture(params=[encode_attributes, odooops_native.encode_attributes], ids=["python", "compiled"])
def make(request):
    return functools.partial(AttributeEncoder, encode_attributes=request.param)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_the_bytes_are_those_of_the_plain_encoder_the_first_time_and_later(make, value):
    encoder = make()
    plain = otlp.attributes(9, (("some.key", value),))
    assert [encoder.encode("some.key", value) for _ in range(3)] == [plain] * 3


def test_values_that_are_equal_but_of_another_type_are_not_mixed_up(make):
    encoder = make()
    for value in (1, True, 1.0, "1", True, 1, 1.0, ("a", 1), ("a", True), (1.0,), (1,), (True,)):
        assert encoder.encode("key", value) == otlp.attributes(9, (("key", value),))


def test_nothing_is_written_for_none(make):
    assert make().encode("key", None) == b""


@pytest.mark.parametrize("key", ["some.key", "some.password"])
def test_a_long_array_is_not_kept(make, key):
    encoder = make()
    encoder.encode(key, ("x" * 40,) * 5)
    assert len(encoder._known.texts[key]) == 1

    for values in (("x",) * MAX_CACHED_ARRAY, ("x" * MAX_CACHED_ARRAY, "y")):
        encoder.encode(key, values)
    assert len(encoder._known.texts[key]) == 1


def test_a_long_string_is_cut_and_not_kept(make):
    encoder = make()
    body = encoder.encode("user_agent.original", "x" * (MAX_VALUE + 1))
    assert body == otlp.attributes(9, (("user_agent.original", "x" * MAX_VALUE),))
    assert not encoder._known.strings


def test_what_is_kept_is_bounded(make):
    encoder = make()
    for number in range(3 * MAX_CACHED):
        encoder.encode("url.path", f"/{number}")
        encoder.encode(f"key.{number}", 1)
        encoder.encode(f"key.{number}", 1.5)
        encoder.encode(f"key.{number}", (1.5, 2.5))
        encoder.encode("names", (f"{number}",))
        strings, integers, texts, doubles, arrays = encoder._known
        assert len(doubles) <= MAX_CACHED
        assert max(map(len, (strings["url.path"], texts["names"], integers, arrays))) <= MAX_CACHED


def test_several_are_written_one_after_the_other_in_their_order(make):
    values = {f"key.{number}": value for number, value in enumerate(VALUES)}
    encoder, plain = make(), otlp.attributes(9, tuple(values.items()))

    assert [encoder.encode_all(values | {"none": None}) for _ in range(3)] == [plain] * 3


def test_many_long_ones_are_written_whole(make):
    values = {f"key.{number}": str(number) * 150 for number in range(40)}
    encoder, plain = make(), otlp.attributes(9, tuple(values.items()))

    assert [encoder.encode_all(values) for _ in range(3)] == [plain] * 3


def test_what_encodes_gives_bytes_and_what_is_known_is_dictionaries():
    nothing = ({}, {}, {}, {}, {})
    for wrong in (([], nothing, None), ({}, (), None), ({"a": 1}, nothing, lambda key, value: "x")):
        with pytest.raises(TypeError):
            odooops_native.encode_attributes(*wrong)


def test_what_encoding_raises_comes_out(make):
    encoder = make()
    with pytest.raises(TypeError):
        encoder.encode("key", object())


def test_a_number_whose_name_is_secret_is_redacted_the_first_time_and_later(make):
    encoder = make(Policy(names=("employee_no",)))
    for value in (471199, 7, True, 4711.99, "471199"):
        expected = otlp.attributes(9, (("employee_no", "REDACTED"),))
        assert [encoder.encode("employee_no", value) for _ in range(2)] == [expected] * 2
    for values in ((471199,), (4711.99,), ("471199",), (471199, "x")):
        expected = otlp.attributes(9, (("employee_no", ("REDACTED",) * len(values)),))
        assert [encoder.encode("employee_no", values) for _ in range(2)] == [expected] * 2


def test_strings_are_redacted_the_first_time_and_later_also_within_sequences(make):
    encoder = make(Policy(names=("tenant",)))
    shown = {"to": "REDACTED", "tenant": "REDACTED", "note": "REDACTED " + "x" * 300, "all": ("REDACTED", 3)}
    bob = "bob@example.com"
    for key, value in {"to": bob, "tenant": "acme", "note": f"{bob} {'x' * 300}", "all": (bob, 3)}.items():
        expected = otlp.attributes(9, ((key, shown[key]),))
        assert [encoder.encode(key, value) for _ in range(2)] == [expected] * 2
